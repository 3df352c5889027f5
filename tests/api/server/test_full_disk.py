"""Full disks: one plain line, nothing lost, nothing half written."""

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from api.commands.session import told
from api.server.store import utc_now
from datapackage.packages.derived_tables import release_tables
from datapackage.releases.directory import current_release
from datapackage.releases.make import make_release
from inventory.errors import DiskFull, Invalid
from inventory.ledger.store import Store
from inventory.ledger.verify import verify
from inventory.storage.disk_space import full_disk, room
from tests.conftest import ROOT
from tests.inventory.ledger.test_store import save
from tests.support.api.writing import writing_site
from tests.support.builders import a_service, an_organization
from tests.support.processes import PSI
from tests.support.sites import release_uncertified

NO_SPACE = OSError(errno.ENOSPC, "No space left on device", "releases/x.csv")


class Quota:
    """A bound on the pages of a SQLite file, which SQLite itself holds to: at it, the disk is full."""

    def __init__(self, store: Store) -> None:
        self._store, self._pages = store, 2**30
        event.listen(store.engine, "connect", self._bound)

    def _bound(self, connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={self._pages}")

    def set(self, pages: int) -> None:
        """Let the file have so many pages, or as many as it has."""
        self._pages = pages
        self._store.engine.dispose()


def a_large_service(service_id: str) -> dict[str, Any]:
    return a_service(service_id=service_id, description="Ten words fill the file until there is no space left. " * 30)


def test_a_full_disk_is_507_and_reads_go_on(sqlite_store: Store, tmp_path: Path) -> None:
    quota = Quota(sqlite_store)
    with writing_site(sqlite_store, tmp_path) as site:
        before = sqlite_store.chain()
        quota.set(1)
        names = (f"dos-ca-{number}" for number in range(40))
        asked = (site.ask("PUT", f"/services/{name}", "editor", json=a_large_service(name)) for name in names)
        kept, full = next((kept, answer) for kept, answer in enumerate(asked) if answer.status_code != 201)
        assert (full.status_code, full.headers["content-type"]) == (507, "application/problem+json")
        assert "The disk of the server is full" in full.json()["detail"] and full.headers["retry-after"]
        assert sqlite_store.chain().seq == before.seq + kept
        assert site.ask("GET", "/organizations/dos-ca").status_code == 200
        assert site.client.get("/health").status_code == 200
        quota.set(2**30)
        again = site.ask("PUT", "/services/dos-ca-new", "editor", json=a_large_service("dos-ca-new"))
        assert again.status_code == 201
    assert list(verify(sqlite_store, lambda what, count: None, utc_now)) == []


def test_an_import_on_a_full_disk_is_507(sqlite_store: Store, tmp_path: Path) -> None:
    quota = Quota(sqlite_store)
    with writing_site(sqlite_store, tmp_path) as site:
        before = sqlite_store.chain()
        quota.set(1)
        documents = [a_large_service(f"dos-ca-{number}") for number in range(60)]
        answer = site.ask("POST", "/imports", "editor", json=documents)
        assert answer.status_code == 507
        assert sqlite_store.chain() == before


def failing(at: int) -> Callable[[str, int], None]:
    """Progress that runs out of space at its nth step."""
    steps = iter(range(1_000))

    def tell(what: str, count: int) -> None:
        if next(steps) == at:
            raise NO_SPACE

    return tell


def no_gate(written: Path, model: Any) -> None:
    pass


def test_a_release_without_space_leaves_nothing(sample_store: Store, tmp_path: Path) -> None:
    release_uncertified(sample_store, tmp_path)
    home = tmp_path / "releases"
    before, there = current_release(home), sorted(path.name for path in home.iterdir())
    save(sample_store, "organization", an_organization(organization_id="dos-new", parent_id=None))
    steps = len(release_tables(sample_store.model))
    for at in range(0, steps, max(1, steps // 3)):
        with pytest.raises(DiskFull, match="Free some space and run it again"), room():
            make_release(sample_store, home, failing(at), gate=no_gate)
        assert sorted(path.name for path in home.iterdir()) == there and current_release(home) == before
    made = make_release(sample_store, home, lambda what, count: None, gate=no_gate)
    assert current_release(home) == made.release_id != before


def sqlite_full() -> Exception:
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA max_page_count=1")
    try:
        database.execute("CREATE TABLE one (value)")
    except sqlite3.OperationalError as fault:
        return fault
    finally:
        database.close()
    raise AssertionError("there was space")


@pytest.mark.parametrize("fault", [NO_SPACE, OSError(errno.EDQUOT, "Disk quota exceeded"), sqlite_full()], ids=repr)
def test_whatever_a_full_disk_breaks_is_named(fault: Exception) -> None:
    with pytest.raises(DiskFull, match=r"^The disk is full"), room():
        try:
            raise fault
        finally:
            raise ValueError("closing the file failed, too")


def test_other_faults_stay_what_they_are() -> None:
    for fault in (OSError(errno.EACCES, "Permission denied"), Invalid("no", []), sqlite3.OperationalError("locked")):
        assert full_disk(fault) is None


def test_it_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match="2"), told(), told():
        raise NO_SPACE
    assert capsys.readouterr().err.count("The disk is full (releases/x.csv)") == 1


@pytest.mark.slow
def test_a_disk_that_fills_up_loses_nothing(published_sample: Store, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    shutil.copy(str(published_sample.engine.url.database), tmp_path / "ledger.db")
    psi = f"PSI_HOME={disk} COLUMNS=200 {' '.join(PSI[:2])} '{PSI[2]}'"
    issue = "key issue --yes --to A --role omb_reviewer"
    script = f"""
        mount -t tmpfs -o size=1300k none {disk} || exit 77
        cp {tmp_path}/ledger.db {disk}
        {psi} release; echo "release $?"; ls -A {disk}/releases
        head -c 9000000 /dev/zero > {disk}/filler
        {psi} {issue}; echo "issue $?"
        rm {disk}/filler
        {psi} ledger verify; echo "verify $?"
        {psi} {issue} > /dev/null; echo "issue $?"
    """
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, cwd=ROOT, env=os.environ
    )
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip("this account may not mount a small disk")
    assert done.stderr.count("psi: The disk is full") == 2 and "Traceback" not in done.stderr
    told = done.stdout.splitlines()
    assert told[:3] == ["release 2", ".lock", "issue 2"], done.stdout + done.stderr
    assert "The ledger holds" in told[3] and told[4:] == ["verify 0", "issue 0"]
