"""Homes that can only be read, files that are damaged, and how old the last verification is."""

import datetime
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from api.server.doctor import Finding, examine
from api.server.last_verification import note_verified
from api.server.settings import Settings
from api.server.store import check_writable, utc_now
from inventory.ledger.chain import ChainState
from inventory.ledger.store import Store
from inventory.ledger.verify import verify
from inventory.records.registry import INVENTORY
from inventory.storage.file_checks import file_faults, quick_faults
from inventory.storage.read_only import is_read_only, open_read_only, unfinished
from tests.conftest import NOON, ROOT, now
from tests.support.api.psi import Psi
from tests.support.processes import PSI

DAY = datetime.timedelta(days=1)


def quiet(what: str, count: int) -> None:
    pass


def listed(folder: Path) -> list[tuple[str, int]]:
    return sorted((path.name, path.stat().st_mtime_ns) for path in (folder, *folder.rglob("*")))


@pytest.fixture
def copied(published_sample: Store, tmp_path: Path) -> Path:
    """The sample's database alone in a folder, without a lock file or a journal."""
    shutil.copy(str(published_sample.engine.url.database), tmp_path / "ledger.db")
    return tmp_path / "ledger.db"


@pytest.fixture
def reading(copied: Path) -> Iterator[Engine]:
    engine = open_read_only(copied)
    yield engine
    engine.dispose()


def test_verifying_a_copy_makes_nothing_beside_it(reading: Engine, copied: Path) -> None:
    before = listed(copied.parent)
    assert list(verify(Store(reading, INVENTORY), quiet, now)) == []
    assert quick_faults(reading, 60) == []
    assert listed(copied.parent) == before


def test_a_copy_takes_no_writes(reading: Engine) -> None:
    with pytest.raises(OperationalError, match="readonly"), reading.begin() as connection:
        connection.execute(text("UPDATE chain SET seq = 0"))


def test_a_copy_with_a_log_is_read_without_one(copied: Path) -> None:
    with closing(sqlite3.connect(copied)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = listed(copied.parent)
    engine = open_read_only(copied)
    assert list(verify(Store(engine, INVENTORY), quiet, now)) == []
    engine.dispose()
    assert listed(copied.parent) == before and unfinished(copied) == []


def test_an_odd_name_is_opened(copied: Path) -> None:
    odd = copied.with_name("50% a?b#c.db")
    copied.rename(odd)
    engine = open_read_only(odd)
    assert Store(engine, INVENTORY).chain().seq > 0
    engine.dispose()


def test_a_writable_home_is_none(copied: Path) -> None:
    assert not is_read_only(copied) and not is_read_only(copied.parent / "none" / "ledger.db")
    check_writable(Settings.from_environment({"PSI_HOME": str(copied.parent)}))


def found(home: Path, what: str, at: datetime.datetime = NOON) -> Finding:
    settings = Settings.from_environment({"PSI_HOME": str(home)})
    [finding] = [finding for finding in examine(settings, at) if finding.what == what]
    return finding


def test_doctor_reports_a_damaged_file(copied: Path) -> None:
    assert found(copied.parent, "File").fine
    size = copied.stat().st_size
    with copied.open("r+b") as file:
        for page in range(20, size // 4096, 7):
            file.seek(page * 4096)
            file.write(b"\xff" * 200)
    sick = found(copied.parent, "File")
    assert not sick.fine and sick.found and "restore the last backup" in sick.remedy


def test_a_check_ends_when_its_time_is_up(reading: Engine) -> None:
    assert quick_faults(reading, -1) is None
    assert quick_faults(reading, 60) == [] and file_faults(reading) == []


def test_doctor_says_how_old_the_last_verification_is(psi: Psi, copied: Path) -> None:
    psi.home.mkdir()
    copied.rename(psi.home / "ledger.db")
    assert "none on record" in found(psi.home, "Verification").found
    psi("ledger", "verify")
    last = found(psi.home, "Verification", utc_now() + 3 * DAY)
    assert last.fine and "held 3 days ago" in last.found and "up to entry 344" in last.found


def test_a_verification_of_another_ledger_does_not_count(copied: Path) -> None:
    settings = Settings.from_environment({"PSI_HOME": str(copied.parent)})
    note_verified(settings, ChainState(7, 7, "another", ""), NOON)
    assert "another ledger" in found(copied.parent, "Verification").found


@pytest.mark.postgres
def test_it_is_on_record_for_a_server(psi: Psi, postgres_url: str) -> None:
    from tests.support.postgres import new_database

    psi.set(PSI_DATABASE_URL=new_database(postgres_url))
    psi("ledger", "verify")
    told = {finding["what"]: finding for finding in psi.json("doctor")}
    assert "up to entry 0" in told["Verification"]["found"] and "File" not in told


def test_a_ledger_with_faults_is_not_on_record(psi: Psi, copied: Path) -> None:
    psi.home.mkdir()
    copied.rename(psi.home / "ledger.db")
    with closing(sqlite3.connect(psi.home / "ledger.db")) as database:
        database.execute("DELETE FROM entries WHERE seq = 1")
        database.commit()
    psi("ledger", "verify", code=1)
    assert "none on record" in found(psi.home, "Verification").found


@pytest.mark.slow
def test_a_read_only_home_is_verified_and_nothing_else(copied: Path) -> None:
    home = copied.parent / "home"
    home.mkdir()
    copied.rename(home / "ledger.db")
    before = listed(home)
    psi = f"PSI_HOME={home} COLUMNS=500 {' '.join(PSI[:2])} '{PSI[2]}'"
    others = ("release", "board", "serve", "key list", "calendar")
    script = f"mount --bind {home} {home} && mount -o remount,ro,bind {home} || exit 77; "
    script += f'{psi} ledger verify; echo "verify $?"; {psi} doctor; echo "doctor $?"; '
    script += "; ".join(f'{psi} {command} > /dev/null; echo "{command} $?"' for command in others)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, cwd=ROOT, env=os.environ
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("this account may not mount a folder read-only")
    assert "The ledger holds" in done.stdout and "verify 0" in done.stdout, done.stdout + done.stderr
    assert "SQLite's quick check finds no fault" in done.stdout and "is read-only" in done.stdout
    for command in others[:-1]:
        assert f"{command} 2" in done.stdout
    assert "calendar 0" in done.stdout
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == len(others) - 1 and all("is read-only: psi ledger verify" in line for line in lines)
    assert listed(home) == before
