"""A new record type gets its schema, tables, store, files and API from its definition alone."""

import csv
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from datapackage.exports.export import export
from datapackage.loading.load import load
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.releases.make import make_release
from datapackage.releases.verify import verify
from datapackage.tables.projection import record_tables
from datapackage.tables.table_schema import table_schema
from inventory.ledger.store import Store
from inventory.validation.check import check
from tests.conftest import OPERATOR, TODAY, now
from tests.support.feedback_type import QUARTERLY, WITH_QUARTERLY, a_quarterly
from tests.support.sites import serving


@pytest.fixture
def wider_store(sample_store: Store) -> Store:
    """The sample in a store that knows the new type too."""
    return Store(sample_store.engine, WITH_QUARTERLY)


def loaded(store: Store, path: Path) -> dict[str, int]:
    inputs, _ = opened([path], WITH_QUARTERLY, store, None, None)
    return load(store, Plan(WITH_QUARTERLY, store, TODAY), inputs, OPERATOR, now).counts


def given(tmp_path: Path) -> Path:
    path = tmp_path / "quarterlies.json"
    path.write_bytes(msgspec.json.encode(a_quarterly()))
    return path


def test_its_tables_lie_four_deep() -> None:
    tables = {table.name: table for table in record_tables(QUARTERLY, WITH_QUARTERLY)}
    assert list(tables) == ["quarterlies", "test_collections", "test_measures", "test_by_score"]
    key = ("provider_id", "service_id", "fiscal_year", "term", "collection_id", "measure", "point")
    assert tables["test_by_score"].key == key
    assert [c.name for c in tables["test_by_score"].columns][7:] == [f"counts_{n}" for n in range(1, 6)]
    schema = table_schema(tables["quarterlies"])
    assert {key["reference"]["resource"] for key in schema["foreignKeys"]} == {"providers", "services"}


def test_its_faults_are_named() -> None:
    wrong = a_quarterly() | {"term": 5, "collections": [{"collection_id": "x", "measures": [{"measure": ""}]}]}
    found = {(problem.code, problem.pointer) for problem in check(QUARTERLY, wrong).problems}
    assert ("out-of-range", "/term") in found
    assert ("too-short", "/collections/0/measures/0/measure") in found
    measure = {"measure": "a", "reported_mean": "NaN"}
    endless = a_quarterly() | {"collections": [{"collection_id": "x", "measures": [measure]}]}
    assert [p.pointer for p in check(QUARTERLY, endless).problems] == ["/collections/0/measures/0/reported_mean"]


def test_it_is_kept_exported_and_loaded_again(wider_store: Store, tmp_path: Path) -> None:
    assert loaded(wider_store, given(tmp_path))["added"] == 1
    [(_, kept)] = wider_store.all_documents("quarterly")
    assert kept == a_quarterly()
    for form in ("zip", "xlsx", "ndjson"):
        out = tmp_path / f"out.{form}"
        export(wider_store, out, None, lambda what, count: None)
        counts = loaded(wider_store, out)
        assert (counts["changed"], counts["added"], counts["rejected"]) == (0, 0, 0)


def test_it_is_released_and_served(wider_store: Store, tmp_path: Path) -> None:
    loaded(wider_store, given(tmp_path))
    release = make_release(wider_store, tmp_path / "releases", lambda what, count: None)
    assert verify(release.path, WITH_QUARTERLY, wider_store) == []
    with (release.path / "test_by_score.csv").open(encoding="utf-8", newline="") as file:
        assert [row["counts_3"] for row in csv.DictReader(file)] == ["1", "5"]
    with sqlite3.connect(release.path / "inventory.db") as database:
        means = database.execute("SELECT reported_mean FROM test_measures WHERE measure = 'ease'").fetchall()
    database.close()
    assert means == [("3.67",)]
    assert b"A private name" not in b"".join(path.read_bytes() for path in release.path.rglob("*") if path.is_file())
    with serving(wider_store, tmp_path) as client:
        served(client)


def served(client: TestClient[Any]) -> None:
    address = "/api/v1/quarterlies/dos-ca/dos-ca-passport-services/2026/1"
    public = {name: value for name, value in a_quarterly().items() if name != "contact"}
    assert client.get(address).json() == public
    assert [item["term"] for item in client.get("/api/v1/quarterlies").json()["items"]] == [1]
    assert "Quarterly" in client.get("/openapi.json").json()["components"]["schemas"]
    assert client.get("/api/v1/schemas/quarterly").status_code == 200
    assert client.get("/data/inventory/test_measures.json?_shape=objects").json()["rows"][0]["measure"] == "ease"
