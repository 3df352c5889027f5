"""Checking a release again: checksums, schemas, foreign keys, and its place in the ledger."""

import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from datapackage.archives import check_path, files_inside, members
from datapackage.descriptor import Facts, descriptor, file_facts
from datapackage.packages import tables_by_name
from datapackage.release_tables import release_tables
from datapackage.sheet_sets import SheetSet
from datapackage.sheets import csv_sheet, read_csv
from datapackage.tables import public, with_children
from inventory.checking import check
from inventory.documents import document, encode
from inventory.errors import Broken, Unreadable
from inventory.fields import Part
from inventory.ledger import digest
from inventory.record_types import INVENTORY, Model, RecordType
from inventory.store import Store

DESCRIPTOR, SUMS = "datapackage.json", "SHA256SUMS"
PAGE = 500


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
    yield from checksum_faults(folder)
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
    yield from _digest_faults(folder, model)
    if store is not None:
        yield from _ledger_faults(facts, folder, store)


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


def checksum_faults(folder: Path) -> Iterator[str]:
    """What differs between a release's files and its list of checksums."""
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


def _digest_faults(folder: Path, model: Model) -> Iterator[str]:
    """Rebuild every record from its rows and compare it with what the ledger committed to."""
    committed = {(row["record_type"], row["record_id"]): row for row in _publications(folder)}
    tables = tables_by_name(model).values()
    files = files_inside(folder)
    sheets = [csv_sheet(files[f"{table.name}.csv"], public(table), f"{table.name}.csv") for table in tables]
    for located in SheetSet(sheets, model):
        kind = model[located.record_type]
        record = check(kind, located.raw).record
        name = f"{kind.name} in row {located.row} of {located.file}"
        if record is None or located.problems:
            yield f"{name} is no record"
            continue
        row = committed.pop((kind.name, kind.record_id_of(record)), None)
        if row is None:
            yield f"{name} has no publication"
        elif not _holds(row, kind, record):
            yield f"{name} is not what the ledger committed to"
    yield from (f"{'/'.join(key)} is published but in no table" for key in committed)


def _holds(row: dict[str, str], kind: RecordType, record: Part) -> bool:
    # What was recorded under an earlier schema version was hashed in that version's shape.
    today = row["schema_version"] == str(kind.schema_version)
    return not today or digest(row["salt"], encode(document(record))) == row["digest"]


def _publications(folder: Path) -> Iterator[dict[str, str]]:
    rows = read_csv(files_inside(folder)["publications.csv"], "publications.csv")
    header = next(rows, (1, ()))[1]
    return (dict(zip(header, row, strict=False)) for _, row in rows)


def _ledger_faults(facts: Facts, folder: Path, store: Store) -> Iterator[str]:
    entry = store.entry_by_link(facts.link)
    if entry is None:
        yield f"the ledger holds no entry with the release's link {facts.link}"
    elif (entry.seq, entry.public_seq) != (facts.seq, facts.public_seq):
        yield f"the release's link is entry {entry.seq} of the ledger, not {facts.seq}"
    publications = _publications(folder)
    while page := list(islice(publications, PAGE)):
        entries = {entry.link: entry for entry in store.entries_at([int(row["public_seq"]) for row in page])}
        for row in page:
            found = entries.get(row["link"])
            if found is None or (found.public_digest, found.record_id) != (row["digest"], row["record_id"]):
                yield f"the ledger knows no publication of {row['record_type']}/{row['record_id']} as in the release"
