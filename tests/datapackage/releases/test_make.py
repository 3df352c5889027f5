"""A release: valid, whole, the same bytes for the same ledger position, and checked again."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from datapackage.releases.make import Release, make_release
from datapackage.releases.verify import verify
from inventory.errors import NotFound, Unreadable
from inventory.ledger.store import Store
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, ROOT, now
from tests.support.builders import a_service, an_organization

PROFILES = ROOT.parent / "shared" / "standards" / "datapackage-2.0"


def quiet(what: str, count: int) -> None:
    """No progress."""


@pytest.fixture
def release(sample_release: Release) -> Release:
    return sample_release


def test_the_same_position_gives_the_same_bytes(release: Release, sample_store: Store, tmp_path: Path) -> None:
    again = make_release(sample_store, tmp_path / "elsewhere", quiet)
    assert again.archive.read_bytes() == release.archive.read_bytes()
    for path in release.path.rglob("*"):
        if path.is_file():
            assert (again.path / path.relative_to(release.path)).read_bytes() == path.read_bytes(), path.name


def test_a_release_is_made_once(release: Release, sample_store: Store) -> None:
    again = make_release(sample_store, release.path.parent, quiet)
    assert (again.release_id, again.made) == (release.release_id, False)


def test_it_verifies_as_directory_and_as_zip(release: Release, sample_store: Store) -> None:
    assert verify(release.path, store=sample_store) == []
    assert verify(release.archive, store=sample_store) == []


def test_everything_published_is_in_it(release: Release) -> None:
    database = sqlite3.connect(release.path / "inventory.db")
    count = database.execute("SELECT count(*) FROM services").fetchone()[0]
    assert count == 74
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert database.execute("SELECT count(*) FROM services_fts WHERE services_fts MATCH 'passport'").fetchone()[0] > 0
    assert database.execute("SELECT count(*) FROM service_overview").fetchone()[0] == 74
    database.close()


def test_the_descriptor_is_valid_by_the_official_profile(release: Release) -> None:
    profile = PROFILES / "datapackage.json"
    if not profile.is_file():
        pytest.skip("the official profiles are not here")
    descriptor = json.loads((release.path / "datapackage.json").read_text("utf-8"))
    jsonschema.validate(descriptor, json.loads(profile.read_text("utf-8")))
    table = json.loads((PROFILES / "tableschema.json").read_text("utf-8"))
    for resource in descriptor["resources"]:
        jsonschema.validate(resource["schema"], table)


def test_no_draft_and_no_private_field_is_in_it(sqlite_store: Store, tmp_path: Path) -> None:
    documents = [
        ("organization", "dos-ca", an_organization(parent_id=None)),
        ("service", "dos-ca-passports", a_service()),
    ]
    for record_type, record_id, document in documents:
        change = Change(record_type=record_type, record_id=record_id, action="save", document=document)
        append(sqlite_store, OPERATOR, now, change)
    made = make_release(sqlite_store, tmp_path / "releases", quiet)
    assert "Passports" not in (made.path / "services.csv").read_text("utf-8")
    assert "accountable_official_email" not in (made.path / "providers.csv").read_text("utf-8")


def test_a_record_that_refers_to_a_draft_is_left_out_and_named(sqlite_store: Store, tmp_path: Path) -> None:
    changes = [
        ("organization", "dos-ca", an_organization(parent_id=None)),
        ("service", "dos-ca-passports", a_service()),
        ("provider", "dos-ca", {"provider_id": "dos-ca", "organization_id": "dos-ca", "name": "CA"}),
        (
            "designation",
            "dos-ca/dos-ca-passports/2026",
            {"provider_id": "dos-ca", "service_id": "dos-ca-passports", "fiscal_year": 2026},
        ),
    ]
    for record_type, record_id, document in changes:
        change = Change(record_type=record_type, record_id=record_id, action="save", document=document)
        append(sqlite_store, OPERATOR, now, change)
    made = make_release(sqlite_store, tmp_path / "releases", quiet)
    assert made.left_out == ("designation/dos-ca/dos-ca-passports/2026: refers to service/dos-ca-passports",)


def test_nothing_public_makes_no_release(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        make_release(sqlite_store, tmp_path, quiet)


def _append(name: str, line: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        with (path / name).open("a", encoding="utf-8") as file:
            file.write(line)

    return spoil


def _edit_descriptor(change: Callable[[Any], None]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        descriptor = json.loads((path / "datapackage.json").read_text("utf-8"))
        change(descriptor)
        (path / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")

    return spoil


SPOILED: dict[str, Callable[[Path], None]] = {
    "services.csv does not match its checksum": _append("services.csv", "\n"),
    "codes.csv is listed in SHA256SUMS but missing": lambda path: (path / "codes.csv").unlink(),
    "more.csv is not listed in SHA256SUMS": lambda path: (path / "more.csv").touch(),
    "service_tags: Row at position": _append("service_tags.csv", "no-such-service,1,tag\n"),
    "datapackage.json is not what": _edit_descriptor(lambda d: d["licenses"].clear()),
    "the ledger holds no entry": _edit_descriptor(lambda d: d["ledger"].update(link="0" * 64)),
    "the release's link is entry": _edit_descriptor(lambda d: d["ledger"].update(seq=1)),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_release_is_told(fault: str, release: Release, sample_store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release.path, copy)
    SPOILED[fault](copy)
    assert any(found.startswith(fault) for found in verify(copy, store=sample_store))


def forged(path: Path, table: str, old: str, new: str) -> None:
    """Change a release as a forger would: the checksums and the descriptor too."""
    file = path / f"{table}.csv"
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    descriptor = json.loads((path / "datapackage.json").read_text("utf-8"))
    resource = next(resource for resource in descriptor["resources"] if resource["name"] == table)
    resource |= {"bytes": file.stat().st_size, "hash": f"sha256:{digest}"}
    (path / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
    files = sorted(f.relative_to(path).as_posix() for f in path.rglob("*") if f.is_file() and f.name != "SHA256SUMS")
    sums = "".join(f"{hashlib.sha256((path / name).read_bytes()).hexdigest()}  {name}\n" for name in files)
    (path / "SHA256SUMS").write_text(sums, "utf-8")


def test_a_forged_record_is_not_what_the_ledger_committed_to(release: Release, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release.path, copy)
    forged(copy, "services", "Passport", "Pass port")
    assert any(fault.endswith("is not what the ledger committed to") for fault in verify(copy))


def test_a_forged_publication_is_not_the_ledger_s(release: Release, sample_store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release.path, copy)
    published = sample_store.public("service", "dos-ca-passport-services")
    entry = sample_store.entries_at([published.public_seq])[0]
    forged(copy, "publications", entry.link, "0" * 64)
    assert all(fault.endswith("does not hold the rows of the CSV file") for fault in verify(copy))
    name = "service/dos-ca-passport-services"
    assert verify(copy, store=sample_store)[-1] == f"the ledger knows no publication of {name} as in the release"


def test_what_is_no_release_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    assert verify(tmp_path / "x.zip") == ["x.zip is not a zip file"]
    assert verify(tmp_path) == ["SHA256SUMS is missing", "This is no release: it holds no datapackage.json"]
    with pytest.raises(Unreadable, match="There is no file or directory"):
        verify(tmp_path / "nowhere")
