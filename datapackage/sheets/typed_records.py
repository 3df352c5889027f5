"""Records put together from typed rows, without a document in between."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from datapackage.sheets.child_rows import Runs
from datapackage.sheets.columns import Key, Layout
from datapackage.sheets.typed_rows import TypedRows
from datapackage.tables.projection import Table
from inventory.schema.fields import Part


class _Branch(Struct):
    """A table whose sheet is there, with those below it in turn."""

    name: str
    layout: Layout
    typed: TypedRows
    branches: "list[_Branch]"


class _Uncertain(Exception):
    """What some rows spell is not certain."""


class Assembler:
    """Puts together the records of one record type. typed: what types the rows of its sheets, by table."""

    def __init__(self, main: Table, layouts: Mapping[str, Layout], typed: Mapping[str, TypedRows]) -> None:
        [self._main] = _branches([main], layouts, typed)
        self._taken = 0

    def record(self, item: Any, key: Key, below: Mapping[str, Runs]) -> Part | None:
        """The record of what a main row spells and of all rows below it; None where that is not certain."""
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
