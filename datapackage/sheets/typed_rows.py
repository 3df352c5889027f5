"""Typed values of a sheet's rows, block by block. Each spelling is converted once and then looked up.

Only certain rows are typed. Rows with misspelled cells or cells that need normalizing are not, and neither are
sheets with columns that are not one value of an item each. Such rows become documents, and validation reports their
faults.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Struct

from datapackage.sheets.columns import NUMERALS, Layout, Rows
from datapackage.tables.cells import VALUES
from datapackage.tables.projection import Column, Table, with_children
from inventory.records.registry import RecordType
from inventory.schema.fields import Part, Shape, walk
from inventory.validation.check import REFUSALS
from inventory.validation.normalize import normalized

Path = tuple[str, ...]
MOST_KNOWN = 500  # cached spellings of a column


class TypedBlock(Struct):
    """A block of typed rows: an item each or, if its lists are read later, its values.

    untyped: the indices of uncertain rows. positions: the rows' list positions, if they have any.
    """

    items: list[Any]
    untyped: set[int]
    positions: tuple[str, ...] | None

    def between(self, start: int, end: int) -> list[Any] | None:
        """Return the items of one list; None if one is uncertain, or if they are not in the order of the list."""
        if self.untyped and not self.untyped.isdisjoint(range(start, end)):
            return None
        if self.positions is not None and self.positions[start:end] != NUMERALS[: end - start]:
            return None
        return self.items[start:end]


class TypedRows:
    """A converter of one sheet's rows. types: the types of its own columns, by path. below: paths to lists in other
    sheets.

    `make` builds an item from the values of its row, followed by its lists.
    """

    def __init__(self, layout: Layout, types: Mapping[Path, Any], below: Sequence[Path]) -> None:
        own, shape = _own_columns(layout), layout.sheet.table.shape
        self._columns = [_Spellings(index, column, types[column.path]) for index, column in own]
        self._layout, self._whole = layout, not below
        self.make = _maker(shape, [*(column.path for _, column in own), *below]) if shape is not None else None

    def block(self, rows: Rows) -> TypedBlock:
        """Return the typed values of these rows."""
        cells, untyped = tuple(zip(*rows, strict=False)), set[int]()
        values = [column.values(cells[column.index], untyped) for column in self._columns]
        if self.make is None:
            items = values[0]
        else:
            items = list(map(self.make, *values) if self._whole else zip(*values, strict=True))
        return TypedBlock(items, untyped, self._positions(cells))

    def _positions(self, cells: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
        if not self._layout.counts_position:
            return None
        return cells[self._layout.position] if self._layout.position is not None else ()


class _Spellings:
    """A cache of the values that a column's cells spell."""

    def __init__(self, index: int, column: Column, of: Any) -> None:
        self.index, self._column, self._known = index, column, dict[str, Any]()
        self._value = VALUES.get(column.field.kind)
        # msgspec caches the type information of structs only, so the type is wrapped in one.
        self._cells = msgspec.defstruct("Cells", [("cells", list[of])])

    def values(self, cells: Sequence[str], untyped: set[int]) -> list[Any]:
        """Return the value of every cell, and add the indices of uncertain cells to `untyped`."""
        known = self._known
        for learned in (False, True):
            try:
                return list(map(known.__getitem__, cells))
            except KeyError:
                if not learned:
                    self._learn(set(cells))
        untyped.update(index for index, cell in enumerate(cells) if cell not in known)
        return list(map(known.get, cells))

    def _learn(self, cells: set[str]) -> None:
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        if "" in cells and not self._column.required:
            self._known[""] = self._column.field.default
        new = [cell for cell in cells - self._known.keys() if cell]
        try:
            self._known.update(zip(new, self._converted(new), strict=True))
        except REFUSALS:
            for cell in new:
                with suppress(*REFUSALS):
                    self._known[cell] = self._converted([cell])[0]

    def _converted(self, cells: list[str]) -> list[Any]:
        # In other kinds of fields, a cell that needs normalizing is never well spelled.
        if self._column.field.kind == "text" and not _are_normalized(cells):
            raise ValueError("a cell is to be normalized")
        spelled = list(map(self._value, cells)) if self._value else cells
        values: list[Any] = msgspec.convert({"cells": spelled}, self._cells).cells  # type: ignore[attr-defined]
        return values


def _are_normalized(cells: Sequence[str]) -> bool:
    joined = "".join(cells)
    return (joined.isascii() and joined.isprintable()) or all(normalized(cell) == cell for cell in cells)


def typed_one_by_one(layout: Layout, typed: TypedRows | None) -> Iterator[tuple[int, Sequence[str], Any]]:
    """Yield the rows of a sheet, each with its number and item; None for the item if the row is not typed."""
    for numbers, rows in layout.sheet.blocks():
        items: list[Any] = [None] * len(rows)
        if typed is not None and not layout.may_stray(rows):
            block = typed.block(rows)
            items = [None if i in block.untyped else item for i, item in enumerate(block.items)]
        yield from zip(numbers, rows, items, strict=True)


def typed_rows(record_type: RecordType, main: Table, layouts: Mapping[str, Layout]) -> dict[str, TypedRows]:
    """Return the row converters of a record type by table; empty if one of its sheets cannot be typed."""
    here = [table for table in with_children(main) if table.name in layouts]
    if record_type.respelled is not None or not all(_is_certain(layouts[table.name]) for table in here):
        return {}
    found = {}
    for table, types in _types(main, record_type.struct):
        below = [child.path for child in table.children if child.name in layouts]
        if table.name in layouts:
            found[table.name] = TypedRows(layouts[table.name], types, below)
    return found


def _is_certain(layout: Layout) -> bool:
    """Return whether every column of a sheet is one value of an item, and all required columns are there.

    Cells alone do not show whether an optional part is omitted, and a decimal may be infinite.
    """
    table, own = layout.sheet.table, _own_columns(layout)
    lacking = {column.name for column in _own(table) if column.required} - set(layout.sheet.header)
    parts = [field for _, field in walk(table.shape) if field.part and not field.many] if table.shape else []
    return (
        bool(own)
        and not (lacking or layout.wide or layout.unknown or layout.nowhere or layout.has_unnamed)
        and not any(column.field.kind == "decimal" for _, column in own)
        and not any(field.nullable or field.required for field in parts)
    )


def _own_columns(layout: Layout) -> list[tuple[int, Column]]:
    own = {column.name: column for column in _own(layout.sheet.table)}
    return [(index, own[name]) for index, name in enumerate(layout.sheet.header) if name in own]


def _own(table: Table) -> tuple[Column, ...]:
    return table.columns[table.inherited + table.counts_position :]


def _types(table: Table, struct: type[Part] | None, item: Any = None) -> Iterator[tuple[Table, dict[Path, Any]]]:
    """Yield every table with the types of its own columns by path. item: the type of items that are not parts."""
    if struct is None:
        yield table, {column.path: item for column in _own(table)}
        return
    yield table, {column.path: _type_at(struct, column.path) for column in _own(table)}
    for child in table.children:
        [many] = get_args(_type_at(struct, child.path))[:1]
        of = get_args(many)[0]
        yield from _types(child, child.shape.struct if child.shape else None, of)


def _type_at(struct: Any, path: Path) -> Any:
    of: Any = struct
    for name in path:
        of = get_type_hints(struct, include_extras=True)[name]
        struct = get_args(of)[0]
    return of


def _maker(read: Shape, paths: Sequence[Path]) -> Callable[..., Part]:
    """Return a function that builds a part from the values at these paths.

    It is compiled, like the constructors of the standard library's named tuples: naming the values at each call
    takes five times as long. The compiled code contains only names of our own types, never outside data.
    """
    structs: dict[str, Any] = {}
    names = {path: f"v{number}" for number, path in enumerate(paths)}

    def call(part: Shape, prefix: Path) -> str:
        name = f"S{len(structs)}"
        structs[name] = part.struct
        arguments = []
        for field in part.fields:
            path = (*prefix, field.name)
            if path in names:
                arguments.append(f"{field.name}={names[path]}")
            elif field.part is not None and any(known[: len(path)] == path for known in names):
                arguments.append(f"{field.name}={call(field.part, path)}")
        return f"{name}({', '.join(arguments)})"

    make: Callable[..., Part] = eval(f"lambda {', '.join(names.values())}: {call(read, ())}", structs)
    return make
