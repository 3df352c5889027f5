"""Of which fields the sheets of a record type tell: a table or column that is not there says nothing."""

from collections.abc import Iterator, Mapping

from datapackage.formats.located import Covers
from datapackage.sheets.sheet import Sheet
from datapackage.tables.projection import Table, with_children


def covers(main: Table, sheets: Mapping[str, Sheet]) -> Covers | None:
    """What the sheets, by name of table, tell of the records of the main table; None where they tell everything."""
    return Covers(frozenset(_told(main, (), sheets))) if untold(main, sheets) else None


def untold(main: Table, sheets: Mapping[str, Sheet]) -> list[str]:
    """The tables of which there is no sheet, and the columns that sheets lack as `table.column`."""
    names = []
    for table in with_children(main):
        if table.name not in sheets:
            names.append(table.name)
        else:
            names += [f"{table.name}.{name}" for name in _lacking(table, sheets[table.name])]
    return names


def _lacking(table: Table, sheet: Sheet) -> list[str]:
    return [column.name for column in table.columns if column.path and column.name not in sheet.header]


def _told(table: Table, above: tuple[str, ...], sheets: Mapping[str, Sheet]) -> Iterator[tuple[str, ...]]:
    """Paths from the record. above: leads to the items of the table."""
    if table.name in sheets:
        if above:
            yield above
        lacking = set(_lacking(table, sheets[table.name]))
        yield from ((*above, *column.path) for column in table.columns if column.path and column.name not in lacking)
    for child in table.children:
        yield from _told(child, (*above, *child.path), sheets)
