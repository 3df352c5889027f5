"""Clocks that are wrong: who hears of it, and what a write then needs."""

import datetime
import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from api.commands.main import app
from api.resources.health import ClockWatch
from api.server.doctor import Finding, examine
from api.server.settings import Settings
from api.server.store import clock_doubt, open_store, utc_now
from inventory.ledger.clock_drift import TOLERANCE, drift
from inventory.ledger.store import Store
from inventory.ledger.verify import verify
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import NOON, OPERATOR, ROOT
from tests.support.api.psi import Psi
from tests.support.builders import an_organization
from tests.support.processes import PSI
from tests.support.sites import serving

DAY = datetime.timedelta(days=1)
AHEAD = utc_now() + 400 * DAY
LONG_AGO = utc_now() - 400 * DAY


def save(store: Store, when: datetime.datetime, organization_id: str = "dos-ca") -> None:
    document = an_organization(organization_id=organization_id, parent_id=None)
    change = Change(record_type="organization", record_id=organization_id, action="save", document=document)
    append(store, OPERATOR, lambda: when, change)


def settings_of(home: Path) -> Settings:
    return Settings.from_environment({"PSI_HOME": str(home)})


def written_at(home: Path, *moments: datetime.datetime) -> None:
    """Make an inventory whose entries are of these moments."""
    store = open_store(settings_of(home))
    for number, moment in enumerate(moments):
        save(store, moment, f"dos-{number}")
    store.engine.dispose()


def clock_of(home: Path, now: datetime.datetime) -> Finding:
    [found] = [finding for finding in examine(settings_of(home), now) if finding.what == "Clock"]
    return found


def one(tmp_path: Path) -> str:
    path = tmp_path / "in.json"
    path.write_text(json.dumps(an_organization(organization_id="new", parent_id=None)), "utf-8")
    return str(path)


def test_doctor_reports_entries_dated_in_the_future(tmp_path: Path) -> None:
    written_at(tmp_path, NOON)
    assert clock_of(tmp_path, NOON).fine and clock_of(tmp_path, NOON - TOLERANCE).fine
    found = clock_of(tmp_path, NOON - 400 * DAY)
    assert not found.fine and "400 days ahead of the clock" in found.found and "Set the clock" in found.remedy


def test_an_idle_month_is_no_fault(tmp_path: Path) -> None:
    written_at(tmp_path, NOON)
    found = clock_of(tmp_path, NOON + 30 * DAY)
    assert found.fine and "30 days behind the clock" in found.found


def test_verifying_locates_entries_dated_in_the_future(sqlite_store: Store) -> None:
    for number in range(3):
        save(sqlite_store, NOON + number * DAY, f"dos-{number}")
    assert list(verify(sqlite_store, lambda what, count: None, lambda: NOON + 2 * DAY)) == []
    [fault] = verify(sqlite_store, lambda what, count: None, lambda: NOON)
    assert (fault.table, fault.row) == ("entries", "2 to 3") and "2 days ahead of the clock" in fault.what


def test_psi_ledger_verify_fails_on_future_entries(psi: Psi) -> None:
    written_at(psi.home, AHEAD)
    told = psi.json("ledger", "verify", code=1)
    assert told["chain"] is None and "ahead of the clock" in told["faults"][0]["what"]
    assert "Clock" in {finding["what"] for finding in psi.json("doctor", code=1) if not finding["fine"]}


def test_health_is_degraded_by_future_entries(sqlite_store: Store, tmp_path: Path) -> None:
    save(sqlite_store, AHEAD)
    with serving(sqlite_store, tmp_path) as client:
        answer = client.get("/health")
    assert answer.status_code == 200 and answer.json()["status"] == "degraded"
    [note] = answer.json()["notes"]
    assert "ahead of the clock" in note and "Set the clock" in note


def test_health_of_an_idle_inventory_is_ok(sqlite_store: Store, tmp_path: Path) -> None:
    save(sqlite_store, LONG_AGO)
    with serving(sqlite_store, tmp_path) as client:
        assert client.get("/health").json() == {"status": "ok", "public_seq": 1, "release": None}


@pytest.mark.parametrize(("jumped", "way"), [(2 * DAY, "forward by 2 days"), (-2 * DAY, "back by 2 days")])
def test_a_clock_that_jumps_is_noted(jumped: datetime.timedelta, way: str) -> None:
    moments, seconds = [NOON, NOON + DAY / 24], iter([5.0, 3_605.0, 7_205.0])
    watch = ClockWatch(lambda: moments[0], lambda: next(seconds))
    moments.pop(0)
    assert watch.notes("") == ()
    moments[0] += DAY / 24 + jumped
    [note] = watch.notes("")
    assert way in note and "start the service again" in note


def test_a_service_that_runs_for_weeks_is_well() -> None:
    moments, seconds = iter([NOON, NOON + 30 * DAY]), iter([0.0, 30 * DAY.total_seconds()])
    assert ClockWatch(lambda: next(moments), lambda: next(seconds)).notes("") == ()


def test_a_write_is_doubted_by_either_drift(sqlite_store: Store) -> None:
    assert clock_doubt(sqlite_store, NOON) is None  # nothing to compare with
    save(sqlite_store, NOON)
    assert clock_doubt(sqlite_store, NOON + DAY) is None and clock_doubt(sqlite_store, NOON - TOLERANCE) is None
    assert "behind the clock" in str(clock_doubt(sqlite_store, NOON + 2 * DAY))
    assert "ahead of the clock" in str(clock_doubt(sqlite_store, NOON - DAY / 24))


@pytest.mark.parametrize("newest", [LONG_AGO, AHEAD], ids=["long ago", "ahead"])
def test_writing_commands_then_need_yes(psi: Psi, tmp_path: Path, newest: datetime.datetime) -> None:
    written_at(psi.home, newest)
    issue = ["key", "issue", "--to", "A. Holder", "--role", "omb_reviewer"]
    act = ["act", "save", "organization/dos-0"]
    for command in (["load", one(tmp_path)], ["publish", "--all"], act, issue):
        told = psi(*command, code=2)
        assert "Nothing was written" in told and "--yes" in told and told.count("\n") == 1, command
        assert f"{newest:%Y-%m-%d %H:%M} UTC" in told and f"{utc_now():%Y-%m-%d}" in told
    psi("load", one(tmp_path), "--dry-run")
    assert psi.json("load", one(tmp_path), "--yes")["counts"]["added"] == 1
    assert psi.json(*issue, "--yes")["key"]["holder"] == "A. Holder"


def test_after_a_confirmed_write_others_need_nothing(psi: Psi, tmp_path: Path) -> None:
    written_at(psi.home, LONG_AGO)
    psi("load", one(tmp_path), "--yes")
    psi("key", "issue", "--to", "A. Holder", "--role", "omb_reviewer")


def test_every_command_that_writes_takes_yes() -> None:
    groups = [app, *(group.typer_instance for group in app.registered_groups)]
    callbacks = [command.callback for group in groups if group for command in group.registered_commands]
    writing = {one.__name__ for one in callbacks if one and "holder" in one.__annotations__}
    assert len(writing) == 6
    assert {one.__name__ for one in callbacks if one and "yes" in one.__annotations__} == writing


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 2)])
def test_a_terminal_is_asked(tmp_path: Path, typed: str, code: int) -> None:
    written_at(tmp_path / "var", LONG_AGO)
    ours, theirs = pty.openpty()
    environ = {**os.environ, "PSI_HOME": str(tmp_path / "var"), "COLUMNS": "400"}
    os.write(ours, typed.encode())
    done = subprocess.run(
        [*PSI, "load", one(tmp_path)], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env=environ, cwd=ROOT
    )
    shown = os.read(ours, 100_000).decode()
    os.close(theirs)
    os.close(ours)
    assert done.returncode == code and "Write all the same?" in shown


def test_times_that_are_none_are_not_compared() -> None:
    assert drift("", NOON) is None and drift("yesterday", NOON) is None


@pytest.mark.slow
def test_the_demo_runs_unasked_on_an_old_home(psi: Psi, tmp_path: Path) -> None:
    written_at(psi.home, LONG_AGO)
    psi("demo", "--no-serve")
    assert {finding["fine"] for finding in psi.json("doctor")} == {True}
    psi("load", one(tmp_path))  # the story's own dates are no reason to ask
