"""A backup holds everything, restores into either engine, and is never half restored."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from datapackage.exports.backup import back_up, restore
from datapackage.loading.load import load
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from inventory.errors import Broken, NotAllowed, Unreadable
from inventory.ledger.store import Store
from inventory.ledger.verify import verify
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.storage.tables import METADATA
from inventory.writes.change import Change
from inventory.writes.publish import publish
from inventory.writes.writer import append
from tests.conftest import OPERATOR, SAMPLE, TODAY, now
from tests.support.builders import an_organization


def quiet(what: str, count: int) -> None:
    """No progress."""


def everything(store: Store) -> dict[str, list[Any]]:
    with store.engine.connect() as connection:
        tables = METADATA.sorted_tables
        return {t.name: sorted(map(repr, connection.execute(select(t)).all())) for t in tables}


@pytest.fixture
def filled(store: Store) -> Store:
    """The sample on each engine, published."""
    inputs, _ = opened([SAMPLE], INVENTORY, None, None, None)
    load(store, Plan(INVENTORY, store, TODAY), inputs, OPERATOR, now)
    publish(store, OPERATOR, now)
    return store


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    engine = open_engine(f"sqlite:///{tmp_path}/empty/ledger.db")
    create_tables(engine)
    yield Store(engine, INVENTORY)
    engine.dispose()


def test_what_is_restored_is_what_was_kept(filled: Store, empty: Store, tmp_path: Path) -> None:
    manifest = back_up(filled, tmp_path / "out.psi", quiet)
    assert (manifest.seq, manifest.link) == (filled.chain().seq, filled.chain().link)
    assert restore(empty, tmp_path / "out.psi", quiet) == manifest
    assert everything(empty) == everything(filled)
    assert list(verify(empty, quiet, now)) == []


def test_it_goes_from_one_engine_to_the_other_and_back(
    sample_store: Store, engine: Engine, empty: Store, tmp_path: Path
) -> None:
    back_up(sample_store, tmp_path / "one.psi", quiet)
    there = Store(engine, INVENTORY)
    restore(there, tmp_path / "one.psi", quiet)
    back_up(there, tmp_path / "two.psi", quiet)
    restore(empty, tmp_path / "two.psi", quiet)
    assert everything(empty) == everything(there) == everything(sample_store)
    change = Change(record_type="organization", record_id="dos-ca", action="save", document=an_organization())
    receipts = [append(store, OPERATOR, now, change)[0] for store in (empty, there)]
    assert receipts[0].seq == receipts[1].seq == sample_store.chain().seq + 1


def test_a_store_that_holds_anything_is_not_overwritten(filled: Store, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "out.psi", quiet)
    before = everything(filled)
    with pytest.raises(NotAllowed, match="not empty"):
        restore(filled, tmp_path / "out.psi", quiet)
    assert everything(filled) == before


def spoiled(source: Path, out: Path, name: str, old: bytes, new: bytes, *, keep_sums: bool) -> Path:
    """A copy of a backup with something changed in one file, its checksum adapted or not."""
    import hashlib

    with zipfile.ZipFile(source) as packed:
        files = {info.filename: packed.read(info) for info in packed.infolist()}
    files[name] = files[name].replace(old, new, 1)
    if not keep_sums:
        manifest = json.loads(files["manifest.json"])
        manifest["sha256"][name.partition(".")[0]] = hashlib.sha256(files[name]).hexdigest()
        files["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(out, "w") as packed:
        for inner, content in files.items():
            packed.writestr(inner, content)
    return out


def test_a_damaged_backup_is_refused_and_nothing_is_written(filled: Store, empty: Store, tmp_path: Path) -> None:
    whole = tmp_path / "out.psi"
    back_up(filled, whole, quiet)
    nothing = everything(empty)
    damaged = spoiled(whole, tmp_path / "a.psi", "entries.ndjson", b'"save"', b'"sawe"', keep_sums=True)
    with pytest.raises(Unreadable, match="entries does not match"):
        restore(empty, damaged, quiet)
    forged = spoiled(whole, tmp_path / "b.psi", "entries.ndjson", b'"save"', b'"sawe"', keep_sums=False)
    with pytest.raises(Broken, match="does not verify"):
        restore(empty, forged, quiet)
    (tmp_path / "c.psi").write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(Unreadable):
        restore(empty, tmp_path / "c.psi", quiet)
    newer = spoiled(whole, tmp_path / "d.psi", "manifest.json", b'"revision": "', b'"revision": "9', keep_sums=True)
    with pytest.raises(Unreadable, match="of revision 9"):
        restore(empty, newer, quiet)
    assert everything(empty) == nothing
    restore(empty, whole, quiet)


@pytest.mark.parametrize(
    ("new", "told"), [(b'"color":1,"note":', "does not have the columns"), (b'"note"', "is no row")]
)
def test_rows_that_are_none_of_their_table_are_told(
    new: bytes, told: str, filled: Store, empty: Store, tmp_path: Path
) -> None:
    back_up(filled, tmp_path / "out.psi", quiet)
    odd = spoiled(tmp_path / "out.psi", tmp_path / "e.psi", "entries.ndjson", b'"note":', new, keep_sums=False)
    with pytest.raises(Unreadable, match=f"entries.ndjson, line 1, {told}"):
        restore(empty, odd, quiet)
    assert empty.chain().seq == 0


def test_a_backup_of_any_size_is_restored(
    filled: Store, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(filled, tmp_path / "out.psi", quiet)
    for bound in ("MOST_BYTES", "MOST_TIMES", "ALWAYS_FINE_BYTES"):
        monkeypatch.setattr(f"datapackage.formats.archives.{bound}", 0)
    restore(empty, tmp_path / "out.psi", quiet)
    assert everything(empty) == everything(filled)


def test_others_may_write_while_a_backup_is_made(filled: Store, tmp_path: Path) -> None:
    def meanwhile(what: str, count: int) -> None:
        if what == "backing up bodies" and count == 500:
            change = Change(record_type="organization", record_id="dos-ca", action="save", document=an_organization())
            append(filled, OPERATOR, now, change)

    before = filled.chain()
    for number in range(300):
        change = Change(
            record_type="organization",
            record_id=f"office-{number}",
            action="save",
            document=an_organization(organization_id=f"office-{number}"),
        )
        append(filled, OPERATOR, now, change)
    manifest = back_up(filled, tmp_path / "out.psi", meanwhile)
    assert manifest.seq == before.seq + 300
    assert filled.chain().seq == before.seq + 301
