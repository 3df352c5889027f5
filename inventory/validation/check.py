"""Validation of raw input: faults of shape first, then the rules, all reported together."""

import calendar
import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain, islice
from typing import Any

import msgspec
from msgspec import Struct

from inventory.errors import Invalid
from inventory.problems import MOST_PROBLEMS, Problem, bounded
from inventory.records.documents import document
from inventory.records.registry import Document, RecordType
from inventory.schema.fields import Field, Part, Shape, shape, walk
from inventory.schema.hints import expected, explained
from inventory.validation.keyed_lists import Sorting
from inventory.validation.normalize import Intake, take_in
from inventory.validation.partial import Unclear, salvaged
from inventory.validation.rules import Context, broken_rules
from inventory.validation.shape_problems import MOST_SHOWN, cut, fault

REFUSALS = (msgspec.ValidationError, ValueError, TypeError, OverflowError)
"""The errors that msgspec raises for a value of the wrong type."""
MOST_MISSPELT = 100


class Checked(Struct, frozen=True):
    """A checked input: its record, its problems, and the number of normalized texts.

    record: None if the shape has faults. problems: all of them, up to the limit of `bounded`.
    """

    record: Part | None
    problems: tuple[Problem, ...] = ()
    normalized: int = 0


def check(record_type: RecordType, raw: Any, context: Context | None = None, lost: Sequence[Problem] = ()) -> Checked:
    """Check one input. Without a context only its shape is checked.

    If the shape has faults, the rules check the rest of the input, so all problems are reported together. raw: an
    Intake is not normalized again. lost: problems of values that the reader already left out, each with the pointer
    of its field.
    """
    taken = raw if isinstance(raw, Intake) else take_in(raw)
    if record_type.respelled is not None and isinstance(taken.value, dict):
        respelled = record_type.respelled(taken.value)
        taken = Intake(respelled, taken.normalized + (respelled != taken.value))
    record, faults = (taken.record, []) if taken.record is not None else check_shape(record_type, taken.value)
    if record is None:
        rest = _broken_by_the_rest(record_type, taken.value, faults, lost, context)
        return Checked(None, tuple(bounded(chain(faults, rest))), taken.normalized)
    sorting = Sorting()
    in_order = sorting.sorted(record_type.shape, record)
    broken: Iterable[Problem] = ()
    if context is not None and (sorting.duplicates or lost):
        # Faults point to places in the input, so these rules check the record in the input's order.
        broken = broken_rules(record_type, record, context, Unclear([*sorting.duplicates, *lost]))
    elif context is not None:
        broken = sorting.as_given(broken_rules(record_type, in_order, context))
    found = bounded(chain(sorting.duplicates, broken))
    return Checked(None if sorting.duplicates else in_order, tuple(found), taken.normalized)


def canonical(record_type: RecordType, given: Document, named: str) -> Document:
    """Return a document in the one spelling that is stored and hashed. Raises Invalid if it is not a valid record.

    named: the record, as messages name it.
    """
    checked = check(record_type, given)
    if checked.record is None:
        problems = [msgspec.structs.replace(problem, record=named) for problem in checked.problems]
        raise Invalid(f"{named}: the document is no {record_type.name}, and nothing was changed", problems)
    return document(checked.record)


def _broken_by_the_rest(
    record_type: RecordType, taken: Any, faults: list[Problem], lost: Sequence[Problem], context: Context | None
) -> Iterable[Problem]:
    if context is None or not isinstance(taken, dict) or len(faults) > MOST_PROBLEMS:
        return ()
    rest = salvaged(record_type.shape, taken, faults)
    return broken_rules(record_type, rest, context, Unclear([*faults, *lost]))


def check_shape(record_type: RecordType, taken: Any) -> tuple[Part | None, list[Problem]]:
    """Return the record, or the faults of its shape: all of them, or one more than the limit.

    Duplicate keys in lists are found later, when the lists are sorted.
    """
    try:
        record = msgspec.convert(taken, record_type.struct)
    except REFUSALS as refusal:
        found = list(_first_faults(record_type.shape, taken))
        return None, found or [fault("wrong-type", "", None, taken, message=str(refusal))]
    # msgspec accepts NaN and infinite decimals.
    endless = list(_first_faults(record_type.shape, taken)) if _has_decimals(record_type.struct) else []
    return (None, endless) if endless else (record, [])


def _first_faults(read: Shape, taken: Any) -> Iterator[Problem]:
    return islice(shape_faults(read, taken), MOST_PROBLEMS + 1)


@cache
def _has_decimals(struct: type[Part]) -> bool:
    return any(field.kind == "decimal" for _, field in walk(shape(struct)))


def shape_faults(read: Shape, raw: Any, pointer: str = "") -> Iterator[Problem]:
    """Yield every fault of shape, in the order of the fields."""
    if not isinstance(raw, dict):
        yield fault("not-a-record", pointer, None, raw, expected="an object")
        return
    known = _names(read.struct)
    unknown = [name for name in raw if name not in known]  # in input order, so that every run gives the same result
    # So many unknown names are not misspellings, and a search for the nearest would dominate the check.
    suggestion = _nearest if len(unknown) <= MOST_MISSPELT else _any_of
    for name in unknown:
        fields = suggestion(str(name), known) if len(str(name)) <= MOST_SHOWN else _any_of("", known)
        yield fault("unknown-field", f"{pointer}/{escaped(name)}", None, raw[name], expected=fields)
    for field in read.fields:
        if field.name in raw:
            yield from _field_faults(field, raw[field.name], f"{pointer}/{field.name}")
        elif field.required:
            yield fault("missing", f"{pointer}/{field.name}", field, None, expected=explained(field))


def escaped(name: object) -> str:
    """Spell a name as a token of a JSON pointer (RFC 6901), shortened where it is too long for a problem."""
    return cut(str(name)).replace("~", "~0").replace("/", "~1")


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
        if not _fits(field.part.struct, value):
            yield from shape_faults(field.part, value, pointer)
    elif field.codes is not None:
        if not isinstance(value, str) or value not in _values(field):
            yield fault("unknown-code", pointer, field, value, expected=expected(field))
    elif not _is_of_kind(field, value):
        yield fault("wrong-type", pointer, field, value, expected=_calendar_hint(field, value) or expected(field))
    elif isinstance(value, str) and field.kind == "text":
        yield from _text_faults(field, value, pointer)
    elif isinstance(value, int) and not isinstance(value, bool):
        low, high = field.minimum, field.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            yield fault("out-of-range", pointer, field, value, expected=expected(field))


def _calendar_hint(field: Field, value: Any) -> str | None:
    """Return the expected value for a well-formed date that does not exist; None for anything else."""
    if field.kind != "date" or not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    year, month = int(value[:4]), int(value[5:7])
    if not (year and 1 <= month <= 12):
        return "a day of the calendar: months are from 01 to 12"
    return f"a day of the calendar: that month has {calendar.monthrange(year, month)[1]} days"


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


@cache
def _names(struct: type[Part]) -> frozenset[str]:
    return frozenset(field.name for field in shape(struct).fields)


def _fits(struct: type[Part], value: Any) -> bool:
    """Return whether a part has no faults. Most have none, and msgspec finds that out fast."""
    try:
        msgspec.convert(value, struct)
    except REFUSALS:
        return False
    return not _has_decimals(struct)


def _any_of(_name: str, _known: frozenset[str]) -> str:
    return "one of its fields"


@lru_cache(1_000)
def _nearest(name: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(known), n=1)
    return f"one of its fields, perhaps {close[0]}" if close else "one of its fields: " + ", ".join(sorted(known))
