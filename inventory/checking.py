"""From raw input to a record and every problem of it at once: faults of shape first, then the rules."""

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from inventory.faults import fault
from inventory.fields import Field, Part, Shape, shape, walk
from inventory.intake import Intake, take_in
from inventory.problems import Problem
from inventory.record_types import RecordType
from inventory.rules import Context, broken_rules
from inventory.salvaging import Unclear, salvaged
from inventory.sorting import Sorting
from inventory.wording import expected


class Checked(Struct, frozen=True):
    """A checked input: the record, or None where its shape does not allow one, every problem, and texts normalized."""

    record: Part | None
    problems: tuple[Problem, ...] = ()
    normalized: int = 0


def check(record_type: RecordType, raw: Any, context: Context | None = None, lost: Sequence[Problem] = ()) -> Checked:
    """Check one input. Without a context only its shape is checked.

    Where the shape has faults, the rules are checked on what is left of the input: every problem comes at once. raw: an
    Intake is not taken in again. lost: problems of values that reading already left out, each with the pointer of its
    field.
    """
    taken = raw if isinstance(raw, Intake) else take_in(raw)
    if record_type.respelled is not None and isinstance(taken.value, dict):
        respelled = record_type.respelled(taken.value)
        taken = Intake(respelled, taken.normalized + (respelled != taken.value))
    record, faults = check_shape(record_type, taken.value)
    if record is None:
        broken = _broken_by_the_rest(record_type, taken.value, faults, lost, context)
        return Checked(None, (*faults, *broken), taken.normalized)
    sorting = Sorting()
    record = sorting.sorted(record_type.shape, record)
    unclear = Unclear([*sorting.duplicates, *lost]) if sorting.duplicates or lost else None
    broken = () if context is None else broken_rules(record_type, record, context, unclear)
    problems = (*sorting.duplicates, *sorting.as_given(broken))
    return Checked(None if sorting.duplicates else record, problems, taken.normalized)


def _broken_by_the_rest(
    record_type: RecordType, taken: Any, faults: list[Problem], lost: Sequence[Problem], context: Context | None
) -> Iterable[Problem]:
    if context is None or not isinstance(taken, dict):
        return ()
    rest = salvaged(record_type.shape, taken, faults)
    return broken_rules(record_type, rest, context, Unclear([*faults, *lost]))


def check_shape(record_type: RecordType, taken: Any) -> tuple[Part | None, list[Problem]]:
    """The record, or every fault of its shape; that keyed lists are sets is checked when they are sorted."""
    try:
        record = msgspec.convert(taken, record_type.struct)
    except (msgspec.ValidationError, ValueError, TypeError, OverflowError) as refusal:
        found = list(shape_faults(record_type.shape, taken))
        return None, found or [fault("wrong-type", "", None, taken, message=str(refusal))]
    # The library takes a decimal that is no number or has no end.
    endless = list(shape_faults(record_type.shape, taken)) if _has_decimals(record_type.struct) else []
    return (None, endless) if endless else (record, [])


@cache
def _has_decimals(struct: type[Part]) -> bool:
    return any(field.kind == "decimal" for _, field in walk(shape(struct)))


def shape_faults(read: Shape, raw: Any, pointer: str = "") -> Iterator[Problem]:
    """Every fault of shape, in the order of the fields."""
    if not isinstance(raw, dict):
        yield fault("not-a-record", pointer, None, raw, expected="an object")
        return
    known = {field.name for field in read.fields}
    for name in (name for name in raw if name not in known):  # in their order, the same in every run
        yield fault("unknown-field", f"{pointer}/{escaped(name)}", None, raw[name], expected=_nearest(str(name), known))
    for field in read.fields:
        place = f"{pointer}/{field.name}"
        if field.name in raw:
            yield from _field_faults(field, raw[field.name], place)
        elif field.required:
            yield fault("missing", place, field, None, expected=field.title)


def escaped(name: object) -> str:
    """A name as a token of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _field_faults(field: Field, value: Any, pointer: str) -> Iterator[Problem]:
    if not field.many:
        yield from _value_faults(field, value, pointer)
    elif not isinstance(value, list):
        yield fault("wrong-type", pointer, field, value, expected="a list")
    else:
        for index, item in enumerate(value):
            yield from _value_faults(field, item, f"{pointer}/{index}")


def _value_faults(field: Field, value: Any, pointer: str) -> Iterator[Problem]:
    if field.part is not None:
        yield from shape_faults(field.part, value, pointer)
    elif field.codes is not None:
        if not isinstance(value, str) or value not in _values(field):
            yield fault("unknown-code", pointer, field, value, expected=expected(field))
    elif not _is_of_kind(field, value):
        yield fault("wrong-type", pointer, field, value, expected=expected(field))
    elif isinstance(value, str) and field.kind == "text":
        yield from _text_faults(field, value, pointer)
    elif isinstance(value, int) and not isinstance(value, bool):
        low, high = field.minimum, field.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            yield fault("out-of-range", pointer, field, value, expected=expected(field))


def _text_faults(field: Field, value: str, pointer: str) -> Iterator[Problem]:
    if field.min_length and len(value) < field.min_length:
        least = "1 character" if field.min_length == 1 else f"{field.min_length} characters"
        yield fault("too-short", pointer, field, value, expected=f"at least {least}")
    if field.max_length and len(value) > field.max_length:
        most = f"at most {field.max_length:,} characters; this has {len(value):,}"
        yield fault("too-long", pointer, field, value, expected=most)
    if field.pattern and value and not re.search(field.pattern, value):
        yield fault("bad-format", pointer, field, value, expected=expected(field))


def _is_of_kind(field: Field, value: Any) -> bool:
    if field.kind == "text":
        return isinstance(value, str)
    if field.kind == "boolean":
        return isinstance(value, bool)
    if field.kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    kinds: dict[str, type] = {"date": datetime.date, "datetime": datetime.datetime, "decimal": Decimal}
    try:
        converted: Any = msgspec.convert(value, kinds[field.kind])
    except msgspec.ValidationError:
        return False
    return not isinstance(value, bool) and (not isinstance(converted, Decimal) or converted.is_finite())


@cache
def _values(field: Field) -> tuple[str, ...]:
    return tuple(map(str, field.codes or ()))


def _nearest(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(known), n=1)
    return f"one of its fields, perhaps {close[0]}" if close else "one of its fields"
