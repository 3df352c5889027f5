"""Backups: everything stored at one moment, in one file that restores into either engine, byte for byte."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, LargeBinary, Table, delete, func, insert, select

from datapackage.formats.archives import DAMAGED
from datapackage.formats.atomic_files import replacing
from inventory.errors import Broken, NotAllowed, Unreadable
from inventory.ledger.store import Store
from inventory.ledger.transactions import writing
from inventory.ledger.verify import walk
from inventory.storage.engines import snapshot
from inventory.storage.migrate import NEWEST
from inventory.storage.tables import CHAIN, METADATA

Progress = Callable[[str, int], None]
MANIFEST = "manifest.json"
FORM = 1
PAGE = 500


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The manifest of a backup: the ledger's position, and by table the number of rows and the SHA-256 of its lines."""

    form: int
    revision: str
    seq: int
    link: str
    rows: dict[str, int]
    sha256: dict[str, str]


def back_up(store: Store, out: Path, progress: Progress) -> Manifest:
    """Write a backup of one moment. Later writes are not in it. Raises Unreadable if it cannot be written."""
    rows, sums = {}, {}
    with (
        replacing(out, private=True) as new,
        snapshot(store.engine) as connection,
        zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for table in METADATA.sorted_tables:
            digest, count = hashlib.sha256(), 0
            with packed.open(f"{table.name}.ndjson", "w", force_zip64=True) as file:
                for row in connection.execution_options(yield_per=PAGE).execute(select(table)).mappings():
                    line = msgspec.json.encode(dict(row)) + b"\n"
                    digest.update(line)
                    file.write(line)
                    count += 1
                    if count % PAGE == 0:
                        progress(f"backing up {table.name}", count)
            rows[table.name], sums[table.name] = count, digest.hexdigest()
        seq, link = connection.execute(select(CHAIN.c.seq, CHAIN.c.link)).one()
        manifest = Manifest(form=FORM, revision=NEWEST, seq=seq, link=link, rows=rows, sha256=sums)
        packed.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    return manifest


def restore(store: Store, source: Path, progress: Progress) -> Manifest:
    """Fill an empty store from a backup in one transaction, and verify the ledger before the commit.

    Raises NotAllowed if the store is not empty, Unreadable if the file is not a complete backup, Broken if its
    ledger does not verify. Then nothing is changed.
    """
    with _opened(source) as packed:
        manifest = _checked(source.name, packed)
        with writing(store.engine) as (connection, chain):
            if chain.seq or any(_count(connection, table) for table in METADATA.sorted_tables if table is not CHAIN):
                raise NotAllowed("The store is not empty; restore into a new one")
            connection.execute(delete(CHAIN))
            for table in METADATA.sorted_tables:
                _fill(connection, table, packed, progress)
            faults = list(islice(walk(lambda: nullcontext(connection), store.model, progress), 5))
            if faults:
                raise Broken("The backup does not verify: " + "; ".join(str(fault) for fault in faults))
    return manifest


def _opened(source: Path) -> zipfile.ZipFile:
    # No size limit: the file is the operator's own, and is read page by page.
    try:
        return zipfile.ZipFile(source)
    except DAMAGED as fault:
        raise Unreadable(f"{source.name} is not a zip file") from fault


def _checked(name: str, packed: zipfile.ZipFile) -> Manifest:
    try:
        manifest = msgspec.json.decode(packed.read(MANIFEST), type=Manifest)
        for table, expected in manifest.sha256.items():
            with packed.open(f"{table}.ndjson") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != expected:  # type: ignore[arg-type]
                    raise Unreadable(f"{name} is damaged: {table} does not match its checksum")
    except (KeyError, msgspec.MsgspecError, zipfile.BadZipFile, EOFError, OSError) as fault:
        raise Unreadable(f"{name} is no whole backup: {fault}") from fault
    if manifest.form != FORM or manifest.revision != NEWEST:
        raise Unreadable(
            f"{name} is of revision {manifest.revision}, this software works with {NEWEST}; "
            "restore it with the version that made it, then upgrade"
        )
    if missing := {table.name for table in METADATA.sorted_tables} - manifest.sha256.keys():
        raise Unreadable(f"{name} lacks {', '.join(sorted(missing))}")
    return manifest


def _fill(connection: Connection, table: Table, packed: zipfile.ZipFile, progress: Progress) -> None:
    count = 0
    with packed.open(f"{table.name}.ndjson") as file:
        rows = _rows(file, table)
        while page := list(islice(rows, PAGE)):
            connection.execute(insert(table), page)
            count += len(page)
            progress(f"restoring {table.name}", count)


def _rows(file: IO[bytes], table: Table) -> Iterator[dict[str, Any]]:
    binary = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
    for number, line in enumerate(file, start=1):
        try:
            row = msgspec.json.decode(line, type=dict[str, Any])
            values = {name: row[name] and msgspec.convert(row[name], bytes) for name in binary}
        except (KeyError, msgspec.MsgspecError) as fault:
            raise Unreadable(f"{table.name}.ndjson, line {number}, is no row of the table: {fault}") from fault
        if row.keys() != set(table.columns.keys()):
            raise Unreadable(f"{table.name}.ndjson, line {number}, does not have the columns of the table")
        yield {**row, **values}


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
