"""Filling in a workbook as a person does: by the heads of its columns, every row of a sheet alike."""

from collections.abc import Mapping
from pathlib import Path

import xlsxwriter

from datapackage.sheets.xlsx_reader import Workbook

Cells = Mapping[str, str | int]


def fill(path: Path, filled: Mapping[str, Cells]) -> None:
    """Fill cells of all rows of sheets, by the sheet's name and the column's head."""
    sheets = {name: [list(cells) for _, cells in rows] for name, rows in Workbook(path).sheets.items()}
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                told = dict(zip(rows[0], row, strict=False)) if number else {}
                cells = list({**told, **filled.get(name, {})}.values()) if number and name in filled else row
                sheet.write_row(number, 0, cells)
