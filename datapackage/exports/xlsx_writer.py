"""XLSX workbook templates with drop-downs and help, which can be loaded. The same content gives the same bytes."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import xlsxwriter
from msgspec import Struct
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from datapackage.exports.xlsx_sheet import Formats, TableSheet, formats_of
from datapackage.formats.atomic_files import replacing
from datapackage.packages.derived_tables import code_documents
from datapackage.sheets.xlsx_reader import CHOICES, CODES, READ_ME
from datapackage.tables.projection import Column, Table, with_children
from datapackage.tables.rows import rows
from inventory.errors import Unreadable
from inventory.records.registry import Document
from inventory.schema.hints import explained

# A fixed date gives the same bytes each time. Workbooks have no time zones.
MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001
PROTECTED = (
    "Cells that say what a row is about are locked, so that they stay as they are; all others can be filled in. To "
    "change one, or to delete a row, unprotect its sheet: there is no password."
)


class Contents(Struct, frozen=True, kw_only=True):
    """The contents of a workbook: title, main tables, their documents by table, and ids to choose from by record type.

    protected: the keys of the documents are locked.
    """

    title: str
    mains: Sequence[Table]
    documents: Mapping[str, Iterable[Document]]
    choices: Mapping[str, Sequence[str]]
    protected: bool = False


def write_workbook(path: Path, contents: Contents) -> None:
    """Write the workbook, or nothing. Raises TooLarge if a table has more rows than a sheet can hold."""
    with open_book(path, contents.title) as book:
        tables = [table for main in contents.mains for table in with_children(main)]
        formats = formats_of(book, protected=contents.protected)
        read_me(book.add_worksheet(READ_ME), contents, tables, formats)
        sheets = {
            table.name: TableSheet(book.add_worksheet(table.name), table, formats, protected=contents.protected)
            for table in tables
        }
        lists = lists_of(book, contents.choices, formats)
        for sheet in sheets.values():
            sheet.put_help(lists)
        for main in contents.mains:
            for document in contents.documents.get(main.name, ()):
                for table, row in rows(main, document):
                    sheets[table.name].add(row)


@contextmanager
def open_book(path: Path, title: str) -> Iterator[xlsxwriter.Workbook]:
    """Open a workbook to write row by row that replaces `path`. Text stays text. Raises Unreadable."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        with replacing(path, private=True) as new, xlsxwriter.Workbook(new, options) as book:
            book.set_properties({"created": MADE, "title": title})
            yield book
    except FileCreateError as fault:
        raise Unreadable(f"{path} cannot be written: {fault}") from fault


def lists_of(book: xlsxwriter.Workbook, choices: Mapping[str, Sequence[str]], formats: Formats) -> dict[str, str]:
    """Add the sheets of codes and of ids to choose from, and return the cell range of each list."""
    return {**_codes(book.add_worksheet(CODES), formats), **_choices(book, choices, formats)}


def _codes(sheet: Worksheet, formats: Formats) -> dict[str, str]:
    """Add the sheet of codes, and return the cell range of each list."""
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


def _choices(book: xlsxwriter.Workbook, choices: Mapping[str, Sequence[str]], formats: Formats) -> dict[str, str]:
    """Add the sheet of ids to choose from, a column a record type, and return the cell range of each."""
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


def introduction(mains: Sequence[Table], *, protected: bool = False) -> Iterator[str]:
    """Yield instructions for the workbook, with its own tables as an example."""
    yield "Each sheet is a table. Its first row names the columns: do not change it."
    example = next((main for main in mains if main.children), None)
    if example is not None:
        child = example.children[0]
        ids = ", ".join(column.name for column in child.columns[: child.inherited])
        yield f"Ids hold sheets together: a row of {child.name} belongs to the row of {example.name} with its {ids}."
        yield "Position is the place in a list, from 1. Where it is empty, rows count in the order they stand in."
    yield "Columns with dark headings are always needed, those with blue headings to publish."
    yield "Leave a cell empty where there is nothing to say."
    if protected:
        yield PROTECTED
    yield "To check the workbook: psi check FILE.xlsx. To load it: psi load FILE.xlsx."


_HEADS = {"sheet": 26, "column": 34, "title": 26, "needed": 12, "description": 70, "value": 50, "clause": 12}
"""The headings of the column list, with their widths."""


def read_me(sheet: Worksheet, contents: Contents, tables: Sequence[Table], formats: Formats) -> None:
    """Write the sheet of instructions, column by column."""
    sheet.write_string(0, 0, contents.title, formats["bold"])
    lines = list(introduction(contents.mains, protected=contents.protected))
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
