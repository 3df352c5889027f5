"""Checking a release again: checksums, schemas, foreign keys, and its place in the ledger."""

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from datapackage.archives import check_path, members
from datapackage.descriptor import Facts, descriptor, file_facts
from datapackage.release_tables import release_tables
from datapackage.tables import with_children
from inventory.errors import Broken, Unreadable
from inventory.record_types import INVENTORY, Model
from inventory.store import Store

DESCRIPTOR, SUMS = "datapackage.json", "SHA256SUMS"


def verify(source: Path, model: Model = INVENTORY, store: Store | None = None) -> list[str]:
    """Every fault of a release given as a directory or zip; an empty list means it holds.

    With a store the release's position and link are looked up in its ledger. Raises Unreadable where it is no release.
    """
    if source.is_dir():
        return list(_faults(source, model, store))
    with tempfile.TemporaryDirectory() as folder:
        unpack(source, Path(folder))
        return list(_faults(Path(folder), model, store))


def certify(written: Path, model: Model) -> None:
    """The gate of releases: raise Broken, naming every fault, unless the files pass."""
    faults = list(_faults(written, model, None))
    if faults:
        raise Broken("The release does not pass its own checks: " + "; ".join(faults))


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip that may come from a stranger. Raises Unreadable for paths that lead out and for too much."""
    for info in members(archive):
        check_path(archive.name, info.filename)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)


def _faults(folder: Path, model: Model, store: Store | None) -> Iterator[str]:
    facts = _read_facts(folder)
    yield from _checksum_faults(folder)
    mains = release_tables(model)
    tables = [table for main in mains.values() for table in with_children(main)]
    missing = [f"{table.name}.csv" for table in tables if not (folder / f"{table.name}.csv").is_file()]
    if missing:
        yield f"missing: {', '.join(missing)}"
        return
    sizes = {f"{table.name}.csv": file_facts(folder / f"{table.name}.csv") for table in tables}
    ours = descriptor(facts, tables, sizes)
    if msgspec.json.decode((folder / DESCRIPTOR).read_bytes()) != msgspec.json.decode(msgspec.json.encode(ours)):
        yield f"{DESCRIPTOR} is not what the tables and record types give"
    yield from _table_faults(folder, ours)
    if store is not None:
        yield from _ledger_faults(facts, store)


def _read_facts(folder: Path) -> Facts:
    try:
        package = msgspec.json.decode((folder / DESCRIPTOR).read_bytes())
        ledger = package["ledger"]
        given = {"release_id": package["version"], "recorded_at": package["created"], **ledger}
        return msgspec.convert(given, Facts)
    except (OSError, KeyError, TypeError, msgspec.MsgspecError) as fault:
        raise Unreadable(
            f"{folder.name} is not a release: no readable {DESCRIPTOR} with its ledger position"
        ) from fault


def _checksum_faults(folder: Path) -> Iterator[str]:
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except OSError:
        yield f"{SUMS} is missing"
        return
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {SUMS}
    yield from (f"{name} is listed in {SUMS} but missing" for name in sorted(listed.keys() - present))
    yield from (f"{name} is not listed in {SUMS}" for name in sorted(present - listed.keys()))
    for name in sorted(present & listed.keys()):
        if file_facts(folder / name).sha256 != listed[name]:
            yield f"{name} does not match its checksum"


def _table_faults(folder: Path, ours: dict[str, object]) -> Iterator[str]:
    # Frictionless would fetch what a stranger's descriptor points to, so it only ever sees ours, over local files.
    from frictionless import Package

    report = Package.from_descriptor(ours, basepath=str(folder)).validate()
    yield from (f"{DESCRIPTOR}: {error.message}" for error in report.errors)
    yield from (f"{DESCRIPTOR}: {warning}" for warning in report.warnings)
    for task in report.tasks:
        yield from (f"{task.name}: {warning}" for warning in task.warnings)
        for error in task.errors:
            yield f"{task.name}: {error.message}"


def _ledger_faults(facts: Facts, store: Store) -> Iterator[str]:
    entry = store.entry_by_link(facts.link)
    if entry is None:
        yield f"the ledger holds no entry with the release's link {facts.link}"
    elif (entry.seq, entry.public_seq) != (facts.seq, facts.public_seq):
        yield f"the release's link is entry {entry.seq} of the ledger, not {facts.seq}"
