"""Documents → rows → documents is the identity, over the real record types and random ones, through CSV and XLSX."""

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datapackage.exports.xlsx_writer import Contents, write_workbook
from datapackage.loading.open_inputs import opened
from datapackage.tables.cells import text
from datapackage.tables.projection import record_tables
from datapackage.tables.rows import rows
from inventory.records.documents import document
from inventory.records.registry import INVENTORY, Document, Model, RecordType, model
from inventory.validation.check import check
from tests.support.random_types import documents, record_types

RELAXED = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def through_csv(kind: RecordType, known: Iterable[Document], folder: Path, among: Model) -> list[Document]:
    tables = record_tables(kind, among)
    lines: dict[str, list[list[str]]] = {table.name: [[c.name for c in table.columns]] for table in tables}
    for item in known:
        for table, row in rows(tables[0], item):
            lines[table.name].append([text(cell) for cell in row])
    for name, table_lines in lines.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(table_lines)
    return read_back(kind, [folder / f"{name}.csv" for name in lines], among)


def through_xlsx(kind: RecordType, known: Iterable[Document], folder: Path, among: Model) -> list[Document]:
    path = folder / "book.xlsx"
    main = record_tables(kind, among)[0]
    write_workbook(path, Contents(title="Test", mains=[main], documents={main.name: known}, choices={}))
    return read_back(kind, [path], among)


def read_back(kind: RecordType, paths: list[Path], among: Model) -> list[Document]:
    inputs, _ = opened(paths, among, None, None, None)
    found = []
    for located in inputs:
        assert located.problems == ()
        checked = check(kind, located.raw)
        assert checked.record is not None, [located.at_cell(problem) for problem in checked.problems]
        found.append(document(checked.record))
    return found


@pytest.mark.parametrize("way", [through_csv, through_xlsx])
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=RELAXED)
def test_random_types_come_back_whole(
    way: object, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kind = data.draw(record_types())
    known = data.draw(documents(kind))
    assert callable(way)
    assert way(kind, known, tmp_path_factory.mktemp("files"), model(kind)) == known


@pytest.mark.parametrize("way", [through_csv, through_xlsx])
@pytest.mark.parametrize("name", INVENTORY)
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=RELAXED)
def test_real_types_come_back_whole(
    way: object, name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kind = INVENTORY[name]
    known = data.draw(documents(kind, most=2))
    assert callable(way)
    assert way(kind, known, tmp_path_factory.mktemp("files"), INVENTORY) == known
