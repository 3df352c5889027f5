"""A reader of XLSX workbooks: one sheet a table, every cell as text."""

import datetime
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from datapackage.formats.bounds import Sizes
from datapackage.formats.located import Input, Located
from datapackage.sheets.sheet import Grid, Numbered, Sheet, checked_header, in_blocks
from datapackage.sheets.xlsx_formulas import formulas_without_value
from datapackage.sheets.xlsx_limits import check_room, check_workbook
from datapackage.sheets.xlsx_text import check_text
from datapackage.tables.cells import TIME_OF_DAY
from datapackage.tables.projection import Table
from inventory.errors import Unreadable
from inventory.problems import WARNING, Problem
from inventory.validation.shape_problems import shown

READ_ME, CODES, CHOICES, PROBLEMS = "Read me", "codes", "choices", "problems"
ASIDE = frozenset({READ_ME, CODES, CHOICES, PROBLEMS})
"""The sheets of our own workbooks without records."""
SHOWN = 5  # cells that a message lists


class Workbook:
    """A workbook's sheets by name, each as rows of text. Raises Unreadable if it is not a workbook."""

    def __init__(self, path: Path, sizes: Sizes = Sizes()) -> None:  # noqa: B008 - it never changes
        self.name = path.name
        check_workbook(path, sizes)
        check_text(path, sizes.text_bytes)
        self._uncalculated = formulas_without_value(path)
        with _readable(path.name):
            self.sheets = Sheets(path.name, CalamineWorkbook.from_path(path), sizes.cells)

    def sheet(self, name: str, table: Table) -> Sheet:
        """Return one sheet as a table. Raises Unreadable if its header does not fit the table."""
        grid = self.grid(name)
        checked_header(grid.name, grid.header, table)
        return Sheet(table=table, file=self.name, sheet=name, header=grid.header, given=grid.given)

    def grid(self, name: str) -> Grid:
        """Return one sheet with any columns. Raises Unreadable if it has formulas without a stored value."""
        if cells := self._uncalculated.get(name):
            more = f" and {len(cells) - SHOWN:,} more" if len(cells) > SHOWN else ""
            raise Unreadable(
                f"{self.name}, sheet {name}: no value is kept of the formula in {', '.join(cells[:SHOWN])}{more}; open "
                "the workbook in a spreadsheet program and save it, or write the value"
            )
        rows = self.sheets[name]
        first: Sequence[str] = next((row for _, row in rows), ())
        width = max((number for number, column in enumerate(first, start=1) if column), default=0)
        return Grid(file=self.name, sheet=name, header=tuple(first[:width]), given=lambda: in_blocks(rows))


class Sheets(Mapping[str, list[Numbered]]):
    """A workbook's sheets as rows of text, each read on demand. Raises Unreadable if one cannot be read."""

    def __init__(self, name: str, book: CalamineWorkbook, most: int | None = None) -> None:
        self._name, self._book, self._most, self._cells = name, book, most, 0
        self._read: dict[str, list[Numbered]] = {}

    def __getitem__(self, name: str) -> list[Numbered]:
        if name not in self._book.sheet_names:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = self._rows(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._book.sheet_names)

    def __len__(self) -> int:
        return len(self._book.sheet_names)

    def _rows(self, name: str) -> list[Numbered]:
        with _readable(self._name):
            sheet = self._book.get_sheet_by_name(name)
            row, column = sheet.end or (-1, -1)
            self._cells += (row + 1) * (column + 1)  # several sheets may share one member of the zip
            check_room(self._name, self._cells, self._most)
            rows = sheet.to_python(skip_empty_area=False)
        return [(number, [cell_text(cell) for cell in row]) for number, row in enumerate(rows, start=1)]


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except (CalamineError, OSError, zipfile.BadZipFile, ValueError) as fault:
        raise Unreadable(f"{name} is not an XLSX workbook") from fault


def workbook_sheets(path: Path, tables: dict[str, Table], sizes: Sizes) -> tuple[list[Sheet], Input]:
    """Return the sheets of a workbook that are tables, and an input that reports the others."""
    book = Workbook(path, sizes)
    known = [book.sheet(name, tables[name]) for name in book.sheets if name in tables and book.sheets[name]]
    others = [name for name in book.sheets if name not in tables and name not in ASIDE and len(book.sheets[name]) > 0]
    if not known:
        raise Unreadable(f"{path.name} has no sheet that is a table of the inventory: {shown(', '.join(book.sheets))}")
    return known, UnknownSheets(path.name, others)


class UnknownSheets(Input):
    """A report of sheets that are not tables of ours. They are not read."""

    def __init__(self, file: str, names: list[str]) -> None:
        self._file, self._names = file, names

    def __iter__(self) -> Iterator[Located]:
        for name in self._names:
            message = f"The sheet {name} is not a table of the inventory and was left out"
            problem = Problem(code="unknown-table", severity=WARNING, message=message, file=self._file, sheet=name)
            yield Located(record_type="", raw=None, whole=False, file=self._file, sheet=name, problems=(problem,))


def cell_text(cell: Any) -> str:
    """Return a workbook cell as canonical CSV spells it: whole numbers without a point, days and times in ISO 8601."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.time) and not cell.second and not cell.microsecond:
        # A spreadsheet stores 15:32 and 15:32:00 alike, so the cell is taken as neither.
        return f"{TIME_OF_DAY}{cell.isoformat('minutes')}"
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)
