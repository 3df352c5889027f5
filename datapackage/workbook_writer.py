"""Writing XLSX workbooks to fill in and read back, with drop-downs and help; the same content gives the same bytes."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from msgspec import Struct
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from datapackage.beside import code_documents
from datapackage.cells import Cell, text
from datapackage.rows import rows
from datapackage.tables import Column, Table, with_children
from datapackage.workbooks import CHOICES, CODES, READ_ME
from inventory.errors import TooLarge
from inventory.fields import Field
from inventory.record_types import Document
from inventory.wording import explained

# Fixed, so that the bytes are; workbooks know no time zones.
MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001
MOST_ROWS = 1_048_576
LARGEST_EXACT = 10**15  # what a spreadsheet shows of a number


class Contents(Struct, frozen=True, kw_only=True):
    """What a workbook holds: main tables, their documents by table, the ids to choose from by record type, a title."""

    title: str
    mains: Sequence[Table]
    documents: Mapping[str, Iterable[Document]]
    choices: Mapping[str, Sequence[str]]


def write_workbook(path: Path, contents: Contents) -> None:
    """Write the workbook, or nothing. Raises TooLarge where a table has more rows than a sheet can hold."""
    new = path.with_name(f".new-{path.name}")
    try:
        _write(new, contents)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _write(path: Path, contents: Contents) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": MADE, "title": contents.title})
        tables = [table for main in contents.mains for table in with_children(main)]
        formats = _formats(book)
        _read_me(book.add_worksheet(READ_ME), contents, tables, formats)
        sheets = {table.name: _Sheet(book.add_worksheet(table.name), table, formats) for table in tables}
        lists = {**_codes(book.add_worksheet(CODES), formats), **_choices(book, contents.choices, formats)}
        for sheet in sheets.values():
            sheet.put_help(lists)
        for main in contents.mains:
            for document in contents.documents.get(main.name, ()):
                for table, row in rows(main, document):
                    sheets[table.name].add(row)


_Formats = dict[str, Any]


def _formats(book: xlsxwriter.Workbook) -> _Formats:
    heading = {"bold": True, "font_color": "#ffffff", "valign": "top", "text_wrap": True}
    return {
        "text": book.add_format({"num_format": "@", "valign": "top"}),
        "number": book.add_format({"num_format": "0", "valign": "top"}),
        "wrapped": book.add_format({"valign": "top", "text_wrap": True}),
        "bold": book.add_format({"bold": True}),
        "always": book.add_format({**heading, "bg_color": "#162e51"}),
        "to publish": book.add_format({**heading, "bg_color": "#2e6276"}),
        "no": book.add_format({**heading, "bg_color": "#71767a"}),
    }


class _Sheet:
    """The sheet of one table while it is written."""

    def __init__(self, sheet: Worksheet, table: Table, formats: _Formats) -> None:
        self._sheet, self._table, self._formats, self._row = sheet, table, formats, 0
        for index, column in enumerate(table.columns):
            sheet.set_column(index, index, _width(column.field), self._format(column))
            sheet.write_string(0, index, column.name, formats[column.needed])
        sheet.freeze_panes(1, max(1, table.inherited))

    def put_help(self, lists: Mapping[str, str]) -> None:
        """Say what belongs in each column, and offer what there is to choose from."""
        for index, column in enumerate(self._table.columns):
            self._sheet.data_validation(1, index, MOST_ROWS - 1, index, _validation(column, lists))

    def add(self, row: Sequence[Cell]) -> None:
        self._row += 1
        if self._row >= MOST_ROWS:
            raise TooLarge(f"{self._table.name} has more rows than a sheet can hold; export a data package instead")
        for index, cell in enumerate(row):
            form = self._format(self._table.columns[index])
            if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) < LARGEST_EXACT:
                self._sheet.write_number(self._row, index, cell, form)
            elif cell is not None:
                self._sheet.write_string(self._row, index, text(cell), form)

    def _format(self, column: Column) -> Any:
        return self._formats["number" if column.field.kind == "integer" else "text"]


def _width(field: Field) -> int:
    return 60 if (field.max_length or 0) > 300 else 28 if field.kind in ("text", "code") else 14


def help_text(column: Column) -> str:
    """What a spreadsheet tells of a column: what it means, whether it is needed, what a cell looks like."""
    told = f"{column.field.description} Needed: {column.needed}."
    value = explained(column.field)
    return told if column.field.codes else f"{told} {value[0].upper()}{value[1:]}."


def _validation(column: Column, lists: Mapping[str, str]) -> dict[str, Any]:
    field = column.field
    title = (field.title if column.wide is None else f"{field.title} {column.wide + 1}")[:32]
    rule: dict[str, Any] = {"validate": "any", "input_title": title, "input_message": help_text(column)[:255]}
    source = lists.get(field.codes.list_name if field.codes else f"ids of {field.references}")
    if field.kind == "boolean":
        rule |= {"validate": "list", "source": ["true", "false"]}
    elif source:
        # An id may be of a record that is yet to be loaded; a code may not.
        rule |= {"validate": "list", "source": source, "error_type": "stop" if field.codes else "warning"}
    elif field.kind == "integer" and field.minimum is not None:
        most = min(field.maximum or LARGEST_EXACT, LARGEST_EXACT)
        rule |= {"validate": "integer", "criteria": "between", "minimum": field.minimum, "maximum": most}
    return rule


def _codes(sheet: Worksheet, formats: _Formats) -> dict[str, str]:
    """The sheet of codes. Returns by list the range of its codes."""
    entries = code_documents()
    for index, name in enumerate(("list", "code", "label", "definition")):
        sheet.write_string(0, index, name, formats["no"])
        sheet.set_column(index, index, 60 if name == "definition" else 28)
    places: dict[str, list[int]] = {}
    for row, entry in enumerate(entries, start=1):
        places.setdefault(entry["list"], []).append(row + 1)
        for index, name in enumerate(("list", "code", "label", "definition")):
            sheet.write_string(row, index, entry[name])
    sheet.freeze_panes(1, 2)
    return {name: f"={CODES}!$B${numbers[0]}:$B${numbers[-1]}" for name, numbers in places.items()}


def _choices(book: xlsxwriter.Workbook, choices: Mapping[str, Sequence[str]], formats: _Formats) -> dict[str, str]:
    """The sheet of ids to choose from, a column a record type. Returns by name the range of its ids."""
    sheet = book.add_worksheet(CHOICES)
    given = {name: list(ids) for name, ids in choices.items() if ids}
    for index, name in enumerate(given):
        sheet.set_column(index, index, 40)
        sheet.write_string(0, index, f"ids of {name}", formats["no"])
    for row in range(max(map(len, given.values()), default=0)):
        for index, ids in enumerate(given.values()):
            if row < len(ids):
                sheet.write_string(row + 1, index, ids[row])
    columns = {name: xl_col_to_name(index) for index, name in enumerate(given)}
    return {
        f"ids of {name}": f"={CHOICES}!${columns[name]}$2:${columns[name]}${len(ids) + 1}"
        for name, ids in given.items()
    }


def introduction(mains: Sequence[Table]) -> Iterator[str]:
    """How to fill the workbook in, by the example of its own tables."""
    yield "Each sheet is a table. Its first row names the columns: do not change it."
    example = next((main for main in mains if main.children), None)
    if example is not None:
        child = example.children[0]
        ids = ", ".join(column.name for column in child.columns[: child.inherited])
        yield f"Ids hold sheets together: a row of {child.name} belongs to the row of {example.name} with its {ids}."
        yield "Position is the place in a list, from 1. Where it is empty, rows count in the order they stand in."
    yield "Columns with dark headings are always needed, those with blue headings to publish."
    yield "Leave a cell empty where there is nothing to say."
    yield "To check the workbook: psi check FILE.xlsx. To load it: psi load FILE.xlsx."


_HEADS = {"sheet": 26, "column": 34, "title": 26, "needed": 12, "description": 70, "value": 50, "clause": 12}
"""The columns of the list of columns, with their widths."""


def _read_me(sheet: Worksheet, contents: Contents, tables: Sequence[Table], formats: _Formats) -> None:
    sheet.write_string(0, 0, contents.title, formats["bold"])
    lines = list(introduction(contents.mains))
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, line)
    top = len(lines) + 2
    for index, (head, width) in enumerate(_HEADS.items()):
        sheet.set_column(index, index, width)
        sheet.write_string(top, index, head, formats["no"])
    for row, facts in enumerate((_facts(table, c) for table in tables for c in table.columns), start=top + 1):
        for index, fact in enumerate(facts):
            sheet.write_string(row, index, fact, formats["wrapped"])


def _facts(table: Table, column: Column) -> tuple[str, ...]:
    field = column.field
    value = f"a code of {field.codes.list_name}" if field.codes else explained(field)
    return table.name, column.name, field.title, column.needed, field.description, value, field.clause or ""
