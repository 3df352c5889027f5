"""Faults of shape: why an input cannot become a record, as problems."""

from typing import Any

from inventory.fields import Field
from inventory.problems import ERROR, Problem

SHAPE_FAULTS = {
    "not-a-record": "A record is an object with named fields.",
    "unknown-field": "The record has no such field.",
    "missing": "A record cannot be kept without this field.",
    "wrong-type": "The value is not of the required kind.",
    "unknown-code": "The value is not in the code list.",
    "too-short": "The text is too short.",
    "too-long": "The text is too long.",
    "bad-format": "The text is not in the required form.",
    "out-of-range": "The number is out of range.",
    "duplicate": "Two items of the list have the same key.",
}
"""Why an input cannot become a record, by code of problem."""


def fault(
    code: str, pointer: str, field: Field | None, value: Any, *, expected: str | None = None, message: str | None = None
) -> Problem:
    """A fault of shape as a problem. The message names the field and, unless another is given, says why in general.

    field: None for what is no field of a record.
    """
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


MOST_SHOWN = 200  # characters


def shown(value: Any) -> Any:
    """A value as a problem or a message shows it: scalars as they are, long texts and structures cut short."""
    if isinstance(value, str) and len(value) > MOST_SHOWN:
        return value[:MOST_SHOWN] + "…"
    return value if value is None or isinstance(value, str | int | float | bool) else f"({type(value).__name__})"
