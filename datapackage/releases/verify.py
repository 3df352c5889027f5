"""Verification of a release: checksums, schemas, foreign keys, and its position in the ledger.

A release may be untrusted: every defect is a fault to report, and none of its references is followed.
"""

import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from datapackage.formats.archives import files_inside, unpack
from datapackage.formats.json_files import decode
from datapackage.packages.derived_tables import release_tables
from datapackage.packages.descriptor import DESCRIPTOR, Facts, descriptor, file_facts
from datapackage.packages.reader import tables_by_name
from datapackage.releases.checksums import checksum_faults
from datapackage.releases.declared_schema import DeclaredTable, declared_tables
from datapackage.releases.verify_copies import copy_faults
from datapackage.releases.verify_ledger import knows, ledger_faults, of_other_schemas, publications
from datapackage.sheets.sheet import csv_grid, csv_sheet
from datapackage.sheets.sheet_set import SheetSet
from datapackage.tables.projection import Table, public, with_children
from inventory.errors import Broken, Unreadable
from inventory.ledger.chain import digest
from inventory.ledger.store import Store
from inventory.records.documents import document, encode
from inventory.records.registry import INVENTORY, Model
from inventory.validation.check import check

ALWAYS = frozenset({"organizations", "services", "publications", "codes"})  # the tables of every release ever made

SHOWN = 5  # faults listed for a release that fails the gate


class Verification(Struct, frozen=True):
    """The faults of a release, and whether its position in a ledger was compared.

    not_compared: the records whose content could not be compared with the ledger's digests.
    """

    faults: list[str]
    compared: bool = False
    not_compared: list[str] = []


def verify(source: Path, model: Model = INVENTORY, store: Store | None = None) -> list[str]:
    """Return every fault of a release given as a directory or zip; an empty list means it is valid.

    With a store, its ledger must know the release. Raises Unreadable if there is no such file or directory.
    """
    return examine(source, model, store).faults


def examine(
    source: Path, model: Model = INVENTORY, store: Store | None = None, must_be_known: bool = True
) -> Verification:
    """Verify a release, and return also whether the ledger was compared.

    must_be_known: a ledger that does not know the release is a fault; otherwise it is not compared.
    """
    if source.is_dir():
        return _examined(source, model, store, must_be_known)
    if not source.is_file():
        raise Unreadable(f"There is no file or directory {source}")
    with tempfile.TemporaryDirectory() as folder:
        try:
            unpack(source, Path(folder))
        except Unreadable as fault:
            return Verification([str(fault)])
        return _examined(Path(folder), model, store, must_be_known)


def certify(written: Path, model: Model) -> None:
    """Raise Broken with every fault, unless the files are exactly those of these record types.

    It is the gate of releases.
    """
    package = _read_package(written)
    tables = _tables(model)
    ours = _described(written, _facts(package), tables)
    faults = [*checksum_faults(written), *_descriptor_faults(package, ours)]
    faults += _table_faults(written, ours)
    faults += _digest_faults(written, model, {table.name for table in tables})
    if faults:
        more = f" and {len(faults) - SHOWN:,} more" if len(faults) > SHOWN else ""
        raise Broken("The release does not pass its own checks: " + "; ".join(faults[:SHOWN]) + more)


def _examined(folder: Path, model: Model, store: Store | None, must_be_known: bool) -> Verification:
    faults, compared = list(checksum_faults(folder)), False
    not_compared: list[str] = []
    try:
        package = _read_package(folder)
        facts, tables = _facts(package), declared_tables(package)
        if unusable := list(_header_faults(folder, tables)):
            return Verification(faults + unusable)
        if {table.name: table.columns for table in tables} == {t.name: _header(t) for t in _tables(model)}:
            faults += _descriptor_faults(package, _described(folder, facts, _tables(model)))
        faults += _content_faults(folder, tables, model)
        not_compared = of_other_schemas(folder, model)
        compared = store is not None and (must_be_known or knows(store, facts, folder))
        if store is not None and compared:
            faults += ledger_faults(facts, folder, store)
    except Unreadable as fault:
        return Verification([*faults, str(fault)])
    return Verification(faults, compared, not_compared)


def _tables(model: Model) -> list[Table]:
    return [table for main in release_tables(model).values() for table in with_children(main)]


def _header(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def _described(folder: Path, facts: Facts, tables: Sequence[Table]) -> dict[str, Any]:
    return descriptor(facts, tables, {f"{t.name}.csv": file_facts(folder / f"{t.name}.csv") for t in tables})


def _descriptor_faults(package: Any, ours: dict[str, Any]) -> Iterator[str]:
    if package != msgspec.json.decode(msgspec.json.encode(ours)):
        yield f"{DESCRIPTOR} is not what the tables and record types give"


def _read_package(folder: Path) -> Any:
    if not (folder / DESCRIPTOR).is_file():
        raise Unreadable(f"This is no release: it holds no {DESCRIPTOR}")
    return decode((folder / DESCRIPTOR).read_bytes(), DESCRIPTOR)


def _facts(package: Any) -> Facts:
    message = f"{DESCRIPTOR} does not say which release this is and where it stands in the ledger"
    try:
        given = {"release_id": package["version"], "recorded_at": package["created"], **package["ledger"]}
        facts = msgspec.convert(given, Facts)
    except (KeyError, TypeError, msgspec.ValidationError) as fault:
        raise Unreadable(message) from fault
    if not re.fullmatch("[0-9a-f]{64}", facts.link):
        raise Unreadable(message)
    return facts


def _content_faults(folder: Path, tables: Sequence[DeclaredTable], model: Model) -> Iterator[str]:
    resources = [table.resource(file_facts(folder / table.path)) for table in tables]
    yield from _table_faults(folder, {"name": "release", "resources": resources})
    yield from copy_faults(folder, tables)
    yield from _digest_faults(folder, model, {table.name for table in tables})


def _header_faults(folder: Path, tables: Sequence[DeclaredTable]) -> Iterator[str]:
    """Yield the faults that make tables unreadable."""
    files = files_inside(folder)
    declared = {table.name for table in tables}
    yield from (f"{DESCRIPTOR} declares no table {name}" for name in sorted(ALWAYS - declared))
    for table in tables:
        if table.path not in files:
            yield f"{table.path} is missing"
            continue
        try:
            header = csv_grid(files[table.path], table.path).header
        except Unreadable as fault:
            yield str(fault)
            continue
        if header != table.columns:
            yield f"{table.path} does not have the columns declared: {', '.join(table.columns)}"


def _table_faults(folder: Path, ours: dict[str, object]) -> Iterator[str]:
    # Frictionless would fetch remote files of an untrusted descriptor, so it only sees ours, over local files.
    from frictionless import Package

    report = Package.from_descriptor(ours, basepath=str(folder)).validate()
    yield from (f"{DESCRIPTOR}: {error.message}" for error in report.errors)
    yield from (f"{DESCRIPTOR}: {warning}" for warning in report.warnings)
    for task in report.tasks:
        yield from (f"{task.name}: {warning}" for warning in task.warnings)
        for error in task.errors:
            yield f"{task.name}: {error.message}"


def _digest_faults(folder: Path, model: Model, held: Collection[str]) -> Iterator[str]:
    """Rebuild every record from its rows and compare it with the ledger's digest.

    held: the tables of the release. It has no tables of record types added later.
    """
    committed = {(row.record_type, row.record_id): row for row in publications(folder)}
    tables = [table for name, table in tables_by_name(model).items() if name in held]
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
        elif row.schema_version > kind.schema_version:
            yield f"{name} is of schema version {row.schema_version}; the newest known here is {kind.schema_version}"
        elif row.schema_version == kind.schema_version and digest(row.salt, encode(document(record))) != row.digest:
            yield f"{name} is not what the ledger committed to"
    yield from (f"{'/'.join(key)} is published but in no table" for key in committed if key[0] in model)
