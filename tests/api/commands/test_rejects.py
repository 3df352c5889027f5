"""What a load could not keep comes back, whatever fails after it was committed."""

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.server.store import utc_now
from inventory.errors import Conflict
from tests.conftest import ROOT
from tests.support.api.psi import Psi
from tests.support.builders import an_organization

GOOD = an_organization(organization_id="dos", parent_id=None)


def bad_input(folder: Path) -> str:
    path = folder / "in.json"
    path.write_text(json.dumps([GOOD, {**GOOD, "organization_id": "Bad Id"}]), "utf-8")
    return str(path)


def rejects(home: Path) -> list[Any]:
    return [
        json.loads(line) for file in sorted(home.glob("rejects-*")) for line in file.read_text("utf-8").splitlines()
    ]


def test_rejects_are_written_though_nobody_reads_the_report(tmp_path: Path) -> None:
    home = tmp_path / "var"
    read, write = os.pipe()
    os.close(read)
    try:
        command = [sys.executable, "-c", "from api.commands.main import main; main()", "load", bad_input(tmp_path)]
        environ = {**os.environ, "PSI_HOME": str(home)}
        subprocess.run(command, stdout=write, stderr=subprocess.DEVNULL, env=environ, timeout=120, cwd=ROOT)
    finally:
        os.close(write)
    assert [rejected["raw"]["organization_id"] for rejected in rejects(home)] == ["Bad Id"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in home.glob("rejects-*")} == {0o600}


def test_rejects_on_a_full_disk_do_not_undo_the_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(new: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(new))

    psi = Psi(tmp_path / "var", monkeypatch)
    monkeypatch.setattr("datapackage.formats.atomic_files.sync", full)
    told = psi("load", bad_input(tmp_path), "--publish", code=1)
    assert "is stored, but the 1 rejects could not be written: No space left" in told and "undone" not in told
    assert "1 rejected" in psi.told and "made public" in psi.told
    assert list((tmp_path / "var").glob("rejects-*")) == []
    told = psi("load", bad_input(tmp_path), "--rejects", str(tmp_path / "out.ndjson"), code=1)
    assert "is stored, but the 1 rejects" in told and not (tmp_path / "out.ndjson").exists()


def test_a_publishing_that_fails_hides_neither_rejects_nor_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def conflict(*given: object) -> None:
        raise Conflict("organization/dos", 3)

    psi = Psi(tmp_path / "var", monkeypatch)
    monkeypatch.setattr("api.commands.loads.publish_heads", conflict)
    psi("load", bad_input(tmp_path), "--publish", code=2)
    assert "1 rejected" in psi.told
    assert len(rejects(tmp_path / "var")) == 1


def test_two_loads_within_a_second_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = utc_now()
    psi = Psi(tmp_path / "var", monkeypatch)
    monkeypatch.setattr("api.commands.loads.utc_now", lambda: moment)
    for _ in range(2):
        psi("load", bad_input(tmp_path), code=1)
    assert len(rejects(tmp_path / "var")) == 2
