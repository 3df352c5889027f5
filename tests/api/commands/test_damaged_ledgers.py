"""Ledgers whose file is damaged, and disks that fail: one line that says what to do."""

import errno
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from api.commands.session import told
from inventory.ledger.store import Store
from tests.conftest import ROOT
from tests.support.api.psi import Psi
from tests.support.processes import PSI

PAGE = 4096


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def garbage(file: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def spoiled_pages(file: Path) -> None:
    with file.open("r+b") as opened:
        for page in range(10, file.stat().st_size // PAGE, 2):
            opened.seek(page * PAGE)
            opened.write(b"\xff" * PAGE)


@pytest.fixture
def ledger(psi: Psi, published_sample: Store) -> Path:
    psi.home.mkdir()
    return Path(shutil.copy(str(published_sample.engine.url.database), psi.home / "ledger.db"))


@pytest.mark.parametrize("damage", [truncated, garbage, spoiled_pages])
def test_a_damaged_ledger_names_psi_restore(
    psi: Psi, ledger: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    damage(ledger)
    for command in (["release"], ["board"], ["export", str(tmp_path / "x.zip")], ["ledger", "log", "dos-ca"]):
        said = psi(*command, code=2)
        assert "The file is damaged. Move" in said and "with psi restore" in said, command
        assert len(said.split("\n")) < 5, command
    sick = [finding for finding in psi.json("doctor", code=1) if not finding["fine"]]
    assert "restore" in sick[0]["remedy"] and "PSI_DATABASE_URL" not in sick[0]["remedy"]


def io_error() -> sqlite3.Error:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    return error


@pytest.mark.parametrize("fault", [OSError(errno.EFBIG, "File too large"), OSError(errno.EIO, "Error"), io_error()])
def test_a_failing_disk_is_one_line(capsys: pytest.CaptureFixture[str], fault: Exception) -> None:
    with pytest.raises(Exception, match="2"), told():
        raise fault
    said = capsys.readouterr().err
    assert said.startswith("psi: The disk takes no more") and "ulimit -f" in said and said.count("\n") == 1


def limited(psi: Psi, size: int, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run psi where no file may grow beyond a size."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    environ = {**os.environ, "PSI_HOME": str(psi.home)}
    return subprocess.run(
        [*PSI, *words], capture_output=True, text=True, cwd=ROOT, env=environ, preexec_fn=limit, timeout=120
    )


def test_a_release_beyond_the_file_limit_is_one_line(psi: Psi, ledger: Path) -> None:
    done = limited(psi, 500 * 1024, "release")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.strip().startswith("psi: The disk takes no more") and len(done.stderr.strip().split("\n")) == 1


def test_verifying_needs_no_space(psi: Psi, ledger: Path) -> None:
    done = limited(psi, 20, "ledger", "verify")
    assert done.returncode == 0 and "The ledger holds" in done.stdout, done.stderr
    assert "was not recorded in" in done.stderr and "undone" not in done.stderr
    assert not (psi.home / "verified.json").exists()
