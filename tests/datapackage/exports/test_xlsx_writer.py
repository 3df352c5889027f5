"""What a workbook to fill in says and offers."""

import zipfile
from pathlib import Path
from typing import Annotated

import pytest

from datapackage.exports import xlsx_sheet
from datapackage.exports.export import export
from datapackage.exports.xlsx_sheet import help_text
from datapackage.exports.xlsx_writer import Contents, introduction, write_workbook
from datapackage.sheets.xlsx_reader import Workbook
from datapackage.tables.projection import Column, record_tables
from inventory.errors import TooLarge
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, model
from inventory.schema.fields import about
from inventory.schema.scalars import Slug
from tests.inventory.ledger.test_store import save
from tests.support.builders import a_service, an_organization
from tests.support.random_types import a_type, made

COLUMNS = [
    pytest.param(column, id=f"{table.name}.{column.name}")
    for kind in INVENTORY.values()
    for table in record_tables(kind, INVENTORY)
    for column in table.columns
]


@pytest.mark.parametrize("column", COLUMNS)
def test_the_help_of_a_column_fits_into_a_spreadsheet(column: Column) -> None:
    assert len(help_text(column)) <= 255


def test_the_help_of_a_column_says_what_it_is_whether_it_is_needed_and_how_it_is_written() -> None:
    columns = {column.name: column for column in record_tables(INVENTORY["service"], INVENTORY)[0].columns}
    told = {name: help_text(columns[name]).split(" Needed: ")[1] for name in columns}
    assert told["reviewed_on"] == "no. A date as YYYY-MM-DD."
    assert told["description"] == "to publish. Text, without control characters, at most 2,000 characters."
    assert told["service_type"] == "no."
    assert told["service_id"].startswith("always. Lowercase letters and digits")


def test_the_read_me_draws_its_example_from_the_tables_of_the_workbook() -> None:
    def told(name: str) -> str:
        return "\n".join(introduction([record_tables(INVENTORY[name], INVENTORY)[0]]))

    assert "a row of service_channels belongs to the row of services with its service_id" in told("service")
    assert "a row of provider_aliases belongs to the row of providers with its provider_id" in told("provider")
    assert "hold sheets together" not in told("designation")


def test_the_read_me_explains_every_column(tmp_path: Path) -> None:
    main = record_tables(INVENTORY["service"], INVENTORY)[0]
    write_workbook(tmp_path / "a.xlsx", Contents(title="A title", mains=[main], documents={}, choices={}))
    lines = [row for _, row in Workbook(tmp_path / "a.xlsx").sheets["Read me"]]
    told = {(row[0], row[1]): row for row in lines}
    assert told["services", "reviewed_on"][5] == "a date as YYYY-MM-DD"
    assert told["service_channels", "channel"][5] == "a code of channel"
    assert {(table.name, c.name) for table in record_tables(INVENTORY["service"], INVENTORY) for c in table.columns} < (
        told.keys()
    )


def test_a_template_offers_the_ids_of_however_many_record_types(tmp_path: Path) -> None:
    names = [f"kind{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"] + ["kindaa", "kindab"]
    kinds = [
        a_type(made(name, [(f"{name}_id", Annotated[Slug, about("Id", "Its id.", key=True)])]), name, f"{name}s")
        for name in names
    ]
    fields = [("main_id", Annotated[Slug, about("Id", "Its id.", key=True)])]
    fields += [(name, Annotated[Slug, about(name, "One of them.", references=name)]) for name in names]
    among = model(*kinds, a_type(made("Main", fields), "main", "mains"))
    choices = {name: [f"{name}-1", f"{name}-2"] for name in names}
    main = record_tables(among["main"], among)[0]
    write_workbook(tmp_path / "a.xlsx", Contents(title="Many", mains=[main], documents={}, choices=choices))
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        text = "".join(book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name)
    for column in ("A", "J", "K", "Z", "AA", "AB"):
        assert f"<formula1>choices!${column}$2:${column}$3</formula1>" in text


def test_more_rows_than_a_sheet_can_hold_leave_no_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_sheet, "MOST_ROWS", 3)
    main = record_tables(INVENTORY["designation"], INVENTORY)[0]
    many = [{"provider_id": "a", "service_id": f"s{number}", "fiscal_year": 2026} for number in range(4)]
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"what was there before")
    with pytest.raises(TooLarge, match="designations has more rows than a sheet can hold"):
        write_workbook(path, Contents(title="A", mains=[main], documents={main.name: many}, choices={}))
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [(path.name, b"what was there before")]


def test_what_looks_like_a_formula_stays_text(sqlite_store: Store, tmp_path: Path) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "http://example.gov"]
    save(sqlite_store, "organization", an_organization(organization_id="dos-ca", parent_id=None))
    for number, name in enumerate(names):
        save(sqlite_store, "service", a_service(service_id=f"dos-ca-{number}", name=name))
    out = tmp_path / "all.xlsx"
    export(sqlite_store, out, None, lambda what, count: None)
    with zipfile.ZipFile(out) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert not [sheet for sheet in sheets if "<f>" in sheet or "<f " in sheet or "hyperlink" in sheet]
    cells = {cell for _, row in Workbook(out).sheets["services"] for cell in row}
    assert cells >= set(names)
