"""A workbook written again with its problems marked: each at its cell, and all of them on a sheet of their own."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from datapackage.sheets import Numbered
from datapackage.workbooks import PROBLEMS, Workbook
from inventory.errors import Unreadable
from inventory.problems import ERROR, Problem

COLUMNS = ("sheet", "row", "field", "severity", "code", "message", "value", "expected", "clause", "record")
COLORS = {True: "#ffc7ce", False: "#ffeb9c"}
"""Of cells with an error, and of those with warnings alone."""
TEXT_ONLY = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
At = dict[tuple[str, int], list[Problem]]


def annotate(source: Path, problems: Sequence[Problem], out: Path) -> None:
    """Write the workbook's cells as they were read, with comments where something is wrong.

    Drop-downs and styles of the source are not kept; loading takes the result as it took the source. Raises Unreadable
    where one of the two is no workbook.
    """
    for path in (source, out):
        if path.suffix != ".xlsx":
            raise Unreadable(f"{path.name} does not end in .xlsx: only a workbook can be annotated")
    read = Workbook(source)
    at: At = {}
    for problem in problems:
        if problem.file == source.name and problem.sheet is not None:
            at.setdefault((problem.sheet, problem.row or 1), []).append(problem)
    with xlsxwriter.Workbook(out, {**TEXT_ONLY, "constant_memory": False}) as book:
        formats = {wrong: book.add_format({"num_format": "@", "bg_color": color}) for wrong, color in COLORS.items()}
        plain = book.add_format({"num_format": "@"})
        _list(book.add_worksheet(PROBLEMS), problems, book.add_format({"bold": True}))
        for name, rows in read.sheets.items():
            if name != PROBLEMS:
                _copy(book.add_worksheet(name), name, rows, at, (plain, formats))


def _list(sheet: Worksheet, problems: Iterable[Problem], bold: Any) -> None:
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name, bold)
    for row, problem in enumerate(problems, start=1):
        for column, name in enumerate(COLUMNS):
            value = getattr(problem, name)
            if value is not None:
                sheet.write_string(row, column, str(value))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(COLUMNS), 22)


def _copy(sheet: Worksheet, name: str, rows: Sequence[Numbered], at: At, formats: tuple[Any, dict[bool, Any]]) -> None:
    plain, marked = formats
    header = list(rows[0][1]) if rows else []
    for number, cells in rows:
        wrong: dict[int, list[Problem]] = {}
        for problem in at.get((name, number), ()):
            # A problem of no column stands at the row's first cell.
            wrong.setdefault(header.index(problem.field) if problem.field in header else 0, []).append(problem)
        for column in sorted({*range(len(cells)), *wrong}):
            cell, found = cells[column] if column < len(cells) else "", wrong.get(column)
            if found:
                sheet.write_comment(number - 1, column, "\n".join(map(_told, found)), {"x_scale": 3, "y_scale": 2})
            style = plain if not found else marked[any(problem.severity is ERROR for problem in found)]
            if cell:
                sheet.write_string(number - 1, column, cell, style)
            elif found:
                sheet.write_blank(number - 1, column, None, style)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(header) - 1, 0), 22)


def _told(problem: Problem) -> str:
    field = f"{problem.field}: " if problem.field else ""
    expected = f" Expected: {problem.expected}." if problem.expected else ""
    clause = f" (§{problem.clause})" if problem.clause else ""
    return f"{problem.severity}: {field}{problem.message}{expected}{clause}"
