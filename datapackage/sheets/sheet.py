"""A sheet: the rows of one table in a CSV file or a workbook sheet, with all cells as text."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from difflib import get_close_matches
from functools import partial
from itertools import chain, islice

from msgspec import Struct

from datapackage.formats.located import Opener, Place
from datapackage.tables.projection import Table
from inventory.errors import Unreadable
from inventory.validation.shape_problems import shown

csv.field_size_limit(1 << 20)
MOST_OF_A_ROW = 1 << 21  # characters, plus or minus one piece
BLOCK = 100  # rows processed together
MOST_COLUMNS = 16_384  # as many as a spreadsheet has
SHOWN = 3  # columns that a message names
_PIECE = 8192  # characters, or bytes

Numbered = tuple[int, Sequence[str]]
"""A row with its number; the header is row 1."""
Block = tuple[Sequence[int], Sequence[Sequence[str]]]
"""Consecutive rows: their numbers, and the rows."""
Beginnings = Callable[[int], Iterator[list[Hashable] | None]]
"""Yields the first cells of every row, a given number of them, as a key. A final None means that the rest of the file
cannot be read that way."""


class Grid(Struct, frozen=True, kw_only=True):
    """A header and the rows below it. `given` yields all of them, the header too, each time it is called.

    elsewhere: the true places of columns, if the grid was joined from others; a place without a row means the same
    row.
    """

    file: str
    header: tuple[str, ...]
    given: Callable[[], Iterator[Block]]
    sheet: str | None = None
    elsewhere: Mapping[str, Place] = {}

    @property
    def name(self) -> str:
        """Return its name for messages."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file

    def place(self, row: int, column: str | None) -> Place:
        """Return the place of a cell in the user's own file."""
        found = self.elsewhere.get(column or "")
        if found is None:
            return Place(self.sheet, row, column, self.file)
        return found if found.row and row > 1 else Place(found.sheet, row, found.field, found.file)

    def read(self) -> Iterator[Numbered]:
        """Yield the rows below the header that are not empty.

        Each has a cell for every column, and more only if there are cells beyond the header.
        """
        return (row for numbers, rows in self.blocks() for row in zip(numbers, rows, strict=True))

    def blocks(self) -> Iterator[Block]:
        """Yield the same rows in blocks, because nearly all blocks need no correction."""
        below, width = 1, len(self.header)
        for numbers, rows in self.given():
            numbers, rows, below = numbers[below:], rows[below:], 0
            if set(map(len, rows)) != {width} or not all(map(any, rows)):
                numbers = [number for number, row in zip(numbers, rows, strict=True) if any(row)]
                rows = [_fitted(row, width) for row in rows if any(row)]
            if rows:
                yield numbers, rows


class Sheet(Grid, frozen=True, kw_only=True):
    """The rows of one table. beginnings: a faster reader of the first cells of rows, if there is one."""

    table: Table
    beginnings: Beginnings | None = None


def csv_grid(opener: Opener, name: str) -> Grid:
    """Open a CSV file in UTF-8 with any columns."""
    with closing(csv_blocks(opener, name)) as blocks:
        header = next((rows[0] for _, rows in blocks), ())
    return Grid(file=name, header=tuple(header), given=partial(csv_blocks, opener, name))


def csv_sheet(opener: Opener, table: Table, name: str) -> Sheet:
    """Open a CSV file in UTF-8 as a sheet. Raises Unreadable if its header does not fit the table."""
    grid = csv_grid(opener, name)
    checked_header(name, grid.header, table)
    return Sheet(
        table=table, file=name, header=grid.header, given=grid.given, beginnings=partial(line_beginnings, opener)
    )


def in_blocks(lines: Iterable[Numbered]) -> Iterator[Block]:
    """Yield rows in blocks."""
    rest = iter(lines)
    while block := list(islice(rest, BLOCK)):
        numbers, rows = zip(*block, strict=True)
        yield numbers, rows


def read_csv(opener: Opener, name: str) -> Generator[Numbered, None, None]:
    """Yield every row of a CSV file, the header too.

    Raises Unreadable with the place where it stops being CSV in UTF-8.
    """
    with closing(csv_blocks(opener, name)) as blocks:
        for numbers, rows in blocks:
            yield from zip(numbers, rows, strict=True)


def csv_blocks(opener: Opener, name: str) -> Generator[Block, None, None]:
    """Yield every row of a CSV file in blocks."""
    with opener() as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as file:
        reading = _Reading(file)
        try:
            yield from reading.blocks()
        except UnicodeDecodeError as fault:
            raise Unreadable(f"{name} is not in UTF-8: {_undecodable(opener)}") from fault
        except csv.Error as fault:
            if "unexpected end" in str(fault):
                fault = csv.Error("a quote is opened and never closed")
            raise Unreadable(f"{name} is not CSV: after row {reading.read:,}, {fault}") from fault


def _undecodable(opener: Opener) -> str:
    """Return the place where a file stops being UTF-8. The reader buffers, so it notices that earlier than the line."""
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    with opener() as raw:
        try:
            while piece := raw.read(_PIECE):
                line += decoder.decode(piece).count("\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as fault:
            line += fault.object[: fault.start].count(b"\n")
            return f"line {line:,}, {fault.reason}"
    return "it changed meanwhile"


def line_beginnings(opener: Opener, cells: int) -> Iterator[list[Hashable] | None]:
    """Yield the first cells of every row below the header, many rows together; None as the last item at a quoted
    cell.
    """
    with opener() as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as file:
        header = 1
        for lines in _plain_lines(_pieces(file)):
            if isinstance(lines, str):
                yield None
                return
            below, header = lines[header:], 0 if lines else header
            if cells == 1:
                yield [line.partition(",")[0] for line in below]
            else:
                yield [tuple(line.split(",", cells)[:cells]) for line in below]


class _Reading:
    """The reading of one file, with a limit on the length of rows."""

    def __init__(self, file: io.TextIOWrapper) -> None:
        self._pieces = _pieces(file)
        self._done, self._block = 0, list[list[str]]()

    @property
    def read(self) -> int:
        """Return the number of rows read so far."""
        return self._done + len(self._block)

    def blocks(self) -> Iterator[Block]:
        """Yield all rows. While no cell is quoted, splitting at commas is enough."""
        for lines in _plain_lines(self._pieces):
            if isinstance(lines, str):
                yield from self._parsed(lines)
            elif lines:
                self._done, self._block = self.read, [line.split(",") if line else [] for line in lines]
                yield range(self._done + 1, self.read + 1), self._block

    def _parsed(self, begun: str) -> Iterator[Block]:
        rows = csv.reader(chain.from_iterable(self._guarded(begun)), strict=True)
        while True:
            self._done, self._block = self.read, []
            # If the reader rejects a row, the rows before it have already been added.
            self._block.extend(islice(rows, BLOCK))
            if not self._block:
                return
            yield range(self._done + 1, self.read + 1), self._block

    def _guarded(self, begun: str) -> Iterator[list[str]]:
        """Yield the lines of every piece; none for a piece in which no line ends."""
        read, length, rest = -1, 0, ""
        for piece in chain([begun], self._pieces):
            length = length + len(piece) if self.read == read else 0
            read = self.read
            if length > MOST_OF_A_ROW:
                raise csv.Error(f"a row of more than {MOST_OF_A_ROW:,} characters")
            lines = list(io.StringIO(rest + piece, newline=""))
            rest = lines.pop()
            yield lines
        if rest:
            yield [rest]


def _pieces(file: io.TextIOWrapper) -> Iterator[str]:
    while piece := file.read(_PIECE):
        yield piece


def _plain_lines(pieces: Iterator[str]) -> Iterator[list[str] | str]:
    """Yield the lines of every piece, without their ends, while each is a row and commas separate its cells.

    At the first piece that is different, yield the remaining text that was read, and stop.
    """
    rest = ""
    for piece in pieces:
        text = rest + piece
        if '"' in text or "\r" in text or len(rest) > _PIECE:
            yield text
            return
        *lines, rest = text.split("\n")
        yield lines
    if rest:
        yield [rest]


def _fitted(row: Sequence[str], width: int) -> Sequence[str]:
    return row if len(row) == width or any(row[width:]) else [*row[:width], *[""] * (width - len(row))]


def outside(header: Sequence[str], row: Sequence[str]) -> str:
    """Return the cells of a row without a column name, as a problem shows them; empty if there are none."""
    unnamed = [cell for name, cell in zip(header, row, strict=False) if not name]
    return " | ".join(cell for cell in (*unnamed, *row[len(header) :]) if cell.strip())


def checked_header(name: str, header: Sequence[str], table: Table) -> None:
    """Raise Unreadable for a header that cannot be the table's: no known column, a column twice, a missing key."""
    if not any(header):
        raise Unreadable(f"{name} is empty: its first row names no column")
    if len(header) > MOST_COLUMNS:
        raise Unreadable(f"{name} has {len(header):,} columns, more than {MOST_COLUMNS:,}")
    known = [column.name for column in table.columns]
    if not set(header) & set(known):
        first = ", ".join(shown(column) for column in header[:SHOWN])
        raise Unreadable(f"{name} has no column of {table.name}; its first row is: {first}")
    twice = sorted(column for column, times in Counter(header).items() if column and times > 1)
    if twice:
        raise Unreadable(f"{name} has the column {', '.join(map(shown, twice[:SHOWN]))} twice")
    for column in known[: table.inherited]:
        if column not in header:
            close = get_close_matches(column, header, n=1)
            raise Unreadable(
                f"{name} has no column {column}, by which its rows belong to {table.parent}"
                + (f"; is it the column {shown(close[0])}?" if close else "")
            )
