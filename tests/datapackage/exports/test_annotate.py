"""Workbooks written again with their problems marked."""

from pathlib import Path

import pytest
import xlsxwriter

from datapackage.exports.annotate import annotate
from datapackage.loading.load import preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from datapackage.sheets.xlsx_reader import PROBLEMS, Workbook
from inventory.errors import Unreadable
from inventory.records.registry import INVENTORY
from tests.conftest import TODAY

ROWS = [
    ("service_id", "organization_id", "name", "service_type", "reviewed_on"),
    ("visas", "dos-ca", "=1+1", "fun", "soon"),
    ("passports", "dos-ca", "Passports", "", "2026-06-01"),
]


def written(path: Path) -> Path:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("services")
        for number, row in enumerate(ROWS):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return path


def checked(path: Path) -> Report:
    inputs, _ = opened([path], INVENTORY, None, None, None)
    return preview(Plan(INVENTORY, None, TODAY), inputs)


def test_every_problem_stands_on_its_sheet_and_every_cell_is_as_it_was(tmp_path: Path) -> None:
    source, out = written(tmp_path / "in.xlsx"), tmp_path / "in" / "in.xlsx"
    out.parent.mkdir()
    report = checked(source)
    annotate(source, report.problems, out)
    before, after = Workbook(source).sheets, Workbook(out).sheets
    assert [row for _, row in after["services"]] == [row for _, row in before["services"]]
    rows = [row for _, row in after[PROBLEMS]]
    listed = {(*row[:3], row[4]) for row in rows[1:]}
    assert {("services", "2", "service_type", "unknown-code"), ("services", "2", "reviewed_on", "wrong-type")} <= listed
    assert len(rows) - 1 == len(report.problems)


def test_what_is_annotated_is_read_as_before(tmp_path: Path) -> None:
    source, out = written(tmp_path / "in.xlsx"), tmp_path / "in" / "in.xlsx"
    out.parent.mkdir()
    report = checked(source)
    annotate(source, report.problems, out)
    assert list(checked(out).problems) == list(report.problems)


def test_the_cells_at_fault_bear_comments(tmp_path: Path) -> None:
    import zipfile

    source, out = written(tmp_path / "in.xlsx"), tmp_path / "out.xlsx"
    annotate(source, checked(source).problems, out)
    with zipfile.ZipFile(out) as packed:
        comments = "".join(packed.read(n).decode() for n in packed.namelist() if n.startswith("xl/comments"))
    assert 'ref="D2"' in comments and 'ref="E2"' in comments and "Expected: one of administrative" in comments


def test_only_a_workbook_is_annotated(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"does not end in \.xlsx"):
        annotate(tmp_path / "in.csv", [], tmp_path / "out.xlsx")
