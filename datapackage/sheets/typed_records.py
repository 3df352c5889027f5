"""Records assembled from typed rows, without documents."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from datapackage.sheets.child_rows import Runs
from datapackage.sheets.columns import Key, Layout
from datapackage.sheets.typed_rows import TypedRows
from datapackage.tables.projection import Table
from inventory.schema.fields import Part


class _Branch(Struct):
    """A table that has a sheet, with those below it."""

    name: str
    layout: Layout
    typed: TypedRows
    branches: "list[_Branch]"


class _Uncertain(Exception):
    """A run of rows whose typed values are not certain."""


class Assembler:
    """A builder of records of one type. typed: the row converters of its sheets, by table."""

    def __init__(self, main: Table, layouts: Mapping[str, Layout], typed: Mapping[str, TypedRows]) -> None:
        [self._main] = _branches([main], layouts, typed)
        self._taken = 0

    def record(self, item: Any, key: Key, below: Mapping[str, Runs]) -> Part | None:
        """Return the record of a main row and all rows below it; None if any value is not certain."""
        self._taken = 0
        try:
            [record] = self._items(self._main, [item], [key], below)
        except _Uncertain:
            return None
        found: Part | None = record if self._taken == sum(map(len, below.values())) else None
        return found

    def _items(
        self, branch: _Branch, items: Iterable[Any], keys: Iterable[Key], below: Mapping[str, Runs]
    ) -> Iterable[Any]:
        make, inner = branch.typed.make, branch.branches
        if not inner or make is None:
            return items
        return [
            make(*values, *[self._list(one, key, below) for one in inner])
            for values, key in zip(items, keys, strict=True)
        ]

    def _list(self, branch: _Branch, key: Key, below: Mapping[str, Runs]) -> tuple[Any, ...]:
        runs = below.get(branch.name)
        run = runs.get(key) if runs else None
        if run is None:
            return ()
        if run.items is None:
            raise _Uncertain
        self._taken += 1
        if not branch.branches:
            return tuple(run.items)
        return tuple(self._items(branch, run.items, map(branch.layout.key_of, run.rows), below))


def _branches(tables: Iterable[Table], layouts: Mapping[str, Layout], typed: Mapping[str, TypedRows]) -> list[_Branch]:
    return [
        _Branch(table.name, layouts[table.name], typed[table.name], _branches(table.children, layouts, typed))
        for table in tables
        if table.name in typed
    ]
