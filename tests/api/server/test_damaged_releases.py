"""Releases that are damaged or removed: the doctor names each with what to do, and the site links to none of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from api.server import doctor
from api.server.doctor import Finding, examine
from api.server.settings import Settings
from datapackage.releases.checksums import write_sums
from datapackage.releases.directory import archive, directory, set_current
from datapackage.releases.make import make_release
from inventory.ledger.store import Store
from tests.conftest import NOON
from tests.support.sites import release_uncertified, serving

NEWEST, OLDER = "2026-11-23.270", "2026-11-20.200"


def quiet(what: str, count: int) -> None:
    """Show no progress."""


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """Two small releases."""
    releases = tmp_path / "releases"
    for name in (OLDER, NEWEST):
        directory(releases, name).mkdir(parents=True)
        (directory(releases, name) / "services.csv").write_text("service_id\n", "utf-8")
        write_sums(directory(releases, name))
        archive(releases, name).touch()
        archive(releases, name).with_suffix(".zip.sha256").write_text(
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  x.zip\n", "utf-8"
        )
    set_current(releases, NEWEST)
    return releases


def found(releases: Path) -> list[Finding]:
    settings = Settings.from_environment({"PSI_HOME": str(releases.parent)})
    return [finding for finding in examine(settings, NOON) if finding.what == "Releases"]


def sick(releases: Path) -> list[Finding]:
    return [finding for finding in found(releases) if not finding.fine]


def test_whole_releases_are_counted(releases: Path) -> None:
    [fine] = found(releases)
    assert fine.fine and fine.found == "2 of 2: checksums hold"


DAMAGE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "zip": (lambda at: archive(at, OLDER).write_bytes(b"x"), f"{OLDER}.zip does not match", "and run psi release"),
    "no zip": (lambda at: archive(at, OLDER).unlink(), f"{OLDER}.zip is missing", "run psi release, which packs"),
    "file": (lambda at: (at / OLDER / "services.csv").write_text("x"), "services.csv does not match", "by unpacking"),
    "no folder": (lambda at: shutil.rmtree(at / OLDER), "its folder", "by unpacking"),
    "newest zip": (lambda at: archive(at, NEWEST).unlink(), f"{NEWEST}.zip is missing", "run psi release"),
    "no latest": (lambda at: (at / "latest").unlink(), "latest names no release", "run psi release"),
    "lost": (lambda at: (at / "latest").write_text("2026-11-24.9999\n"), "points to 2026-11-24.9999", "psi release"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_doctor_reports_damaged_releases(damage: str, releases: Path) -> None:
    spoil, fault, remedy = DAMAGE[damage]
    spoil(releases)
    [finding] = sick(releases)
    assert fault in finding.found and remedy in finding.remedy


def test_a_release_without_any_copy_is_named(releases: Path) -> None:
    (releases / OLDER / "services.csv").unlink()
    archive(releases, OLDER).write_bytes(b"x")
    [finding] = sick(releases)
    assert "from a backup" in finding.remedy


def test_older_releases_wait_when_time_is_up(releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "RELEASE_SECONDS", -1)
    archive(releases, OLDER).unlink()
    [fine] = found(releases)
    assert fine.fine and "1 of 2: checksums hold; 1 older not checked" in fine.found


def test_missing_zips_are_not_linked_then_packed(releases: Path, sample_store: Store) -> None:
    home = releases.parent
    shutil.rmtree(releases / NEWEST)
    release_uncertified(sample_store, home)
    zipped = archive(releases, OLDER)
    zipped.unlink()
    with serving(sample_store, home) as client:
        assert f"/releases/{OLDER}.zip" not in client.get("/releases").text
        assert f"/releases/{OLDER}.zip" not in client.get(f"/releases/{OLDER}/").text
        make_release(sample_store, releases, quiet)
        assert f"/releases/{OLDER}.zip" in client.get("/releases").text
        assert client.get(f"/releases/{OLDER}.zip").content[:2] == b"PK"
