"""From raw input to a record and every problem of it at once: faults of shape first, then the rules."""

import datetime
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from inventory.fields import Field, Part, Shape
from inventory.intake import take_in
from inventory.problems import ERROR, Problem
from inventory.record_types import RecordType
from inventory.rules import Context, broken_rules

SHAPE_FAULTS = {
    "not-a-record": "A record is an object of named fields.",
    "unknown-field": "The field is none of the record's.",
    "missing": "A record cannot be kept without it.",
    "wrong-type": "The value is of another kind.",
    "unknown-code": "The value is no code of the list.",
    "too-short": "The text is shorter than it may be; a text is never empty.",
    "too-long": "The text is longer than it may be.",
    "bad-format": "The text is not of the form asked for.",
    "out-of-range": "The number is outside its bounds.",
    "duplicate": "Two items of a list have the same key.",
}
"""Why an input cannot become a record, by code of problem."""


class Checked(Struct, frozen=True):
    """A checked input: the record, or None where its shape does not allow one, every problem, and texts normalized."""

    record: Part | None
    problems: tuple[Problem, ...] = ()
    normalized: int = 0


def check(record_type: RecordType, raw: Any, context: Context | None = None) -> Checked:
    """Check one input. Without a context only its shape is checked."""
    taken = take_in(raw)
    record, faults = check_shape(record_type, taken.value)
    if record is None:
        return Checked(None, tuple(faults), taken.normalized)
    problems = () if context is None else tuple(broken_rules(record_type, record, context))
    return Checked(record, problems, taken.normalized)


def check_shape(record_type: RecordType, taken: Any) -> tuple[Part | None, list[Problem]]:
    """The record with its keyed lists sorted, or every fault of its shape."""
    try:
        record = msgspec.convert(taken, record_type.struct)
    except (msgspec.ValidationError, ValueError, TypeError, OverflowError) as fault:
        found = list(shape_faults(record_type.shape, taken))
        return None, found or [_fault("wrong-type", "", None, taken, message=str(fault))]
    record, duplicates = _with_sorted_lists(record_type.shape, record)
    return (None, duplicates) if duplicates else (record, [])


def shape_faults(read: Shape, raw: Any, pointer: str = "") -> Iterator[Problem]:
    """Every fault of shape, in the order of the fields."""
    if not isinstance(raw, dict):
        yield _fault("not-a-record", pointer, None, raw, expected="an object")
        return
    known = {field.name for field in read.fields}
    for name in raw.keys() - known:
        yield _fault(
            "unknown-field", f"{pointer}/{escaped(name)}", None, raw[name], expected=_nearest(str(name), known)
        )
    for field in read.fields:
        place = f"{pointer}/{field.name}"
        if field.name in raw:
            yield from _field_faults(field, raw[field.name], place)
        elif field.required:
            yield _fault("missing", place, field, None, expected=field.title)


def escaped(name: object) -> str:
    """A name as a token of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _field_faults(field: Field, value: Any, pointer: str) -> Iterator[Problem]:
    if not field.many:
        yield from _value_faults(field, value, pointer)
    elif not isinstance(value, list):
        yield _fault("wrong-type", pointer, field, value, expected="a list")
    else:
        for index, item in enumerate(value):
            yield from _value_faults(field, item, f"{pointer}/{index}")


def _value_faults(field: Field, value: Any, pointer: str) -> Iterator[Problem]:
    if field.part is not None:
        yield from shape_faults(field.part, value, pointer)
    elif field.codes is not None:
        if not isinstance(value, str) or value not in _values(field):
            yield _fault("unknown-code", pointer, field, value, expected="one of " + ", ".join(_values(field)))
    elif not _is_of_kind(field, value):
        yield _fault("wrong-type", pointer, field, value, expected=EXPECTED[field.kind])
    elif isinstance(value, str) and field.kind == "text":
        yield from _text_faults(field, value, pointer)
    elif isinstance(value, int) and not isinstance(value, bool):
        low, high = field.minimum, field.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            yield _fault("out-of-range", pointer, field, value, expected=f"a whole number from {low} to {high}")


def _text_faults(field: Field, value: str, pointer: str) -> Iterator[Problem]:
    if field.min_length and len(value) < field.min_length:
        yield _fault("too-short", pointer, field, value, expected=f"at least {field.min_length} characters")
    if field.max_length and len(value) > field.max_length:
        expected = f"at most {field.max_length} characters, here {len(value)}"
        yield _fault("too-long", pointer, field, value, expected=expected)
    if field.pattern and value and not re.search(field.pattern, value):
        yield _fault("bad-format", pointer, field, value, expected=f"text of the form {field.pattern}")


EXPECTED = {
    "text": "text",
    "integer": "a whole number",
    "decimal": "a decimal number",
    "boolean": "true or false",
    "date": "a date as YYYY-MM-DD",
    "datetime": "a time as YYYY-MM-DDThh:mm:ssZ",
}
"""What a value of each kind looks like, in words."""


def _is_of_kind(field: Field, value: Any) -> bool:
    if field.kind == "text":
        return isinstance(value, str)
    if field.kind == "boolean":
        return isinstance(value, bool)
    if field.kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    kinds: dict[str, type] = {"date": datetime.date, "datetime": datetime.datetime, "decimal": Decimal}
    try:
        msgspec.convert(value, kinds[field.kind])
    except msgspec.ValidationError:
        return False
    return not isinstance(value, bool)


@cache
def _values(field: Field) -> tuple[str, ...]:
    assert field.codes is not None
    return tuple(str(code) for code in field.codes)


def _nearest(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(known), n=1)
    return f"one of its fields, perhaps {close[0]}" if close else "one of its fields"


def _fault(
    code: str, pointer: str, field: Field | None, value: Any, *, expected: str | None = None, message: str | None = None
) -> Problem:
    subject = field.title if field is not None else pointer.rpartition("/")[2] or "The input"
    return Problem(
        code=code,
        severity=ERROR,
        message=message or f"{subject}: {SHAPE_FAULTS[code]}",
        pointer=pointer,
        value=shown(value),
        expected=expected,
        clause=field.clause if field is not None else None,
    )


def shown(value: Any) -> Any:
    """A value as a problem shows it: scalars as they are, long texts and structures cut short."""
    if isinstance(value, str) and len(value) > 200:
        return value[:200] + "…"
    return value if value is None or isinstance(value, str | int | float | bool) else f"({type(value).__name__})"


def _with_sorted_lists(read: Shape, record: Part, pointer: str = "") -> tuple[Part, list[Problem]]:
    changes: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in read.fields:
        if field.part is None:
            continue
        value, place = getattr(record, field.name), f"{pointer}/{field.name}"
        changed: Any
        if field.many:
            items = [_with_sorted_lists(field.part, item, f"{place}/{index}") for index, item in enumerate(value)]
            problems += [problem for _, found in items for problem in found]
            changed, found = _as_set(field, field.part, [item for item, _ in items], place)
        elif value is None:
            continue
        else:
            changed, found = _with_sorted_lists(field.part, value, place)
        problems += found
        if changed != value:
            changes[field.name] = changed
    return (msgspec.structs.replace(record, **changes) if changes else record), problems


def _as_set(field: Field, part: Shape, items: Sequence[Part], pointer: str) -> tuple[tuple[Part, ...], list[Problem]]:
    if not part.key:
        return tuple(items), []
    seen: dict[tuple[Any, ...], int] = {}
    problems = []
    for index, item in enumerate(items):
        key = tuple(getattr(item, inner.name) for inner in part.key)
        first = seen.setdefault(key, index)
        if first != index:
            names = ", ".join(inner.name for inner in part.key)
            expected = f"another {names} than item {first}"
            problems.append(
                _fault("duplicate", f"{pointer}/{index}", field, "/".join(map(str, key)), expected=expected)
            )
    return tuple(items[index] for _, index in sorted(seen.items())), problems
