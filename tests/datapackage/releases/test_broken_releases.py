"""Whatever is done to a release, checking it tells so and never breaks."""

import csv
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from datapackage.packages.checksums import write_sums
from datapackage.releases.make import Release
from datapackage.releases.verify import examine, verify
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, model
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.builders import an_organization
from tests.support.feedback_type import WITH_QUARTERLY
from tests.support.lanes import first
from tests.support.mutations import break_off, damaged, flip_a_byte, put_in


@pytest.fixture
def published(published_sample: Store, sample_release: Release) -> tuple[Store, Release]:
    return published_sample, sample_release


def new_store(path: Path) -> Store:
    engine = open_engine(f"sqlite:///{path}")
    create_tables(engine)
    return Store(engine, INVENTORY)


@pytest.mark.parametrize("seed", first(5, range(30)))
def test_any_damage_is_told(seed: int, published: tuple[Store, Release], tmp_path: Path) -> None:
    store, release = published
    what = damaged(release.path, tmp_path / "copy", seed)
    assert verify(tmp_path / "copy", store=store), what


@pytest.mark.parametrize("seed", first(3, range(100, 115)))
def test_damage_under_fresh_checksums_breaks_nothing(
    seed: int, published: tuple[Store, Release], tmp_path: Path
) -> None:
    store, release = published
    damaged(release.path, tmp_path / "copy", seed, again=True)
    verify(tmp_path / "copy", store=store)


@pytest.mark.parametrize("seed", first(8, range(30)))
def test_a_damaged_zip_is_told_unless_what_is_in_it_is_whole(
    seed: int, published: tuple[Store, Release], tmp_path: Path
) -> None:
    copy, dice = tmp_path / "copy.zip", Random(seed)
    shutil.copy(published[1].archive, copy)
    dice.choice((flip_a_byte, break_off, put_in))(copy, dice)
    if not verify(copy):
        assert contents(copy) == contents(published[1].archive)


def contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def write_descriptor(text: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        (path / "datapackage.json").write_text(text, "utf-8")

    return spoil


def edit_descriptor(**changes: Any) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        kept = json.loads((path / "datapackage.json").read_text("utf-8"))
        (path / "datapackage.json").write_text(json.dumps({**kept, **changes}), "utf-8")

    return spoil


def edit_publications(change: Callable[[list[list[str]]], object]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        file = path / "publications.csv"
        rows = [line.split(",") for line in file.read_text("utf-8").splitlines()]
        change(rows)
        file.write_text("".join(",".join(row) + "\n" for row in rows), "utf-8")

    return spoil


def cell(column: str, text: str) -> Callable[[list[list[str]]], object]:
    def change(rows: list[list[str]]) -> None:
        rows[1][rows[0].index(column)] = text

    return change


TABLE: dict[str, Any] = {"schema": {"fields": [], "primaryKey": []}}
HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a descriptor that is no JSON": (write_descriptor("{"), "datapackage.json is not JSON"),
    "a descriptor nested deeply": (write_descriptor("[" * 100_000), "datapackage.json is nested too deeply"),
    "a descriptor that is a list": (write_descriptor("[]"), "datapackage.json does not say which release"),
    "a descriptor without a ledger": (edit_descriptor(ledger=None), "datapackage.json does not say which release"),
    "a link that is none": (
        edit_descriptor(ledger={"seq": 1, "public_seq": 1, "link": "\0"}),
        "datapackage.json does not say which release",
    ),
    "no resources": (edit_descriptor(resources=None), "datapackage.json does not declare its tables"),
    "a path that leads out": (
        edit_descriptor(resources=[{"name": "services", "path": "../../../../etc/passwd", **TABLE}]),
        "datapackage.json leads elsewhere",
    ),
    "an address as a path": (
        edit_descriptor(resources=[{"name": "services", "path": "http://127.0.0.1:1/x.csv", **TABLE}]),
        "datapackage.json leads elsewhere",
    ),
    "a column less": (
        edit_publications(lambda rows: [row.pop() for row in rows]),
        "publications.csv does not have the columns",
    ),
    "short rows": (edit_publications(lambda rows: [row.pop() for row in rows[1:]]), "publications: "),
    "a number that is none": (edit_publications(cell("public_seq", "many")), "publications: "),
    "a huge number": (edit_publications(cell("public_seq", "9" * 30)), "publications: "),
    "a number beyond all": (edit_publications(cell("version", "9" * 5000)), "publications: "),
    "keys that lead nowhere": (
        edit_descriptor(resources=[{"name": "a", "path": "a.csv", "schema": {"fields": [], "primaryKey": ["b"]}}]),
        "datapackage.json gives a keys that lead nowhere",
    ),
    "nothing of what every release holds": (edit_descriptor(resources=[]), "datapackage.json declares no table codes"),
    "a database that is none": (lambda path: (path / "inventory.db").write_bytes(b"none"), "inventory.db cannot be"),
    "no database": (lambda path: (path / "inventory.db").unlink(), "inventory.db is missing"),
    "a Parquet file that is none": (
        lambda path: (path / "parquet" / "codes.parquet").write_bytes(b"PAR1none"),
        "parquet/codes.parquet cannot be read",
    ),
    "a missing table": (lambda path: (path / "services.csv").unlink(), "services.csv is missing"),
    "an empty table": (lambda path: (path / "services.csv").write_bytes(b""), "services.csv does not have"),
    "a table not in UTF-8": (
        lambda path: (path / "services.csv").write_bytes(b"\xff\xfe"),
        "services.csv is not in UTF-8",
    ),
}


@pytest.mark.parametrize("name", first(7, HOSTILE))
def test_a_hostile_release_is_told(name: str, published: tuple[Store, Release], tmp_path: Path) -> None:
    store, release = published
    shutil.copytree(release.path, tmp_path / "copy")
    spoil, fault = HOSTILE[name]
    spoil(tmp_path / "copy")
    write_sums(tmp_path / "copy")
    faults = verify(tmp_path / "copy", store=store)
    assert any(found.startswith(fault) for found in faults), faults


def test_a_zip_that_leads_out_or_holds_a_file_twice_is_told(tmp_path: Path) -> None:
    for name, fault in (
        ("../x", "does not lead to a file inside"),
        ("/x", "does not lead to a file inside"),
        ("x", "holds a file twice"),
    ):
        with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
            packed.writestr(name, b"")
            if name == "x":
                with pytest.warns(UserWarning, match="Duplicate"):
                    packed.writestr(name, b"")
        [told] = verify(tmp_path / "x.zip")
        assert fault in told
    assert not (tmp_path.parent / "x").exists()


def test_a_ledger_that_does_not_know_a_release_is_compared_only_where_it_must(
    published: tuple[Store, Release], tmp_path: Path
) -> None:
    store, release = published
    stranger = new_store(tmp_path / "ledger.db")
    change = Change(
        record_type="organization",
        record_id="dos",
        action="save",
        document=an_organization(organization_id="dos", parent_id=None),
    )
    append(stranger, OPERATOR, now, change)
    assert examine(release.path, store=store, must_be_known=False).compared
    found = examine(release.path, store=stranger, must_be_known=False)
    assert (found.faults, found.compared) == ([], False)
    assert verify(release.path, store=stranger)[0].startswith("the ledger holds no entry with the release's link")


def test_a_forged_position_is_found_by_the_publications_the_ledger_knows(
    published: tuple[Store, Release], tmp_path: Path
) -> None:
    store, release = published
    shutil.copytree(release.path, tmp_path / "copy")
    edit_descriptor(ledger={"seq": 1, "public_seq": 1, "link": "0" * 64})(tmp_path / "copy")
    write_sums(tmp_path / "copy")
    found = examine(tmp_path / "copy", store=store, must_be_known=False)
    assert found.compared and any(fault.startswith("the ledger holds no entry") for fault in found.faults)


FORGED = {
    "record_type": "service",
    "state": "withdrawn",
    "version": "7",
    "seq": "7",
    "recorded_at": "2026-01-01T00:00:00.000000Z",
    "schema_version": "2",
}


@pytest.mark.parametrize("column", first(2, FORGED))
def test_a_publication_that_is_not_the_entry_is_told(
    column: str, published: tuple[Store, Release], tmp_path: Path
) -> None:
    store, release = published
    shutil.copytree(release.path, tmp_path / "copy")
    edit_publications(cell(column, FORGED[column]))(tmp_path / "copy")
    write_sums(tmp_path / "copy")
    faults = verify(tmp_path / "copy", store=store)
    assert any(fault.startswith("the ledger knows no publication of ") for fault in faults), faults


def test_a_schema_version_that_is_not_known_hides_no_forgery(published: tuple[Store, Release], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(published[1].path, copy)
    edit_publications(cell("schema_version", "2"))(copy)
    told = "of schema version 2; the newest known here is 1"
    assert any(fault.endswith(told) for fault in verify(copy))


def test_what_was_recorded_under_an_earlier_schema_is_told_as_not_compared(published: tuple[Store, Release]) -> None:
    later = msgspec.structs.replace(INVENTORY["organization"], upcasters=(lambda old: old,))
    found = examine(published[1].path, {**INVENTORY, "organization": later}, published[0])
    assert found.faults == [] and found.compared
    assert [what.partition(" ")[2] for what in found.not_compared] == [
        "of type organization, recorded under schema version 1"
    ]
    assert examine(published[1].path).not_compared == []


def test_a_record_left_out_with_its_publication_is_missed(published: tuple[Store, Release], tmp_path: Path) -> None:
    store, release = published
    copy = tmp_path / "copy"
    shutil.copytree(release.path, copy)
    lines = (copy / "designations.csv").read_text("utf-8").splitlines(keepends=True)
    (copy / "designations.csv").write_text("".join(lines[:-1]), "utf-8")
    left_out = "/".join(lines[-1].split(",")[:3])
    edit_publications(lambda rows: rows.remove(next(row for row in rows if row[1] == left_out)))(copy)
    write_sums(copy)
    told = f"the ledger holds designation/{left_out} as public entry "
    assert any(fault.startswith(told) for fault in verify(copy, store=store))


def test_a_release_that_calls_itself_otherwise_is_told(published: tuple[Store, Release], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(published[1].path, copy)
    edit_descriptor(version="2020-01-01.1")(copy)
    write_sums(copy)
    assert any(fault.startswith("the ledger's release of entry ") for fault in verify(copy, store=published[0]))


def test_a_database_that_tells_otherwise_than_the_tables_is_told(
    published: tuple[Store, Release], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(published[1].path, copy)
    with closing(sqlite3.connect(copy / "inventory.db")) as database:
        database.execute("UPDATE services SET fees_charged = 1 - fees_charged WHERE service_id LIKE 'dos-%'")
        database.execute("DELETE FROM service_tags WHERE rowid = 1")
        database.commit()
    told = verify(copy)
    assert "inventory.db, table services does not hold the rows of the CSV file" in told
    assert any(fault.startswith("inventory.db, table service_tags holds ") for fault in told)


def test_a_parquet_file_that_tells_otherwise_than_the_table_is_told(
    published: tuple[Store, Release], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(published[1].path, copy)
    shutil.copy(copy / "parquet" / "service_tags.parquet", copy / "parquet" / "provider_aliases.parquet")
    assert any(fault.startswith("parquet/provider_aliases.parquet") for fault in verify(copy))


def test_a_release_made_before_a_type_and_a_field_came_still_verifies(
    published: tuple[Store, Release], tmp_path: Path
) -> None:
    assert verify(published[1].path, model=WITH_QUARTERLY) == []
    # And one that knows more than this software: its own schemas are what it is checked by.
    assert verify(published[1].path, model=model(*list(INVENTORY.values())[:2])) == []


def test_a_release_made_before_a_field_came_still_verifies(published: tuple[Store, Release], tmp_path: Path) -> None:
    column, copy = "reporting_starts", tmp_path / "copy"
    shutil.copytree(published[1].path, copy)
    file = copy / "providers.csv"
    rows = list(csv.reader(file.read_text("utf-8").splitlines()))
    place = rows[0].index(column)
    assert {row.pop(place) for row in rows} == {column, ""}
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows(rows)
    with closing(sqlite3.connect(copy / "inventory.db")) as database:
        database.execute(f"ALTER TABLE providers DROP COLUMN {column}")
    package = json.loads((copy / "datapackage.json").read_text("utf-8"))
    providers = next(resource for resource in package["resources"] if resource["name"] == "providers")
    providers["schema"]["fields"] = [field for field in providers["schema"]["fields"] if field["name"] != column]
    (copy / "datapackage.json").write_text(json.dumps(package), "utf-8")
    write_sums(copy)
    assert verify(copy, store=published[0]) == []
