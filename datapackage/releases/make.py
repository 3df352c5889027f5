"""A release: a dated, permanent data package of everything public at one ledger position."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from datapackage.formats.archives import pack
from datapackage.formats.atomic_files import NEW, replacing, sync, sync_all
from datapackage.formats.parquet import write_parquet
from datapackage.packages.derived_tables import release_tables
from datapackage.packages.descriptor import DESCRIPTOR, Facts, descriptor, facts_of, file_facts
from datapackage.packages.sample_note import illustrative_note
from datapackage.releases.checksums import archive_faults, checksum_faults, write_sums
from datapackage.releases.directory import archive, directory, held, release_ids, set_current, sum_file
from datapackage.releases.verify import certify
from datapackage.releases.write_tables import DATABASE, write_tables
from datapackage.tables.projection import with_children
from inventory.errors import NotFound
from inventory.ledger.store import Store
from inventory.records.registry import Model

Progress = Callable[[str, int], None]
"""Called with what is being done and how many are done so far."""
Gate = Callable[[Path, Model], None]


class Release(Struct, frozen=True, kw_only=True):
    """A release: its id, where it lies, and what it could not hold and why (known only when it is made)."""

    release_id: str
    path: Path
    archive: Path
    made: bool
    left_out: tuple[str, ...] = ()


def make_release(store: Store, home: Path, progress: Progress, gate: Gate = certify) -> Release:
    """Write, certify and announce a release of everything public; where nothing changed, return the one that is there.

    A release that is there and damaged is written again; where its folder is whole, its zip is packed again from that.
    Older releases that have lost their zip get one, too.

    gate: raises Broken unless the files in that folder may be announced. Raises NotFound where nothing is public, and
    whatever the gate raises.
    """
    _facts(store)  # where nothing is public there is no shelf either
    with held(home):
        facts = _facts(store)
        path, packed = directory(home, facts.release_id), archive(home, facts.release_id)
        left_out: tuple[str, ...] = ()
        if made := not path.is_dir() or any(checksum_faults(path)):
            left_out = _put(store, facts, home, progress, gate)
        elif made := any(archive_faults(home, facts.release_id)):
            _pack(path, packed)
        set_current(home, facts.release_id)
        _pack_missing(home)
    return Release(release_id=facts.release_id, path=path, archive=packed, made=made, left_out=left_out)


def _put(store: Store, facts: Facts, home: Path, progress: Progress, gate: Gate) -> tuple[str, ...]:
    """Write a release, and put it on the shelf once all of it is on disk."""
    path = directory(home, facts.release_id)
    with tempfile.TemporaryDirectory(dir=home, prefix=NEW) as new:
        files = Path(new) / "files"
        left_out = _write(store, facts, files, progress, gate)
        sync_all(files)
        _pack(files, archive(home, facts.release_id))
        if path.is_dir():
            path.rename(Path(new) / "damaged")
        files.rename(path)
        sync(home)
    return left_out


def _pack_missing(home: Path) -> None:
    """Pack older releases again that have lost their zip."""
    for release_id in release_ids(home):
        files, zipped = directory(home, release_id), archive(home, release_id)
        if not zipped.is_file() and not any(checksum_faults(files)):
            _pack(files, zipped)


def _pack(files: Path, zipped: Path) -> None:
    """Write the zip of a release, and its checksum."""
    with replacing(zipped) as packed:
        pack(files, packed)
    with replacing(sum_file(zipped)) as sums:
        sums.write_text(f"{file_facts(zipped).sha256}  {zipped.name}\n", "utf-8")


def _facts(store: Store) -> Facts:
    position = store.chain().public_seq
    if not position:
        raise NotFound("There is nothing public to release yet")
    return facts_of(store.entries_at([position])[0])


def _write(store: Store, facts: Facts, written: Path, progress: Progress, gate: Gate) -> tuple[str, ...]:
    written.mkdir()
    mains = release_tables(store.model)
    left_out = write_tables(store, facts.public_seq, written, mains, progress)
    tables = [table for main in mains.values() for table in with_children(main)]
    for done, table in enumerate(tables, start=1):
        write_parquet(table, written / f"{table.name}.csv", written / "parquet" / f"{table.name}.parquet")
        progress("writing Parquet", done)
    sizes = {f"{table.name}.csv": file_facts(written / f"{table.name}.csv") for table in tables}
    package = msgspec.json.encode(descriptor(facts, tables, sizes))
    (written / DESCRIPTOR).write_bytes(msgspec.json.format(package, indent=2) + b"\n")
    note = illustrative_note(written / DATABASE)
    (written / "README.md").write_text(_readme(facts, store.model, left_out, note), "utf-8")
    write_sums(written)
    progress("certifying", len(tables))
    gate(written, store.model)
    return left_out


def _readme(facts: Facts, model: Model, left_out: tuple[str, ...], note: str | None) -> str:
    kinds = "\n".join(f"- `{kind.table}.csv`: {kind.shape.description}" for kind in model.values())
    text = README.format(facts=facts, kinds=kinds, note=f"\n**{note}**\n" if note else "")
    if left_out:
        text += "\nLeft out, since what they refer to is not public:\n\n" + "".join(f"- {why}\n" for why in left_out)
    return text


README = """# Public Services Inventory, release {facts.release_id}

Everything public up to public entry {facts.public_seq} of the ledger (entry {facts.seq}, link
`{facts.link}`), recorded at {facts.recorded_at}.
{note}
Main tables:

{kinds}

Every table, field and code is described in `datapackage.json` (Data Package v2). `inventory.db` holds the same tables
as one SQLite file, `parquet/` as Parquet. `SHA256SUMS` lists every file; `psi verify` checks all of it.

To cite: Public Services Inventory, release {facts.release_id}. Licence: CC0 1.0.
"""
