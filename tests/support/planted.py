"""Bad cells planted all over the tables of a package, and who finds them."""

import csv
from pathlib import Path
from random import Random

from frictionless import Package

from datapackage.loading.load import preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from datapackage.packages.descriptor import export_descriptor, file_facts
from datapackage.tables.projection import record_tables
from inventory.records.registry import INVENTORY, SERVICE
from inventory.schema.fields import Kind
from inventory.validation.shape_problems import SHAPE_FAULTS
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


def plant(folder: Path, seed: int, share: float) -> None:
    """Write bad cells into that share of the rows, keys apart: a fault of a key is one of every row below it."""
    dice = Random(seed)
    for table in TABLES:
        path = folder / f"{table.name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        places = [(index, c) for index, c in enumerate(table.columns) if not c.key and not c.field.references]
        for row in rows[1:]:
            if places and dice.random() < share:
                index, column = dice.choice(places)
                row[index] = dice.choice(BAD[column.field.kind])
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def by_frictionless(folder: Path) -> set[Cell]:
    """The cells that Frictionless finds bad by our Table Schemas; foreign keys are not asked for."""
    facts = {f"{table.name}.csv": file_facts(folder / f"{table.name}.csv") for table in TABLES}
    ours = export_descriptor(TABLES, facts)
    for resource in ours["resources"]:
        resource["schema"].pop("foreignKeys", None)
    report = Package.from_descriptor(ours, basepath=str(folder)).validate(limit_errors=1_000_000)
    flat = report.flatten(["taskNumber", "rowNumber", "fieldName", "type"])
    return {(TABLES[task - 1].name, row, field) for task, row, field, _ in flat if row is not None}


def checked(folder: Path) -> Report:
    """All that our checking tells, rules included."""
    inputs, _ = opened([folder / f"{table.name}.csv" for table in TABLES], INVENTORY, None, None, None)
    return preview(Plan(INVENTORY, None, TODAY), inputs)


def bad_cells(report: Report) -> set[Cell]:
    """The cells in which a report names a fault of shape."""
    found = (problem for problem in report.problems if problem.code in SHAPE_FAULTS)
    return {(str(p.file).removesuffix(".csv"), p.row or 0, p.field or "") for p in found}
