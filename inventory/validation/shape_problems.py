"""Faults of shape as problems: why an input cannot become a record."""

from typing import Any

from inventory.problems import ERROR, MOST_PROBLEMS, Problem, ProblemKind
from inventory.schema.fields import Field

FAULT_KINDS = {
    "not-a-record": ProblemKind(
        "A record is an object with named fields.",
        "Give an object with the key of its kind, such as `service_id`, or a row of the right table.",
    ),
    "unknown-field": ProblemKind(
        "The record has no such field.",
        "Take the name from the data dictionary (the nearest is told), or leave the field or column out.",
    ),
    "missing": ProblemKind("A record cannot be kept without this field.", "Fill it in."),
    "wrong-type": ProblemKind("The value is not of the required kind.", "Write it as `expected` says."),
    "unknown-code": ProblemKind("The value is not in the code list.", "Take one of the codes that `expected` names."),
    "too-short": ProblemKind("The text is too short.", "Say more, or give a list its items."),
    "too-long": ProblemKind("The text is too long.", "Shorten it to what `expected` allows."),
    "bad-format": ProblemKind("The text is not in the required form.", "Write it as `expected` says."),
    "out-of-range": ProblemKind("The number is out of range.", "Check it against the range that `expected` names."),
    "duplicate": ProblemKind(
        "Two items of the list have the same key.",
        "Keep one of them; of two records with one id the first is taken.",
    ),
}
SHAPE_FAULTS = {code: kind.why for code, kind in FAULT_KINDS.items()}
"""Why an input cannot become a record, by code of problem."""
FAULT_KINDS["more-problems"] = ProblemKind(
    f"The record has more problems than are listed: checking stops after {MOST_PROBLEMS:,} errors, and at most "
    f"{MOST_PROBLEMS:,} warnings are listed.",
    "Correct the listed problems, then check again.",
)


def fault(
    code: str, pointer: str, field: Field | None, value: Any, *, expected: str | None = None, message: str | None = None
) -> Problem:
    """Return a fault of shape as a problem. By default the message names the field and gives the general reason.

    field: None for a name that is not a field of the record.
    """
    subject = field.title if field is not None else cut(pointer.rpartition("/")[2]) or "The input"
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
STRUCTURES = {"dict": "(an object)", "list": "(a list)"}
"""How values of several parts are shown, by the names of their types."""


def shown(value: Any) -> Any:
    """Return a value as a problem or message shows it: scalars as they are, long texts and structures shortened."""
    if isinstance(value, str):
        return cut(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    kind = type(value).__name__
    return STRUCTURES.get(kind, f"({kind})")


def cut(text: str) -> str:
    """Shorten a text that is too long for a problem."""
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"
