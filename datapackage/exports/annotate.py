"""Annotated workbooks: a workbook written again with each problem at its cell, and all of them on an extra sheet."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from datapackage.exports.xlsx_sheet import COMMENT, Formats, Marks, TableSheet, formats_of
from datapackage.exports.xlsx_writer import PROTECTED, Contents, lists_of, open_book, read_me
from datapackage.packages.reader import tables_by_name
from datapackage.sheets.sheet import Numbered
from datapackage.sheets.xlsx_reader import CHOICES, CODES, PROBLEMS, READ_ME, Workbook
from datapackage.tables.cells import VALUES, Cell, text
from datapackage.tables.projection import Column, Table
from inventory.errors import Unreadable
from inventory.problems import ERROR, WARNING, Problem
from inventory.records.registry import INVENTORY, Model

COLUMNS = ("sheet", "row", "field", "severity", "code", "message", "value", "expected", "clause", "record")
IDS_OF = "ids of "
Row = int
At = dict[tuple[str, Row], list[Problem]]


def annotate(source: Path, problems: Collection[Problem], out: Path, model: Model = INVENTORY) -> None:
    """Write the workbook's cells as they were read, with comments at problems.

    A template or an export is rebuilt with its drop-downs, help and locks. Of any other workbook only the cells
    stay. Loading the result is the same as loading the source. Raises Unreadable if one of the two is not a
    workbook.
    """
    for path in (source, out):
        if path.suffix != ".xlsx":
            raise Unreadable(f"{path.name} does not end in .xlsx: only a workbook can be annotated")
    read = Workbook(source)
    at: At = {}
    for problem in problems:
        if problem.file == source.name and problem.sheet is not None:
            at.setdefault((problem.sheet, problem.row or 1), []).append(problem)
    rewriting = _Rewriting(read, tables_by_name(model), at)
    with open_book(out, rewriting.title) as book:
        formats = formats_of(book, protected=rewriting.protected)
        _list(book.add_worksheet(PROBLEMS), problems, formats)
        rewriting.write(book, formats)


class _Rewriting:
    """A copy of a workbook in progress. It is one of ours if it has our sheets next to its tables."""

    def __init__(self, read: Workbook, tables: dict[str, Table], at: At) -> None:
        self._read, self._at = read, at
        ours = {READ_ME, CODES} <= read.sheets.keys()
        self._tables = {n: t for n, t in tables.items() if ours and _header(read.sheets.get(n, ()))}
        words = [row[0] for _, row in read.sheets[READ_ME] if row] if ours else []
        self.title, self.protected = next(iter(words), ""), PROTECTED in words

    def write(self, book: xlsxwriter.Workbook, formats: Formats) -> None:
        """Write every sheet in its order, except those of codes and choices."""
        made = {PROBLEMS, CODES, CHOICES, READ_ME} if self._tables else {PROBLEMS}
        mains = [table for table in self._tables.values() if table.parent is None]
        contents = Contents(
            title=self.title, mains=mains, documents={}, choices=self._choices(), protected=self.protected
        )
        if self._tables:
            read_me(book.add_worksheet(READ_ME), contents, list(self._tables.values()), formats)
        sheets = []
        for name, rows in self._read.sheets.items():
            if name in self._tables:
                sheets.append(self._write_table(book.add_worksheet(name), self._tables[name], rows, formats))
            elif name not in made:
                self._copy(book.add_worksheet(name), name, rows, formats)
        lists = lists_of(book, contents.choices, formats) if self._tables else {}
        for sheet in sheets:
            sheet.put_help(lists)

    def _write_table(self, sheet: Worksheet, table: Table, rows: Sequence[Numbered], formats: Formats) -> TableSheet:
        header = _header(rows)
        written = TableSheet(sheet, table, formats, protected=self.protected, header=header)
        columns = {column.name: column for column in table.columns}
        for number, cells in rows:
            marks = _marks(header, self._at.get((table.name, number), ()))
            if number == 1:
                for index, (_, comment) in marks.items():
                    sheet.write_comment(0, index, comment, COMMENT)
                cells = ["" for _ in header] + list(cells[len(header) :])
                marks = {}
            if any(cells) or marks:
                names = [*header, *[""] * len(cells)]
                written.add([_cell(c, columns.get(n)) for c, n in zip(cells, names, strict=False)], number, marks)
        return written

    def _copy(self, sheet: Worksheet, name: str, rows: Sequence[Numbered], formats: Formats) -> None:
        header = _header(rows)
        for number, cells in rows:
            marks = _marks(header, self._at.get((name, number), ()))
            for index in sorted({*range(len(cells)), *marks}):
                cell, (mark, comment) = cells[index] if index < len(cells) else "", marks.get(index, ("", ""))
                if cell:
                    sheet.write_string(number - 1, index, cell, formats[f"text {mark}".strip()])
                elif mark:
                    sheet.write_blank(number - 1, index, None, formats[f"text {mark}"])
                if mark:
                    sheet.write_comment(number - 1, index, comment, COMMENT)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(header) - 1, 0), 22)

    def _choices(self) -> dict[str, list[str]]:
        """Return the ids to choose from that the workbook itself offers."""
        rows = self._read.sheets.get(CHOICES, []) if self._tables else []
        names = list(rows[0][1]) if rows else []
        return {
            name.removeprefix(IDS_OF): [row[index] for _, row in rows[1:] if index < len(row) and row[index]]
            for index, name in enumerate(names)
            if name.startswith(IDS_OF)
        }


def _header(rows: Sequence[Numbered]) -> list[str]:
    header = list(rows[0][1]) if rows else []
    while header and not header[-1]:
        header.pop()
    return header


def _cell(cell: str, column: Column | None) -> Cell:
    """Return the value of a cell, if writing it gives the same cell again."""
    value: Any = VALUES[column.field.kind](cell) if cell and column and column.field.kind in VALUES else cell or None
    return value if text(value) == cell else cell


def _marks(header: Sequence[str], problems: Iterable[Problem]) -> Marks:
    wrong: dict[int, list[Problem]] = {}
    for problem in problems:
        # A problem without a column is shown at the row's first cell.
        wrong.setdefault(header.index(problem.field) if problem.field in header else 0, []).append(problem)
    return {
        index: (
            str(ERROR if any(problem.severity is ERROR for problem in found) else WARNING),
            "\n".join(map(_comment, found)),
        )
        for index, found in wrong.items()
    }


def _list(sheet: Worksheet, problems: Iterable[Problem], formats: Formats) -> None:
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name, formats["bold"])
    for row, problem in enumerate(problems, start=1):
        for column, name in enumerate(COLUMNS):
            value = getattr(problem, name)
            if value is not None:
                sheet.write_string(row, column, str(value))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(COLUMNS), 22)


def _comment(problem: Problem) -> str:
    field = f"{problem.field}: " if problem.field else ""
    expected = f" Expected: {problem.expected}." if problem.expected else ""
    clause = f" (§{problem.clause})" if problem.clause else ""
    return f"{problem.severity}: {field}{problem.message}{expected}{clause}"
