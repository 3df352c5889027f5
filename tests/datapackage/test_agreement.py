"""Our checking of tables and Frictionless, by our own Table Schemas, find the same bad cells."""

import csv
import random
from pathlib import Path

from frictionless import Package

from datapackage.descriptor import export_descriptor, file_facts
from datapackage.exporting import export
from datapackage.inputs import opened
from datapackage.loading import Plan, preview
from datapackage.tables import record_tables
from datapackage.verify import unpack
from inventory.faults import SHAPE_FAULTS
from inventory.fields import Kind
from inventory.record_types import INVENTORY, SERVICE
from inventory.store import Store
from tests.conftest import TODAY

TABLES = record_tables(SERVICE, INVENTORY)
BAD: dict[Kind, list[str]] = {
    "text": ["", " ", "x" * 2500, "a\x07b", "nowhere", "A B"],
    "code": ["", "no_such_code", "Website"],
    "integer": ["many", "1.5", "-1", "99999999999999999999", "1e3"],
    "boolean": ["yes", "1", "True"],
    # "2026-6-1" is no ISO date, but Frictionless takes it.
    "date": ["2026-02-30", "June", "6/1/2026"],
}
Cell = tuple[str, int, str]


def planted(folder: Path, seed: int) -> None:
    """Write bad cells all over the tables, keys apart: a fault of a key is one of every row below it."""
    dice = random.Random(seed)
    for table in TABLES:
        path = folder / f"{table.name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        places = [(index, c) for index, c in enumerate(table.columns) if not c.key and not c.field.references]
        for row in rows[1:]:
            if places and dice.random() < 0.3:
                index, column = dice.choice(places)
                row[index] = dice.choice(BAD[column.field.kind])
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def by_frictionless(folder: Path) -> set[Cell]:
    facts = {f"{table.name}.csv": file_facts(folder / f"{table.name}.csv") for table in TABLES}
    ours = export_descriptor(TABLES, facts)
    for resource in ours["resources"]:
        resource["schema"].pop("foreignKeys", None)
    report = Package.from_descriptor(ours, basepath=str(folder)).validate(limit_errors=100_000)
    flat = report.flatten(["taskNumber", "rowNumber", "fieldName", "type"])
    return {(TABLES[task - 1].name, row, field) for task, row, field, _ in flat if row is not None}


def by_us(folder: Path) -> set[Cell]:
    inputs, _ = opened([folder / f"{table.name}.csv" for table in TABLES], INVENTORY, None, None, None)
    found = preview(Plan(INVENTORY, None, TODAY), inputs).problems
    return {(str(p.file).removesuffix(".csv"), p.row or 0, p.field or "") for p in found if p.code in SHAPE_FAULTS}


def test_the_same_cells_are_bad(sample_store: Store, tmp_path: Path) -> None:
    export(sample_store, tmp_path / "out.zip", None, lambda what, count: None)
    unpack(tmp_path / "out.zip", tmp_path / "files")
    assert by_us(tmp_path / "files") == by_frictionless(tmp_path / "files") == set()
    for seed in range(5):
        folder = tmp_path / str(seed)
        unpack(tmp_path / "out.zip", folder)
        planted(folder, seed)
        ours, theirs = by_us(folder), by_frictionless(folder)
        assert len(ours) > 100
        assert ours == theirs
