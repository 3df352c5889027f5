"""The list of feedback: a quarter in one call, by its filters, in every form, now and on a day."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from inventory.calendar.fiscal import Period
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.quarters import a_quarter, publish_many, with_designations
from tests.support.sites import Client, serving

SERVICES = ("dos-ca-passports", "dos-ca-visas")
QUARTERS = [Period(year, quarter) for year in (2025, 2026) for quarter in (1, 2, 3, 4)]
NDJSON = {"Accept": "application/x-ndjson"}


@pytest.fixture(scope="module")
def served() -> Iterator[Client]:
    """Sixteen published quarters of two services, and one draft."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/ledger.db")
        create_tables(engine)
        designated = product(["dos-ca"], SERVICES, (2025, 2026, 2027))
        store = with_designations(Store(engine, INVENTORY), designated)
        publish_many(
            store, (a_quarter(str(quarter), service_id=named) for named, quarter in product(SERVICES, QUARTERS))
        )
        draft = a_quarter("2027-Q1")
        change = Change(
            record_type="feedback", record_id="dos-ca/dos-ca-passports/2027-Q1", action="save", document=draft
        )
        append(store, OPERATOR, now, change)
        with serving(store, Path(folder)) as client:
            yield client
        engine.dispose()


def found(client: Client, query: str) -> list[tuple[str, str]]:
    items = client.get(f"/api/v1/feedback?limit=1000&{query}").json()["items"]
    return [(item["service_id"], f"{item['fiscal_year']}-Q{item['quarter']}") for item in items]


EVERYTHING = [(service, str(quarter)) for service in SERVICES for quarter in QUARTERS]


@pytest.mark.parametrize("day", ["", "&as_of=2026-11-23"])
@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("", lambda service, period: True),
        ("period=2026-Q1", lambda service, period: period == "2026-Q1"),
        ("period=2025", lambda service, period: period.startswith("2025")),
        ("period=2027-Q1", lambda service, period: False),
        ("service=dos-ca-visas", lambda service, period: service == "dos-ca-visas"),
        ("service=dos-ca-visas&period=2025-Q4", lambda *known: known == ("dos-ca-visas", "2025-Q4")),
        ("provider=dos-ca&state=published", lambda service, period: True),
        ("organization=dos", lambda service, period: True),
        ("provider=nobody", lambda service, period: False),
        ("organization=elsewhere", lambda service, period: False),
    ],
)
def test_filters_give_what_fits_and_all_of_it(served: Client, query: str, fits: Any, day: str) -> None:
    assert found(served, query + day) == [known for known in EVERYTHING if fits(*known)]


def test_before_it_was_published_there_was_none(served: Client) -> None:
    assert found(served, "period=2026-Q1&as_of=2026-11-22") == found(served, "as_of=2026-11-22") == []


@pytest.mark.parametrize("query", ["", "period=2026", "period=2026&as_of=2026-11-23"])
def test_every_form_has_the_whole_of_it(served: Client, query: str) -> None:
    items = served.get(f"/api/v1/feedback?limit=1000&{query}").json()["items"]
    lines = served.get(f"/api/v1/feedback?{query}", headers=NDJSON).text.splitlines()
    assert [json.loads(line) for line in lines] == items != []
    grid = csv.DictReader(io.StringIO(served.get(f"/api/v1/feedback?{query}", headers={"Accept": "text/csv"}).text))
    assert [row["service_id"] for row in grid] == [item["service_id"] for item in items]


def test_pages_neither_skip_nor_repeat(served: Client) -> None:
    whole = served.get("/api/v1/feedback?limit=1000&period=2026").json()["items"]
    seen, path = [], "/api/v1/feedback?limit=3&period=2026"
    while path:
        answer = served.get(path)
        seen += answer.json()["items"]
        path = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
    assert seen == whole and len(whole) == 8


@pytest.mark.parametrize("period", ["2026-Q5", "2026Q1", "1999", "", "2026-Q1%20"])
def test_a_period_there_is_not_is_refused_with_what_one_looks_like(served: Client, period: str) -> None:
    answer = served.get(f"/api/v1/feedback?period={period}")
    [problem] = answer.json()["problems"]
    assert answer.status_code == 400 and problem["field"] == "period"
    assert "2026-Q1" in problem["expected"] and "2026" in answer.json()["detail"]


@pytest.mark.parametrize("state", ["withdrawn", "x"])
def test_a_state_there_is_no_list_of_is_refused_with_those_within(served: Client, state: str) -> None:
    [problem] = served.get(f"/api/v1/feedback?state={state}").json()["problems"]
    assert (problem["code"], problem["field"], problem["expected"]) == ("unknown-code", "state", "published")


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "accepted"])
def test_a_state_that_is_not_public_needs_a_key(served: Client, state: str) -> None:
    answer = served.get(f"/api/v1/feedback?state={state}")
    assert answer.status_code == 401 and "key is needed" in answer.json()["detail"]


def test_everything_wrong_is_named_at_once(served: Client) -> None:
    problems = served.get("/api/v1/feedback?state=x&period=y").json()["problems"]
    assert {problem["field"] for problem in problems} == {"state", "period"}


def test_what_a_list_takes_is_described(served: Client) -> None:
    described = served.get("/openapi.json").json()["paths"]["/api/v1/feedback"]["get"]["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in described}
    assert schemas["state"]["enum"] == ["draft", "submitted", "returned", "accepted", "published"]
    assert set(schemas) >= {"period", "provider", "service", "organization", "as_of", "cursor", "limit"}
