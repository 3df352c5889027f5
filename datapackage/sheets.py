"""A sheet: the rows of one table as a file holds them, CSV or one sheet of a workbook, all cells as text."""

import csv
import io
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from difflib import get_close_matches
from itertools import count, islice

from msgspec import Struct

from datapackage.archives import Opener
from datapackage.readers import Place
from datapackage.tables import Table
from inventory.errors import Unreadable
from inventory.faults import shown

csv.field_size_limit(1 << 20)
MOST_OF_A_ROW = 1 << 21  # characters

Numbered = tuple[int, Sequence[str]]
"""A row with its number; the header is row 1."""
BLOCK = 100  # rows looked at in one go


class Grid(Struct, frozen=True, kw_only=True):
    """A header and the rows below it. `lines` reads all of them, the header too, again and again.

    elsewhere: where columns truly stand, of a grid that was made of others; without a row it is the row itself.
    """

    file: str
    header: tuple[str, ...]
    lines: Callable[[], Iterator[Numbered]]
    sheet: str | None = None
    elsewhere: Mapping[str, Place] = {}

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file

    def place(self, row: int, column: str | None) -> Place:
        """Where a cell stands, for whoever has the file before them."""
        found = self.elsewhere.get(column or "")
        if found is None:
            return Place(self.sheet, row, column, self.file)
        return found if found.row and row > 1 else Place(found.sheet, row, found.field, found.file)

    def read(self) -> Iterator[Numbered]:
        """The rows below the header that hold anything.

        Each has a cell for every column; only where something stands beyond the header, it has more.
        """
        return (row for numbers, rows in self.blocks() for row in zip(numbers, rows, strict=True))

    def blocks(self) -> Iterator[tuple[list[int], list[Sequence[str]]]]:
        """The same by the hundred, numbers and rows apart: nearly always all is well with a whole block at once."""
        lines, width = islice(self.lines(), 1, None), len(self.header)
        while block := list(islice(lines, BLOCK)):
            numbers, rows = map(list, zip(*block, strict=True))
            if set(map(len, rows)) != {width} or not all(map(any, rows)):
                numbers = [number for number, row in block if any(row)]
                rows = [_fitted(row, width) for _, row in block if any(row)]
            if rows:
                yield numbers, rows


class Sheet(Grid, frozen=True, kw_only=True):
    """The rows of one table."""

    table: Table


def csv_grid(opener: Opener, name: str) -> Grid:
    """A CSV file in UTF-8, whatever its columns."""
    with closing(read_csv(opener, name)) as rows:
        header = next(rows, (1, ()))[1]
    return Grid(file=name, header=tuple(header), lines=lambda: read_csv(opener, name))


def csv_sheet(opener: Opener, table: Table, name: str) -> Sheet:
    """A CSV file in UTF-8 as a sheet. Raises Unreadable where its header is not one of the table."""
    grid = csv_grid(opener, name)
    checked_header(name, grid.header, table)
    return Sheet(table=table, file=name, header=grid.header, lines=grid.lines)


def read_csv(opener: Opener, name: str) -> Generator[Numbered, None, None]:
    """Every row of a CSV file, the header too. Raises Unreadable, saying where it stops being CSV in UTF-8."""
    numbers: Iterator[int] = count(1)
    try:
        with opener() as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as file:
            lines = _Lines(file)
            numbers = lines.rows()
            yield from zip(numbers, csv.reader(lines, strict=True), strict=False)
    # By then the number of the row at fault is drawn too.
    except UnicodeDecodeError as fault:
        raise Unreadable(f"{name} is not in UTF-8: after row {next(numbers) - 2}, {fault.reason}") from fault
    except csv.Error as fault:
        raise Unreadable(f"{name} is not CSV: after row {next(numbers) - 2}, {fault}") from fault


class _Lines:
    """The lines of a file, as long as those of one row do not get too long."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self._read, self._length = file.readline, 0

    def __iter__(self) -> Iterator[str]:
        while line := self._read(MOST_OF_A_ROW + 1):
            self._length += len(line)
            if self._length > MOST_OF_A_ROW:
                raise csv.Error(f"a row of more than {MOST_OF_A_ROW:,} characters")
            yield line

    def rows(self) -> Iterator[int]:
        """The numbers of the rows, each to be drawn before the row."""
        for number in count(1):
            self._length = 0
            yield number


def _fitted(row: Sequence[str], width: int) -> Sequence[str]:
    return row if len(row) == width or any(row[width:]) else [*row[:width], *[""] * (width - len(row))]


def outside(header: Sequence[str], row: Sequence[str]) -> str:
    """The cells of a row that stand under no column, as a problem shows them; empty where there are none."""
    unnamed = [cell for name, cell in zip(header, row, strict=False) if not name]
    return " | ".join(cell for cell in (*unnamed, *row[len(header) :]) if cell.strip())


def checked_header(name: str, header: Sequence[str], table: Table) -> None:
    """Raise Unreadable for a header that cannot be of the table: no known column, one twice, a key missing."""
    if not any(header):
        raise Unreadable(f"{name} is empty: its first row names no column")
    known = [column.name for column in table.columns]
    if not set(header) & set(known):
        first = ", ".join(shown(column) for column in header[:3])
        raise Unreadable(f"{name} has no column of {table.name}; its first row is: {first}")
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise Unreadable(f"{name} has the column {', '.join(twice)} twice")
    for column in known[: table.inherited]:
        if column not in header:
            close = get_close_matches(column, header, n=1)
            raise Unreadable(
                f"{name} has no column {column}, by which its rows belong to {table.parent}"
                + (f"; is it the column {close[0]}?" if close else "")
            )
