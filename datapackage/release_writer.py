"""The tables of a release, from the ledger to CSV and SQLite in one streamed pass."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from datapackage.beside import Publication, code_documents
from datapackage.csv_files import CsvFiles
from datapackage.rows import rows
from datapackage.sqlite_file import SqliteFile
from datapackage.tables import Table, with_children
from inventory.completeness import completeness
from inventory.documents import document
from inventory.fields import Shape
from inventory.ledger import Entry
from inventory.record_types import Document, RecordType
from inventory.store import Store

PAGE = 500
DATABASE = "inventory.db"
Progress = Callable[[str, int], None]


class _Public(Struct, frozen=True):
    """A public record: its document, the entry that published it and the salt of its digest."""

    document: Document
    entry: Entry
    salt: str


def write_tables(
    store: Store, upto: int, folder: Path, mains: Mapping[str, Table], progress: Progress
) -> tuple[str, ...]:
    """Write every table as CSV and all of them as SQLite. Returns which records are left out and why.

    A record that refers to one that is not public is left out, so that every foreign key of a release holds.
    """
    left_out = dangling(store, upto)
    done = 0
    with ExitStack() as stack:
        files = _Files(folder, list(mains.values()), stack)
        for kind in sorted(store.model.values(), key=lambda kind: kind.name):
            in_order = len(kind.shape.key) == 1  # keys of several parts sort otherwise than the ids they make
            publications = []
            for public in _public_records(store, kind, upto):
                if f"{kind.name}/{public.entry.record_id}" in left_out:
                    continue
                files.add(mains[kind.table], public.document)
                if in_order:
                    files.add(mains["publications"], _publication(public))
                else:
                    publications.append(_publication(public))
                if kind.name == "service":
                    files.add(mains["service_completeness"], _completeness(kind, public.document))
                done += 1
                if done % PAGE == 0:
                    progress("writing records", done)
            for publication in sorted(publications, key=lambda known: str(known["record_id"])):
                files.add(mains["publications"], publication)
        for code in code_documents():
            files.add(mains["codes"], code)
    progress("writing records", done)
    return tuple(f"{name}: refers to {', '.join(missing)}" for name, missing in sorted(left_out.items()))


class _Files:
    """The open CSV files and the SQLite file of a release."""

    def __init__(self, folder: Path, mains: list[Table], stack: ExitStack) -> None:
        tables = [table for main in mains for table in with_children(main)]
        self._database = SqliteFile(folder / DATABASE, tables)
        stack.callback(self._database.close)
        self._csv = CsvFiles(folder, tables, stack)

    def add(self, main: Table, item: Document) -> None:
        for table, row in rows(main, item):
            self._csv.add(table, row)
            self._database.add(table, row)


def dangling(store: Store, upto: int) -> dict[str, list[str]]:
    """The records that refer to one that is not public at that position, by name, with what they refer to."""
    public = {name: {i for i, _ in store.public_positions(name, upto)} for name in store.model}
    left_out: dict[str, list[str]] = {}
    while True:
        found = {}
        for kind in store.model.values():
            for known in _public_records(store, kind, upto):
                name = f"{kind.name}/{known.entry.record_id}"
                missing = [
                    f"{to}/{i}" for to, i in references(kind.shape, known.document) if i not in public.get(to, ())
                ]
                if missing and name not in left_out:
                    found[name] = missing
        if not found:
            return left_out
        left_out |= found
        for name in found:
            kind_name, _, record_id = name.partition("/")
            public[kind_name].discard(record_id)


def references(read: Shape, item: Document) -> Iterator[tuple[str, str]]:
    """The records a document refers to: type and id."""
    for field in read.fields:
        value: Any = item.get(field.name)
        if value is None or not (field.references or field.part):
            continue
        for inner in value if field.many else (value,):
            if field.references:
                yield field.references, inner
            elif field.part is not None:
                yield from references(field.part, inner)


def _public_records(store: Store, kind: RecordType, upto: int) -> Iterator[_Public]:
    positions = store.public_positions(kind.name, upto)
    for start in range(0, len(positions), PAGE):
        numbers = [number for _, number in positions[start : start + PAGE]]
        entries = {entry.public_seq: entry for entry in store.entries_at(numbers)}
        bodies = store.bodies([(kind.name, entry.record_id, entry.version) for entry in entries.values()])
        for number in numbers:
            entry = entries[number]
            body = bodies[kind.name, entry.record_id, entry.version]
            if body["public_body"] is not None:
                known = kind.upcast(msgspec.json.decode(body["public_body"]), body["schema_version"])
                yield _Public(known, entry, body["public_salt"])


def _publication(public: _Public) -> Document:
    entry = public.entry
    assert entry.public_seq is not None
    return document(
        Publication(
            record_type=entry.record_type,
            record_id=entry.record_id,
            state=entry.state,
            version=entry.version,
            public_seq=entry.public_seq,
            seq=entry.seq,
            recorded_at=entry.recorded_at,
            schema_version=entry.schema_version,
            digest=entry.public_digest,
            salt=public.salt,
            link=entry.link,
        )
    )


def _completeness(kind: RecordType, item: Document) -> Document:
    service = msgspec.convert(item, kind.struct)
    return {"service_id": item["service_id"], "completeness": completeness(service)}  # type: ignore[arg-type]
