"""The tables of a release, written from the ledger to CSV and SQLite in one streamed pass."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

from datapackage.formats.csv_writer import CsvFiles
from datapackage.formats.sqlite_writer import SqliteFile, views
from datapackage.packages.derived_tables import Beside, beside
from datapackage.packages.public_records import PublicRecord, PublicRecords
from datapackage.tables.projection import Table, with_children
from datapackage.tables.rows import rows
from inventory.ledger.store import Store
from inventory.records.registry import Document, Model, RecordType
from inventory.schema.fields import shape

PAGE = 500
DATABASE = "inventory.db"
Progress = Callable[[str, int], None]


def write_tables(
    store: Store, upto: int, folder: Path, mains: Mapping[str, Table], progress: Progress
) -> tuple[str, ...]:
    """Write every table as CSV and all of them as SQLite. Return the omitted records with the reasons.

    A record that refers to one that is not public is omitted, so that every foreign key of a release is valid. Such
    records are rare, so the tables are written first, and again without them if one is found.
    """
    public = PublicRecords(store, upto)
    try:
        _write(store.model, public, folder, mains, progress)
        return ()
    except _Dangling:
        (folder / DATABASE).unlink()
        left_out = public.leave_out_dangling()
        _write(store.model, public, folder, mains, progress)
        return tuple(f"{name}: refers to {', '.join(missing)}" for name, missing in sorted(left_out.items()))


def _write(model: Model, public: PublicRecords, folder: Path, mains: Mapping[str, Table], progress: Progress) -> None:
    reporter = _ProgressReporter(progress)
    with ExitStack() as stack:
        files = _Files(folder, mains, model, stack)
        for kind in sorted(model.values(), key=lambda kind: kind.name):
            _write_kind(files, model, kind, reporter.of(_sound(public, kind)))
        for table in beside(model):
            for item in chain(table.gathered(public), table.standing()):
                files.add(table.name, item)
    reporter.report()


def _write_kind(files: "_Files", model: Model, kind: RecordType, records: Iterator[PublicRecord]) -> None:
    """Write the records of a type, and the derived items made from them."""
    made = [table for table in beside(model) if table.of in (None, kind.name)]
    held: dict[str, list[Document]] = {table.name: [] for table in made if not _in_order(table, kind)}
    for record in records:
        files.add(kind.table, record.document)
        for table in made:
            for item in table.made(record):
                if table.name in held:
                    held[table.name].append(item)
                else:
                    files.add(table.name, item)
    for name, items in held.items():
        for item in sorted(items, key=lambda item: files.key(name, item)):
            files.add(name, item)


def _in_order(table: Beside, kind: RecordType) -> bool:
    """Return whether items made from records in order are in the order of their table.

    Ids of several parts sort differently.
    """
    own = [field.name for field in kind.shape.key]
    return len(own) == 1 or [field.name for field in shape(table.struct).key][: len(own)] == own


def _sound(public: PublicRecords, kind: RecordType) -> Iterator[PublicRecord]:
    for record in public.of(kind):
        if public.missing(kind, record):
            raise _Dangling
        yield record


class _Dangling(Exception):
    """A reference to a record that is not public."""


class _ProgressReporter:
    """A reporter of progress, page by page."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._done = progress, 0

    def of(self, records: Iterator[PublicRecord]) -> Iterator[PublicRecord]:
        for record in records:
            yield record
            self._done += 1
            if self._done % PAGE == 0:
                self.report()

    def report(self) -> None:
        self._progress("writing records", self._done)


class _Files:
    """The open CSV files and the SQLite file of a release."""

    def __init__(self, folder: Path, mains: Mapping[str, Table], model: Model, stack: ExitStack) -> None:
        self._mains = mains
        tables = [table for main in mains.values() for table in with_children(main)]
        self._database = SqliteFile(folder / DATABASE, tables, views(model))
        stack.callback(self._database.close)
        self._csv = CsvFiles(folder, tables, stack)

    def add(self, name: str, item: Document) -> None:
        for table, row in rows(self._mains[name], item):
            self._csv.add(table, row)
            self._database.add(table, row)

    def key(self, name: str, item: Document) -> list[Any]:
        return [item[column] for column in self._mains[name].key]
