"""Conversion of rows to documents, the inverse of `datapackage/tables/rows.py`, for rows and columns in any order.

Well-spelled cells become values. Others stay text, so that validation reports every bad cell as in any other input.
This module reports only problems that a document cannot show: rows without a parent, list positions that are invalid
or taken, and cells beyond the header.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from msgspec import Struct

from datapackage.formats.located import Covers, Located, Place
from datapackage.sheets.child_rows import Run, Runs
from datapackage.sheets.columns import Key, Layout
from datapackage.sheets.sheet import Numbered, Sheet
from datapackage.tables.projection import Table
from inventory.problems import ERROR, Problem
from inventory.records.registry import Document
from inventory.schema.fields import Part
from inventory.validation.shape_problems import shown

Lists = dict[str, tuple[Sheet, Sequence[int]]]
"""By JSON pointer of a list in a document: the sheet, and the numbers of its rows in the order of the list."""


class TablePlaces:
    """A lookup of a value's cell, from the rows of its document and of the items of its lists."""

    def __init__(self, sheet: Sheet, row: int, lists: Lists) -> None:
        self._sheet, self._row, self._lists = sheet, row, lists

    def at(self, pointer: str) -> Place:
        """Return the cell of the value at that pointer, or the row of the value that encloses it."""
        sheet, row = self._sheet, self._row
        item, rest = pointer, list[str]()
        while item:
            above, _, name = item.rpartition("/")
            if above in self._lists and name.isdecimal():
                sheet, numbers = self._lists[above]
                row = numbers[int(name)]
                break
            rest.insert(0, name)
            item = above
        return Place(sheet.sheet, row, _column_name(sheet.table, rest), sheet.file)


def _column_name(table: Table, names: list[str]) -> str | None:
    if not names:
        return table.columns[-1].name if table.shape is None else None
    path = [name for name in names if not _is_index(name)]
    wide = int(names[-1]) if _is_index(names[-1]) else None
    for column in table.columns:
        if column.path == tuple(path) and column.wide == wide:
            return column.name
    return "_".join(path)


def _is_index(name: str) -> bool:
    """Return whether a name in a pointer is a list index. Unknown columns may be named ² or 99…9."""
    return name.isascii() and name.isdigit() and len(name) < 6


class Rebuilt(Struct):
    """A rebuilt document, with the rows of its list items and the problems of its rows."""

    raw: Document
    lists: Lists = {}
    problems: list[Problem] = []


class LocatedRecord(Located, frozen=True, kw_only=True):
    """A record assembled from typed rows. Its document is rebuilt on demand."""

    rebuilding: "Rebuilding"

    @property  # type: ignore[misc]
    def raw(self) -> Document:
        """Return the document."""
        return self.rebuilding.rebuilt.raw


class Rebuilding:
    """A document that is rebuilt only when it, or the place of one of its values, is needed."""

    def __init__(self, rebuilder: "Rebuilder", main: Numbered, below: Mapping[str, Runs]) -> None:
        self._rebuilder, self._main, self._below = rebuilder, main, below
        self.sheet, self.row = rebuilder.sheet, main[0]

    @cached_property
    def rebuilt(self) -> Rebuilt:
        """Return the rebuilt document."""
        return self._rebuilder.rebuilt(self._main, self._below)

    def at(self, pointer: str) -> Place:
        """Return the cell of the value at that pointer, or the row of the value that encloses it."""
        in_list = any(map(str.isdecimal, pointer.split("/")))
        return TablePlaces(self.sheet, self.row, self.rebuilt.lists if in_list else {}).at(pointer)


def located_record(record_type: str, record: Part, rebuilding: Rebuilding, covered: Covers | None) -> LocatedRecord:
    """Return a record at its main row."""
    sheet = rebuilding.sheet
    return LocatedRecord(
        record_type=record_type,
        raw=None,
        record=record,
        file=sheet.file,
        sheet=sheet.sheet,
        row=rebuilding.row,
        places=rebuilding,
        covers=covered,
        rebuilding=rebuilding,
    )


class _Branch(Struct):
    """A child table that has a sheet, with those below it.

    path: from the parent item to the list. place: the same path as a JSON pointer.
    """

    name: str
    layout: Layout
    path: tuple[str, ...]
    place: str
    branches: "list[_Branch]"


class Rebuilder:
    """A builder of documents of one record type from its sheets. `layouts` by name of table, including the main one."""

    def __init__(self, table: Table, layouts: Mapping[str, Layout]) -> None:
        self._layout, self._layouts, self.sheet = layouts[table.name], layouts, layouts[table.name].sheet
        self._branches = _branches(table, layouts)

    def rebuilt(self, main: Numbered, below: Mapping[str, Runs]) -> Rebuilt:
        """Return one document from its main row and, by table, all rows below it.

        Rows that belong to it are removed.
        """
        row, key = main[1], self._layout.key_of(main[1])
        document = Rebuilt(self._layout.item(row))
        if self._layout.may_stray([row]):
            _report_stray(self._layout, Run([main[0]], [row]), document)
        self._attach(self._branches, document, document.raw, key, "", below)
        for name, runs in below.items():
            for number in (number for run in runs.values() for number in run.numbers):
                document.problems.append(orphan(self._layouts[name].sheet, number))
        return document

    def _attach(
        self,
        branches: Iterable[_Branch],
        document: Rebuilt,
        item: Document,
        key: Key,
        pointer: str,
        below: Mapping[str, Runs],
    ) -> None:
        for branch in branches:
            run = below[branch.name].pop(key, None) if branch.name in below else None
            if run is None:
                continue
            if run.stray:
                _report_stray(branch.layout, run, document)
            run, keys = _in_order(branch.layout, run, document)
            items, place = branch.layout.items(run.rows), pointer + branch.place
            document.lists[place] = branch.layout.sheet, run.numbers
            if branch.branches:
                for index, (inner, inner_key) in enumerate(zip(items, keys, strict=True)):
                    self._attach(branch.branches, document, inner, inner_key, f"{place}/{index}", below)
            part: Any = item
            for name in branch.path[:-1]:
                part = part.setdefault(name, {})
            part[branch.path[-1]] = items


def _in_order(layout: Layout, run: Run, document: Rebuilt) -> tuple[Run, Iterable[Key]]:
    """Return the rows in the order of the list, and the keys by which child rows refer to them."""
    if not layout.counts_position or layout.counts_up(run.rows):
        return run, map(layout.key_of, run.rows)
    placed: dict[int, tuple[Numbered, Key]] = {}
    last = 0
    # Rows without a position follow those with one, in the order of the file.
    for number, row in sorted(run.numbered(), key=lambda numbered: not layout.given_position(numbered[1])):
        given = layout.given_position(row)
        position = int(given) if given.isdecimal() and given.isascii() and len(given) < 16 else 0
        if given and (not position or position in placed):
            document.problems.append(_misplaced(layout.sheet, number, given, taken=bool(position)))
            position = 0
        position = position or last + 1
        last = max(last, position)
        placed[position] = (number, row), (*(row[i] for i in layout.inherited), given or str(position))
    ordered = [placed[position] for position in sorted(placed)]
    return Run([n for (n, _), _ in ordered], [row for (_, row), _ in ordered]), [key for _, key in ordered]


def _report_stray(layout: Layout, run: Run, document: Rebuilt) -> None:
    for number, row in run.numbered():
        document.problems += [_stray(layout.sheet, number, cell, name) for name, cell in layout.stray(row)]


def _branches(table: Table, layouts: Mapping[str, Layout]) -> list[_Branch]:
    return [
        _Branch(child.name, layouts[child.name], child.path, f"/{'/'.join(child.path)}", _branches(child, layouts))
        for child in table.children
        if child.name in layouts
    ]


def orphan(sheet: Sheet, number: int) -> Problem:
    """Return a problem for a row without a parent."""
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
