"""Conversion of documents to rows. `datapackage/sheets/documents.py` is the inverse."""

from collections.abc import Iterator
from typing import Any

from datapackage.tables.cells import Cell
from datapackage.tables.projection import Table
from inventory.records.registry import Document

Row = tuple[Cell, ...]


def rows(table: Table, document: Document) -> Iterator[tuple[Table, Row]]:
    """Yield every row of a document in its main table and those below, parents first, lists in order."""
    yield from _rows(table, document, (), None)


def _rows(table: Table, item: Any, parent_key: Row, position: int | None) -> Iterator[tuple[Table, Row]]:
    if table.shape is None:
        yield table, (*parent_key, position, item)
        return
    counted = (position,) if position is not None and table.counts_position else ()
    own = table.columns[table.inherited + len(counted) :]
    row = (*parent_key, *counted, *(_cell(item, column.path, column.field.default, column.wide) for column in own))
    yield table, row
    key = tuple(value for column, value in zip(table.columns, row, strict=True) if column.key)
    for child in table.children:
        for index, inner in enumerate(_at(item, child.path) or (), start=1):
            yield from _rows(child, inner, key, index)


def _cell(item: Document, path: tuple[str, ...], default: Any, wide: int | None) -> Cell:
    value = _at(item, path)
    if wide is not None:
        return value[wide] if value and wide < len(value) else None
    return default if value is None else value  # type: ignore[no-any-return]


def _at(item: Document, path: tuple[str, ...]) -> Any:
    value: Any = item
    for name in path:
        if value is None:
            return None
        value = value.get(name)
    return value
