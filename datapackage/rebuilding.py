"""Rows to documents: the inverse of `rows.py`, for sheets in any order of rows and columns.

Cells become values where they are spelled right and stay text where not, so that checking the document names every
bad cell, in the words it has for any other input. Here only what a document cannot show is told: rows whose parent is
not there, places in a list that are no numbers or are taken, and cells beyond the header.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from msgspec import Struct

from datapackage.layouts import Layout
from datapackage.readers import Place
from datapackage.sheets import Numbered, Sheet, outside
from datapackage.tables import Table
from inventory.faults import shown
from inventory.problems import ERROR, Problem
from inventory.record_types import Document

Key = tuple[str, ...]
Rows = list[Numbered]


class Origin(Struct, frozen=True):
    """Where the item at a JSON pointer stands."""

    pointer: str
    sheet: Sheet
    row: int


class TablePlaces:
    """Finds the cell of a value from where the items of its document stand."""

    def __init__(self, origins: Sequence[Origin]) -> None:
        self._origins = {origin.pointer: origin for origin in origins}

    def at(self, pointer: str) -> Place:
        """The cell of the value at that pointer, or the row of what encloses it."""
        item, rest = pointer, list[str]()
        while item and item not in self._origins:
            item, _, name = item.rpartition("/")
            rest.insert(0, name)
        origin = self._origins[item]
        return Place(origin.sheet.sheet, origin.row, _column_name(origin.sheet.table, rest), origin.sheet.file)


def _column_name(table: Table, names: list[str]) -> str | None:
    if not names:
        return table.columns[-1].name if table.shape is None else None
    path = [name for name in names if not name.isdigit()]
    wide = int(names[-1]) if names[-1].isdigit() else None
    for column in table.columns:
        if column.path == tuple(path) and column.wide == wide:
            return column.name
    return "_".join(path)


class Rebuilt(Struct):
    """A document as rebuilt: where its items stand, and what is wrong with its rows."""

    raw: Document
    origins: list[Origin]
    problems: list[Problem]


class Rebuilder:
    """Rebuilds the documents of one record type from its sheets. `layouts` by name of table; the main one is there."""

    def __init__(self, table: Table, layouts: Mapping[str, Layout]) -> None:
        self._table, self._layouts = table, layouts

    def rebuilt(self, main: Numbered, below: Mapping[str, Rows]) -> Rebuilt:
        """One document from its main row and, by table, all rows below it."""
        layout = self._layouts[self._table.name]
        document = Rebuilt({}, [Origin("", layout.sheet, main[0])], [])
        row = self._checked(layout, main, document)
        document.raw = layout.item(row)
        grouped = {name: self._by_parent(self._layouts[name], rows) for name, rows in below.items()}
        self._attach(self._table, document, document.raw, tuple(row[i] for i in layout.key), "", grouped)
        for name, groups in grouped.items():
            for number, _ in (row for rows in groups.values() for row in rows):
                document.problems.append(orphan(self._layouts[name].sheet, number))
        return document

    def _by_parent(self, layout: Layout, rows: Rows) -> dict[Key, Rows]:
        groups: dict[Key, Rows] = {}
        for number, row in rows:
            padded = layout.padded(row)
            groups.setdefault(tuple(padded[i] for i in layout.inherited), []).append((number, padded))
        return groups

    def _attach(
        self,
        table: Table,
        document: Rebuilt,
        item: Document,
        key: Key,
        pointer: str,
        grouped: dict[str, dict[Key, Rows]],
    ) -> None:
        for child in table.children:
            rows = grouped.get(child.name, {}).pop(key, None)
            if not rows:
                continue
            layout, items = self._layouts[child.name], list[Any]()
            place = f"{pointer}/{'/'.join(child.path)}"
            for index, (number, row, row_key) in enumerate(self._in_order(layout, rows, document)):
                inner = layout.item(row)
                items.append(inner)
                document.origins.append(Origin(f"{place}/{index}", layout.sheet, number))
                self._attach(child, document, inner, row_key, f"{place}/{index}", grouped)
            part: Any = item
            for name in child.path[:-1]:
                part = part.setdefault(name, {})
            part[child.path[-1]] = items

    def _in_order(self, layout: Layout, rows: Rows, document: Rebuilt) -> Iterator[tuple[int, Sequence[str], Key]]:
        checked = [(number, self._checked(layout, (number, row), document)) for number, row in rows]
        if not layout.sheet.table.counts_position:
            yield from ((number, row, tuple(row[i] for i in layout.key)) for number, row in checked)
            return
        placed: dict[int, tuple[int, Sequence[str], Key]] = {}
        # Rows that do not say where come after those that do, in the order of the file.
        for number, row in sorted(checked, key=lambda numbered: not layout.given_position(numbered[1])):
            given = layout.given_position(row)
            position = int(given) if given.isdecimal() and given.isascii() and len(given) < 16 else 0
            if given and (not position or position in placed):
                document.problems.append(_misplaced(layout.sheet, number, given, taken=bool(position)))
                position = 0
            position = position or max(placed, default=0) + 1
            placed[position] = (number, row, (*(row[i] for i in layout.inherited), given or str(position)))
        yield from (placed[position] for position in sorted(placed))

    def _checked(self, layout: Layout, numbered: Numbered, document: Rebuilt) -> Sequence[str]:
        number, row = numbered
        if layout.has_unnamed or len(row) > layout.width:
            beyond = outside(layout.sheet.header, row)
            document.problems += [_stray(layout.sheet, number, beyond, None)] if beyond else []
        padded = layout.padded(row)
        document.problems += [_stray(layout.sheet, number, padded[i], name) for i, name in layout.nowhere if padded[i]]
        return padded


def orphan(sheet: Sheet, number: int) -> Problem:
    """A row that belongs to nothing."""
    ids = ", ".join(column.name for column in sheet.table.columns[: sheet.table.inherited])
    return _row_problem(
        "parent-unknown",
        sheet,
        number,
        message=f"No row of {sheet.table.parent} has this row's {ids}",
        expected=f"a row of {sheet.table.parent} with the same {ids}",
    )


def _misplaced(sheet: Sheet, number: int, given: str, *, taken: bool) -> Problem:
    code, message = (
        ("duplicate", "Another row of the list has the same position")
        if taken
        else ("wrong-type", "A position is a whole number, 1 or more")
    )
    return _row_problem(
        code, sheet, number, message=message, field="position", value=given, expected="a position of its own"
    )


def _stray(sheet: Sheet, number: int, cell: str, column: str | None) -> Problem:
    names = [known.name for known in sheet.table.columns]
    close = get_close_matches(column or "", names, n=1)
    message = f"{sheet.table.name} has no column {column}" if column else "The row has cells that stand under no column"
    expected = f"a column of {sheet.table.name}" + (f", perhaps {close[0]}" if close else "")
    return _row_problem(
        "unknown-field", sheet, number, message=message, field=column, value=shown(cell), expected=expected
    )


def _row_problem(code: str, sheet: Sheet, number: int, **facts: Any) -> Problem:
    return Problem(code=code, severity=ERROR, file=sheet.file, sheet=sheet.sheet, row=number, **facts)
