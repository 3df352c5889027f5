"""The calendar and the board, as served and as `psi` tells them."""

import csv
import datetime
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from api.app import create_app
from api.server.settings import Settings
from inventory.ledger.store import Store
from inventory.writes.change import Attestation, Change
from inventory.writes.writer import append
from tests.api.commands.test_main import write
from tests.conftest import OPERATOR
from tests.support.api.psi import Psi
from tests.support.builders import (
    a_designation,
    a_due_date,
    a_feedback,
    a_provider,
    a_service,
    an_organization,
    with_organizations,
)
from tests.support.sites import Client

AT = datetime.datetime(2026, 1, 20, 17, tzinfo=datetime.UTC)
LATER = datetime.datetime(2026, 3, 2, 4, 30, tzinfo=datetime.UTC)  # still March 1 in Washington


def act(store: Store, action: str, record: str, document: Any = None, **more: Any) -> None:
    record_type, _, record_id = record.partition("/")
    change = Change(record_type=record_type, record_id=record_id, action=action, document=document, **more)
    append(store, OPERATOR, lambda: AT, change)


@pytest.fixture
def served(sqlite_store: Store, tmp_path: Path) -> Iterator[Client]:
    """A submitted quarter that is not public, and one day that OMB set."""
    store = with_organizations(sqlite_store, at=lambda: AT)
    act(store, "save", "service/dos-ca-passports", a_service())
    act(store, "publish", "service/dos-ca-passports")
    act(store, "save", "provider/dos-ca", a_provider())
    act(store, "save", "designation/dos-ca/dos-ca-passports/2026", a_designation())
    act(store, "save", "due_date/2026-Q1", a_due_date())
    act(store, "save", "feedback/dos-ca/dos-ca-passports/2026-Q1", a_feedback())
    attested = Attestation("A synthetic name", "Director")
    act(store, "submit", "feedback/dos-ca/dos-ca-passports/2026-Q1", attestation=attested)
    settings = Settings.from_environment({"PSI_HOME": str(tmp_path / "site")})
    with TestClient(create_app(settings, store, lambda: LATER)) as client:
        yield client


def test_the_calendar_has_every_day_with_its_source(served: Client) -> None:
    items = served.get("/api/v1/calendar/2026").json()["items"]
    told = {item.get("period", item["obligation"]): (item["due"], item["source"]) for item in items}
    assert told == {
        "2026-Q1": ("2026-02-13", "omb"),
        "2026-Q2": ("2026-04-30", "rule"),
        "2026-Q3": ("2026-07-31", "rule"),
        "2026-Q4": ("2026-10-30", "rule"),
        "designations": ("2025-12-31", "circular"),
        "capacity_assessment": ("2026-02-24", "circular"),
        "deep_dive": ("2026-03-31", "circular"),
        "action_plan": ("2026-05-31", "circular"),
    }
    before = served.get("/api/v1/calendar/2026?as_of=2026-01-19").json()["items"]
    assert (before[0]["due"], before[0]["source"]) == ("2026-01-30", "rule")


@pytest.mark.parametrize("path", ["calendar/2026", "board?period=2026"])
def test_every_form_says_the_same(served: Client, path: str) -> None:
    items = served.get(f"/api/v1/{path}").json()["items"]
    lines = served.get(f"/api/v1/{path}", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == items
    answer = served.get(f"/api/v1/{path}", headers={"Accept": "text/csv"})
    grid = list(csv.DictReader(io.StringIO(answer.text)))
    assert [{k: v for k, v in row.items() if v} for row in grid] == [
        {k: str(v) for k, v in item.items() if v is not None} for item in items
    ]
    assert served.get(f"/api/v1/{path}", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("year", ["1999", "2100", "0"])
def test_a_year_without_a_calendar_is_not_found(served: Client, year: str) -> None:
    answer = served.get(f"/api/v1/calendar/{year}")
    assert answer.status_code == 404 and "2000 to 2099" in answer.json()["detail"]


def test_the_public_board_does_not_tell_what_is_not_published(served: Client) -> None:
    answer = served.get("/api/v1/board?period=2026-Q1")
    [quarter, designations] = answer.json()["items"]
    assert (quarter["period"], quarter["status"]) == ("2026-Q1", "not published")
    assert b'submitted"' not in answer.content and quarter["state"] is quarter["submitted_on"] is None
    assert (designations["status"], designations["note"]) == ("partial", "1 of at least 2 designated")


def test_without_a_period_it_is_the_quarter_that_ended_last(served: Client) -> None:
    periods = {item["period"] for item in served.get("/api/v1/board").json()["items"]}
    assert periods == {"2026-Q1", None}


def test_the_board_of_a_day_is_judged_on_that_day(served: Client) -> None:
    [quarter, _] = served.get("/api/v1/board?period=2026-Q1&as_of=2026-02-12").json()["items"]
    assert quarter["status"] == "due in 1 day"
    assert served.get("/api/v1/board?period=2026-Q1&as_of=2026-01-19").json()["items"] == []


def test_the_board_of_one_provider(served: Client) -> None:
    assert len(served.get("/api/v1/board?period=2026-Q1&provider=dos-ca").json()["items"]) == 2
    assert served.get("/api/v1/board?period=2026-Q1&provider=nobody").json() == {"items": [], "next": None}


@pytest.mark.parametrize("period", ["2026-Q5", "soon", ""])
def test_a_period_there_is_not_is_refused_with_what_one_looks_like(served: Client, period: str) -> None:
    answer = served.get(f"/api/v1/board?period={period}")
    [problem] = answer.json()["problems"]
    assert answer.status_code == 400
    assert (problem["field"], problem["value"]) == ("period", period) and "2026-Q1" in problem["expected"]


@pytest.fixture
def psi(psi: Psi) -> Psi:
    psi.set(COLUMNS="200")
    return psi


def test_psi_calendar_needs_no_inventory_and_makes_none(psi: Psi) -> None:
    told = {item.get("period"): item["due"] for item in psi.json("calendar", "2022")}
    assert told["2022-Q1"] == "2022-01-28" and not psi.home.exists()
    assert "Feedback of quarter 1" in psi("calendar") and not psi.home.exists()
    assert "2099" in psi("calendar", "2100", code=2)


@pytest.mark.slow
def test_psi_calendar_and_board_know_what_omb_set_and_who_owes(psi: Psi, tmp_path: Path) -> None:
    given = {
        "organization": [an_organization(organization_id="dos", parent_id=None), an_organization()],
        "service": [a_service()],
        "provider": [a_provider()],
        "designation": [a_designation()],
        "due_date": [a_due_date()],
    }
    for record_type, documents in given.items():
        psi("load", write(tmp_path / "in.json", documents), "--as", record_type, "--publish")
    assert psi.json("calendar", "2026")[0]["source"] == "omb"
    owed = psi.json("board", "2026-Q1", "--provider", "dos-ca")
    assert [item["code"] for item in owed] == ["missing", "partial"]
    told = psi("board", "2026-Q1")
    assert "dos-ca-passports" in told and "█" in told and "missing" in told
    pictured = [line.split() for line in told.splitlines() if "█" in line]
    assert [(line[0], line[-1]) for line in pictured] == [("Quarters", "1"), ("Designations", "1")]
    assert "There is no provider nobody" in psi("board", "2026-Q1", "--provider", "nobody", code=2)
    assert "2026-Q5 is no period: there is no quarter 5; say a fiscal quarter" in psi("board", "2026-Q5", code=2)


def test_nobody_owed_anything_centuries_ago(reader: Client) -> None:
    for day in ("0001-01-01", "1776-07-04"):
        answer = reader.get(f"/api/v1/board?as_of={day}")
        assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.slow
@pytest.mark.parametrize("columns", ["50", "80"])
def test_a_narrow_terminal_breaks_no_word(psi: Psi, columns: str) -> None:
    psi("demo", "--no-serve")
    psi.set(COLUMNS=columns)
    owed = psi.json("board", "2021-Q1")
    told = psi("board", "2021-Q1")
    words = {word.strip(",:") for word in told.split()}
    assert owed and {item["service_id"] for item in owed if item["service_id"]} <= words
    assert {word for item in owed for word in f"{item['status']} {item['state'] or ''}".split()} <= words
    assert "…" not in told
