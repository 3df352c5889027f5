"""Ledgers that are lost or older than the home around them: every command that looks says so."""

import datetime
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.commands.operate import _warn_of_missing
from api.server.doctor import examine
from api.server.last_verification import note_verified
from api.server.missing_entries import missing_entries
from api.server.settings import Settings
from api.server.store import open_store
from inventory.ledger.chain import ChainState
from inventory.ledger.store import Store
from tests.conftest import NOON
from tests.inventory.ledger.test_store import save
from tests.support.api.psi import Psi
from tests.support.builders import an_organization
from tests.support.sites import serving

RELEASE = "2026-11-23.270"
VERIFIED = "that were verified on 2026-11-23 17:00 UTC are missing"


def settings_of(home: Path) -> Settings:
    return Settings.from_environment({"PSI_HOME": str(home)})


def recreated(home: Path) -> None:
    """Make a new ledger with two entries in the place of the old one."""
    (home / "ledger.db").unlink()
    store = open_store(settings_of(home))
    for name in ("dos-a", "dos-b"):
        save(store, "organization", an_organization(organization_id=name, parent_id=None))
    store.engine.dispose()


LOSSES: dict[str, tuple[Callable[[Path], object], str]] = {
    "removed": (lambda home: (home / "ledger.db").unlink(), "1 to 344"),
    "empty": (lambda home: (home / "ledger.db").write_bytes(b""), "1 to 344"),
    "recreated": (recreated, "3 to 344"),
}


@pytest.fixture
def home(psi: Psi, published_sample: Store) -> Path:
    """A home whose ledger was verified and released up to its last entry, 344."""
    (psi.home / "releases" / RELEASE).mkdir(parents=True)
    shutil.copy(str(published_sample.engine.url.database), psi.home / "ledger.db")
    note_verified(settings_of(psi.home), published_sample.chain(), NOON)
    return psi.home


@pytest.fixture(params=LOSSES)
def lost(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    """The same home after its ledger is lost, and the entries that are missing."""
    lose, missing = LOSSES[request.param]
    lose(home)
    yield missing


def test_a_whole_ledger_lacks_nothing(psi: Psi, home: Path) -> None:
    assert psi.json("ledger", "verify")["faults"] == []
    assert "Missing entries" not in {finding.what for finding in examine(settings_of(home), NOON)}


def test_doctor_reports_a_lost_ledger(psi: Psi, lost: str) -> None:
    found = [finding for finding in psi.json("doctor", code=1) if finding["what"] == "Missing entries"]
    assert [finding["found"] for finding in found] == [
        f"Entries {lost} {VERIFIED}",
        f"Public entries {lost.replace('344', '270')} that release {RELEASE} holds are missing",
    ]
    assert not found[0]["fine"] and "last backup with psi restore" in found[0]["remedy"]


def test_ledger_verify_reports_a_lost_ledger(psi: Psi, lost: str) -> None:
    told = psi.json("ledger", "verify", code=1)
    assert told["chain"] is None
    whats = [fault["what"] for fault in told["faults"]]
    assert any(VERIFIED in what and "psi restore" in what for what in whats)
    assert ("There is no ledger at" in whats[0]) == lost.startswith("1 ")


def test_a_release_is_refused(psi: Psi, lost: str) -> None:
    told = psi("release", code=2)
    assert f"Entries {lost} {VERIFIED}" in told and "psi restore" in told and told.count("\n") == 1
    assert "are missing" in psi("demo", "--no-serve", code=2)


def test_health_is_degraded_by_a_lost_ledger(home: Path, lost: str) -> None:
    store = open_store(settings_of(home))
    with serving(store, home) as client:
        answer = client.get("/health").json()
    store.engine.dispose()
    assert answer["status"] == "degraded" and f"Entries {lost} {VERIFIED}" in answer["notes"][0]


def test_the_server_logs_a_lost_ledger(home: Path, lost: str, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(settings_of(home))
    _warn_of_missing(settings_of(home), store)
    store.engine.dispose()
    assert f"Entries {lost} {VERIFIED}" in capsys.readouterr().out


def test_an_older_copy_lacks_the_newest_entry(psi: Psi, home: Path) -> None:
    shutil.rmtree(home / "releases")
    note_verified(settings_of(home), ChainState(345, 344, "later", ""), NOON)
    [fault] = psi.json("ledger", "verify", code=1)["faults"]
    assert fault["row"] == "345" and fault["what"].startswith(f"Entries 345 {VERIFIED}")


def test_another_ledger_is_a_fault(psi: Psi, home: Path) -> None:
    note_verified(settings_of(home), ChainState(7, 7, "another", ""), NOON - datetime.timedelta(days=1))
    (home / "releases" / RELEASE).rename(home / "releases" / "2026-11-22.270")
    store = open_store(settings_of(home))
    verified, released = missing_entries(settings_of(home), store)
    store.engine.dispose()
    assert (verified.row, released.row) == ("7", "public 270")
    assert "this is another ledger" in verified.what and "this is another ledger" in released.what


def test_verifying_without_a_home_makes_none(psi: Psi) -> None:
    [fault] = psi.json("ledger", "verify", code=1)["faults"]
    assert fault["what"].startswith("There is no ledger at") and not psi.home.exists()


def test_a_damaged_record_counts_as_none(psi: Psi, home: Path) -> None:
    (home / "verified.json").write_text('{"at": "yesterday", "seq": 9999, "link": ""}', "utf-8")
    assert psi.json("ledger", "verify")["faults"] == []
