"""What is put together from typed rows is what checking makes of the document; what is not certain is not typed."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datapackage.exports.export import export
from datapackage.formats.csv_writer import CsvFiles
from datapackage.formats.located import Located
from datapackage.loading.open_inputs import opened
from datapackage.tables.rows import rows
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, SERVICE, RecordType, model
from inventory.validation.check import check
from inventory.validation.normalize import Intake
from tests.datapackage.tables.test_tables_and_back import RELAXED, through_csv
from tests.support.generated import service
from tests.support.planted import TABLES, plant
from tests.support.random_types import documents, record_types


def read(folder: Path, kind: RecordType = SERVICE) -> list[Located]:
    among = INVENTORY if kind is SERVICE else model(kind)
    inputs, _ = opened(sorted(folder.glob("*.csv")), among, None, None, None)
    return list(inputs.of(kind.name))


def written(folder: Path, *services: dict[str, Any]) -> Path:
    with ExitStack() as stack:
        files = CsvFiles(folder, TABLES, stack)
        for document in services:
            for table, row in rows(TABLES[0], document):
                files.add(table, row)
    return folder


def assert_as_checked(kind: RecordType, located: Located) -> None:
    if located.record is not None:
        assert check(kind, Intake(None, record=located.record)) == check(kind, located.raw)


def test_services_are_typed_as_they_are_checked(tmp_path: Path) -> None:
    found = read(written(tmp_path, *map(service, range(200))))
    assert all(located.record is not None for located in found)
    for located in found:
        assert_as_checked(SERVICE, located)


@pytest.mark.parametrize("seed", range(3))
def test_a_row_with_a_bad_cell_is_not_typed(tmp_path: Path, seed: int) -> None:
    plant(written(tmp_path, *map(service, range(300))), seed, 0.01)
    found = read(tmp_path)
    untyped = [located for located in found if located.record is None]
    assert 0 < len(untyped) < len(found) / 2
    for located in found:
        assert_as_checked(SERVICE, located)


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=RELAXED)
def test_random_types_are_typed_as_they_are_checked(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kind = data.draw(record_types())
    folder = tmp_path_factory.mktemp("typed")
    through_csv(kind, data.draw(documents(kind)), folder, model(kind))
    for located in read(folder, kind):
        assert_as_checked(kind, located)


@pytest.mark.parametrize("name", ["Cafe\u0301", "Two\tcells", "Two\r\nlines"])
def test_a_text_to_be_normalized_is_not_typed(tmp_path: Path, name: str) -> None:
    [located] = read(written(tmp_path, {**service(0), "name": name}))
    assert located.record is None
    assert check(SERVICE, located.raw).normalized == 1


def test_a_text_that_is_not_ascii_is_typed(tmp_path: Path) -> None:
    [located] = read(written(tmp_path, {**service(0), "name": "Caf\u00e9 licenses \u2013 renewal"}))
    assert located.record is not None
    assert_as_checked(SERVICE, located)


def test_rows_in_another_order_or_place_are_not_typed(tmp_path: Path) -> None:
    written(tmp_path, service(0), service(1))
    path = tmp_path / "service_tags.csv"
    header, first, second, *rest = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join([header, second, first, *rest]), "utf-8")
    moved, other = read(tmp_path)
    assert moved.record is None
    assert other.record is not None
    assert moved.raw["tags"] == service(0)["tags"]


def test_the_sample_is_typed(sample_store: Store, tmp_path: Path) -> None:
    export(sample_store, tmp_path / "out.zip", None, lambda what, count: None)
    inputs, _ = opened([tmp_path / "out.zip"], INVENTORY, None, None, None)
    for kind in INVENTORY.values():
        for located in inputs.of(kind.name):
            assert_as_checked(kind, located)
