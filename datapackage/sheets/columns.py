"""The mapping of a sheet's cells to values, for columns in any order."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from datapackage.sheets.sheet import Sheet, outside
from datapackage.tables.cells import VALUES
from datapackage.tables.projection import Column
from inventory.records.registry import Document

Key = Hashable
"""The cells that identify a row: one as it is, several as a tuple."""
Rows = Sequence[Sequence[str]]

NUMERALS = tuple(str(number) for number in range(1, 1001))


class Layout:
    """The layout of a sheet's rows, read once from its header."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet, table = sheet, sheet.table
        place = {name: index for index, name in enumerate(sheet.header)}
        self.width = len(sheet.header)
        self.key = [place[column.name] for column in table.columns if column.key and column.name in place]
        self.inherited = [place[column.name] for column in table.columns[: table.inherited]]
        self.key_of, self.parent_of = cells_at(self.key), cells_at(self.inherited)
        self.counts_position = table.counts_position
        self.position = place.get("position") if self.counts_position else None
        own = table.columns[table.inherited + table.counts_position :]
        here = [(place[column.name], column) for column in own if column.name in place]
        self.scalar = (here[0][0] if here else None, _value(own[0])) if table.shape is None else None
        self.plain = [(i, c.path[0], _value(c)) for i, c in here if len(c.path) == 1 and c.wide is None]
        self.nested = [(i, c.path, _value(c)) for i, c in here if len(c.path) > 1 and c.wide is None]
        self.wide = _wide(here)
        unknown = [(index, name) for name, index in place.items() if name not in {c.name for c in table.columns}]
        fields = {field.name for field in table.shape.fields} if table.shape else {name for _, name in unknown}
        self.unknown = [(index, name) for index, name in unknown if name and name not in fields]
        self.nowhere = [(index, name) for index, name in unknown if name and name in fields]
        self.has_unnamed = "" in place

    def item(self, row: Sequence[str]) -> Document:
        """Return the item of a row."""
        item: Document = {name: value(row[i]) if value else row[i] for i, name, value in self.plain if row[i]}
        for index, path, value in self.nested:
            if row[index]:
                part = item
                for name in path[:-1]:
                    part = part.setdefault(name, {})
                part[path[-1]] = value(row[index]) if value else row[index]
        for path, indexes, value in self.wide:
            _put_wide(item, path, [row[i] if i is not None else "" for i in indexes], value)
        for index, name in self.unknown:
            if row[index]:
                item[name] = row[index]
        return item

    def items(self, rows: Rows) -> list[Any]:
        """Return the items of a list, one a row: documents, or the values of a list of scalars."""
        if self.scalar is None:
            return list(map(self.item, rows))
        index, value = self.scalar
        if index is None:
            return [None] * len(rows)
        if value is None:
            return [row[index] or None for row in rows]
        return [value(row[index]) if row[index] else None for row in rows]

    def counts_up(self, rows: Rows) -> bool:
        """Return whether the rows' positions are 1, 2, 3 and so on, in file order."""
        index = self.position
        return index is not None and tuple([row[index] for row in rows]) == NUMERALS[: len(rows)]

    def given_position(self, row: Sequence[str]) -> str:
        """Return the row's position cell; empty if there is none."""
        return row[self.position] if self.position is not None else ""

    def may_stray(self, rows: Rows) -> bool:
        """Return whether any of these rows may hold cells that belong to no field."""
        return bool(self.nowhere) or self.has_unnamed or max(map(len, rows)) > self.width

    def stray(self, row: Sequence[str]) -> Iterator[tuple[str | None, str]]:
        """Yield cells in unknown columns, or with None for the column, in cells without a header."""
        if (self.has_unnamed or len(row) > self.width) and (cells := outside(self.sheet.header, row)):
            yield None, cells
        yield from ((name, row[index]) for index, name in self.nowhere if row[index])


def cells_at(indexes: Sequence[int]) -> Callable[[Sequence[str]], Key]:
    """Return a function that reads the identifying cells of a row."""
    return itemgetter(*indexes) if indexes else lambda row: ()


_Value = Callable[[str], Any] | None


def _value(column: Column) -> _Value:
    return VALUES.get(column.field.kind)


def _wide(here: list[tuple[int, Column]]) -> list[tuple[tuple[str, ...], list[int | None], _Value]]:
    paths: dict[tuple[str, ...], dict[int, int]] = {}
    for index, column in here:
        if column.wide is not None:
            paths.setdefault(column.path, {})[column.wide] = index
    values = {column.path: _value(column) for _, column in here}
    # A missing column leaves its place empty, so the numbers after it keep theirs.
    return [
        (path, [places.get(wide) for wide in range(max(places) + 1)], values[path]) for path, places in paths.items()
    ]


def _put_wide(item: Document, path: tuple[str, ...], cells: list[str], value: _Value) -> None:
    while cells and not cells[-1]:
        cells.pop()
    if cells:
        for name in path[:-1]:
            item = item.setdefault(name, {})
        item[path[-1]] = [(value(cell) if value else cell) if cell else None for cell in cells]
