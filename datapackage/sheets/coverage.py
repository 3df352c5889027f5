"""The fields that the sheets of a record type cover. A missing table or column covers nothing."""

from collections.abc import Iterator, Mapping

from datapackage.formats.located import Covers
from datapackage.sheets.sheet import Sheet
from datapackage.tables.projection import Table, with_children


def covers(main: Table, sheets: Mapping[str, Sheet]) -> Covers | None:
    """Return the fields of the main table's records that the sheets, by name of table, cover; None for all."""
    return Covers(frozenset(_covered_paths(main, (), sheets))) if untold(main, sheets) else None


def untold(main: Table, sheets: Mapping[str, Sheet]) -> list[str]:
    """Return the tables without a sheet, and the missing columns of sheets as `table.column`."""
    names = []
    for table in with_children(main):
        if table.name not in sheets:
            names.append(table.name)
        else:
            names += [f"{table.name}.{name}" for name in _lacking(table, sheets[table.name])]
    return names


def _lacking(table: Table, sheet: Sheet) -> list[str]:
    return [column.name for column in table.columns if column.path and column.name not in sheet.header]


def _covered_paths(table: Table, above: tuple[str, ...], sheets: Mapping[str, Sheet]) -> Iterator[tuple[str, ...]]:
    """Yield covered paths from the record. above: the path to the items of the table."""
    if table.name in sheets:
        if above:
            yield above
        lacking = set(_lacking(table, sheets[table.name]))
        yield from ((*above, *column.path) for column in table.columns if column.path and column.name not in lacking)
    for child in table.children:
        yield from _covered_paths(child, (*above, *child.path), sheets)
