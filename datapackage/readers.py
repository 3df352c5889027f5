"""Inputs as located raw documents: whatever the file format, what follows sees the same thing."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from inventory.problems import Problem


class Located(Struct, frozen=True, kw_only=True):
    """One raw document and where it came from.

    row: in a table the row (the header is row 1), in NDJSON the line. proposed: the input only names the record, such
    as an organization, in passing. problems: what reading alone found wrong. columns: by JSON pointer, the (sheet, row,
    column) that a value came from, so that a problem of the document can be told at its cell.
    """

    record_type: str
    raw: Any
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    proposed: bool = False
    problems: tuple[Problem, ...] = ()
    columns: Mapping[str, tuple[str | None, int, str]] = field(default_factory=dict)

    def at_cell(self, problem: Problem) -> Problem:
        """The problem with its place in the file: the cell of its pointer, or the nearest that encloses it."""
        pointer = problem.pointer
        while pointer and pointer not in self.columns:
            pointer = pointer.rpartition("/")[0]
        sheet, row, column = self.columns.get(pointer, (self.sheet, self.row, None))
        return msgspec.structs.replace(problem, file=self.file, sheet=sheet, row=row, field=column)
