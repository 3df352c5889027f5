"""The sheet of one table in a workbook template: header, styles, drop-downs, help, locks and marks."""

from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from datapackage.tables.cells import Cell, text
from datapackage.tables.projection import Column, Table
from inventory.errors import TooLarge
from inventory.schema.fields import Field
from inventory.schema.hints import explained

MOST_ROWS = 1_048_576
TEXT = 49  # the number of the text format, which spreadsheets do not reinterpret
LARGEST_EXACT = 10**15  # the largest number that a spreadsheet shows exactly
COMMENT = {"x_scale": 3, "y_scale": 2}
NO_MARKS: Mapping[int, tuple[str, str]] = {}
ALLOWED = ("format_columns", "format_rows", "insert_rows", "sort", "autofilter")
"""Actions still allowed in a protected sheet, in addition to filling in."""

Formats = dict[str, Any]
MARKS = {"error": "#ffc7ce", "warning": "#ffeb9c"}
"""The colors of marked cells, by severity."""


def formats_of(book: xlsxwriter.Workbook, *, protected: bool = False) -> Formats:
    """Return cell formats by name: for text and numbers plain, locked, and by mark."""
    heading = {"bold": True, "font_color": "#ffffff", "valign": "top", "text_wrap": True}
    formats = {
        "wrapped": book.add_format({"valign": "top", "text_wrap": True}),
        "bold": book.add_format({"bold": True}),
        "always": book.add_format({**heading, "bg_color": "#162e51"}),
        "to publish": book.add_format({**heading, "bg_color": "#2e6276"}),
        "no": book.add_format({**heading, "bg_color": "#71767a"}),
    }
    for kind, shown in (("text", TEXT), ("number", "0")):
        plain = {"num_format": shown, "valign": "top", **({"locked": False} if protected else {})}
        formats[kind] = book.add_format(plain)
        formats[f"{kind} locked"] = book.add_format({**plain, "locked": True, "bg_color": "#f0f0f0"})
        for mark, color in MARKS.items():
            formats[f"{kind} {mark}"] = book.add_format({**plain, "bg_color": color})
    return formats


Marks = Mapping[int, tuple[str, str]]
"""The mark of a cell and its comment, by index of the column."""


class TableSheet:
    """The sheet of one table in progress. header: its columns in the file's order, if not ours."""

    def __init__(
        self,
        sheet: Worksheet,
        table: Table,
        formats: Formats,
        *,
        protected: bool = False,
        header: Sequence[str] | None = None,
    ) -> None:
        self._sheet, self._table, self._formats, self._row, self._protected = sheet, table, formats, 0, protected
        known = {column.name: column for column in table.columns}
        names = list(known) if header is None else header
        self._columns = [known.get(name) for name in names]
        for index, (name, column) in enumerate(zip(names, self._columns, strict=True)):
            sheet.set_column(index, index, _width(column.field) if column else 28, self._format(column))
            sheet.write_string(0, index, name, formats[column.needed if column else "no"])
        sheet.freeze_panes(1, max(1, table.inherited))
        if protected:
            sheet.protect("", dict.fromkeys(ALLOWED, True))

    def put_help(self, lists: Mapping[str, str]) -> None:
        """Add help and drop-downs to each column."""
        for index, column in enumerate(self._columns):
            if column is not None:
                self._sheet.data_validation(1, index, MOST_ROWS - 1, index, _validation(column, lists))

    def add(self, row: Sequence[Cell], at: int | None = None, marks: Marks = NO_MARKS) -> None:
        """Write the next row, or the one of that number, and comment on marked cells."""
        self._row = self._row + 1 if at is None else at - 1
        if self._row >= MOST_ROWS:
            raise TooLarge(f"{self._table.name} has more rows than a sheet can hold; export a data package instead")
        for index, cell in enumerate(row):
            column = self._columns[index] if index < len(self._columns) else None
            form = self._format(column, marks.get(index, ("",))[0], locked=cell is not None)
            if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) < LARGEST_EXACT:
                self._sheet.write_number(self._row, index, cell, form)
            elif cell is not None:
                self._sheet.write_string(self._row, index, text(cell), form)
            elif self._protected and index not in marks:
                # Some programs use the format of a cell, not that of its column.
                self._sheet.write_blank(self._row, index, None, form)
        for index, (mark, comment) in marks.items():
            if index >= len(row) or row[index] is None:
                self._sheet.write_blank(self._row, index, None, self._formats[f"text {mark}"])
            self._sheet.write_comment(self._row, index, comment, COMMENT)

    def _format(self, column: Column | None, mark: str = "", *, locked: bool = False) -> Any:
        kind = "number" if column is not None and column.field.kind == "integer" else "text"
        is_key = column is not None and column.key and self._protected and locked
        return self._formats[f"{kind} {mark}" if mark else f"{kind} locked" if is_key else kind]


def _width(field: Field) -> int:
    return 60 if (field.max_length or 0) > 300 else 28 if field.kind in ("text", "code") else 14


def help_text(column: Column) -> str:
    """Return the help of a column: its meaning, when it is needed, and the form of a value."""
    help = f"{column.field.description} Needed: {column.needed}."
    value = explained(column.field)
    return help if column.field.codes else f"{help} {value[0].upper()}{value[1:]}."


def _validation(column: Column, lists: Mapping[str, str]) -> dict[str, Any]:
    field = column.field
    title = (field.title if column.wide is None else f"{field.title} {column.wide + 1}")[:32]
    rule: dict[str, Any] = {"validate": "any", "input_title": title, "input_message": help_text(column)[:255]}
    source = lists.get(field.codes.list_name if field.codes else f"ids of {field.references}")
    if field.kind == "boolean":
        rule |= {"validate": "list", "source": ["true", "false"]}
    elif source:
        # An id may be that of a record loaded later, but a code must exist.
        rule |= {"validate": "list", "source": source, "error_type": "stop" if field.codes else "warning"}
    elif field.kind == "integer" and field.minimum is not None:
        most = min(field.maximum or LARGEST_EXACT, LARGEST_EXACT)
        rule |= {"validate": "integer", "criteria": "between", "minimum": field.minimum, "maximum": most}
    return rule
