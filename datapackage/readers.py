"""Inputs as located raw documents: whatever the file format, what follows sees the same thing."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from inventory.problems import Problem


class Located(Struct, frozen=True, kw_only=True):
    """One raw document and where it came from.

    problems: what reading alone found wrong. columns: by JSON pointer, the (sheet, row, column) that a value came
    from, so that a problem of the document can be told at its cell.
    """

    record_type: str
    raw: Any
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    problems: tuple[Problem, ...] = ()
    columns: Mapping[str, tuple[str | None, int, str]] = field(default_factory=dict)
