"""Releases on the shelf that were damaged after they were made: making the release again repairs them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from datapackage.releases.checksums import release_faults
from datapackage.releases.directory import archive, sum_file
from datapackage.releases.make import Release, make_release
from inventory.ledger.store import Store


def quiet(what: str, count: int) -> None:
    """No progress."""


@pytest.fixture
def shelf(sample_release: Release, tmp_path: Path) -> Path:
    """A copy of the sample's release on a shelf of its own."""
    return Path(shutil.copytree(sample_release.path.parent, tmp_path / "releases"))


def overwritten(path: Path) -> None:
    path.write_bytes(b"damaged")


DAMAGE: dict[str, tuple[Callable[[Path, str], object], str]] = {
    "a file": (lambda shelf, name: overwritten(shelf / name / "codes.csv"), "codes.csv does not match its checksum"),
    "no file": (lambda shelf, name: (shelf / name / "codes.csv").unlink(), "codes.csv is listed in SHA256SUMS but"),
    "no folder": (lambda shelf, name: shutil.rmtree(shelf / name), "is missing"),
    "the zip": (lambda shelf, name: overwritten(archive(shelf, name)), ".zip does not match its checksum"),
    "no zip": (lambda shelf, name: archive(shelf, name).unlink(), ".zip is missing"),
    "the zip's sum": (lambda shelf, name: overwritten(sum_file(archive(shelf, name))), ".zip does not match"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_release_is_written_again(
    damage: str, shelf: Path, sample_release: Release, sample_store: Store
) -> None:
    spoil, fault = DAMAGE[damage]
    assert list(release_faults(shelf, sample_release.release_id)) == []
    spoil(shelf, sample_release.release_id)
    [found] = release_faults(shelf, sample_release.release_id)
    assert fault in found
    again = make_release(sample_store, shelf, quiet, gate=lambda written, model: None)
    assert again.made and list(release_faults(shelf, again.release_id)) == []
    assert again.archive.read_bytes() == sample_release.archive.read_bytes()
    assert {path.name for path in shelf.iterdir()} == {path.name for path in sample_release.path.parent.iterdir()}


def test_a_whole_folder_is_packed_as_it_is(shelf: Path, sample_release: Release, sample_store: Store) -> None:
    before = (shelf / sample_release.release_id).stat().st_mtime_ns
    archive(shelf, sample_release.release_id).unlink()

    def no_gate(written: Path, model: object) -> None:
        raise AssertionError("nothing is written from the ledger")

    assert make_release(sample_store, shelf, quiet, gate=no_gate).made
    assert (shelf / sample_release.release_id).stat().st_mtime_ns == before
