"""The tables of a release, from the ledger to CSV and SQLite in one streamed pass."""

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
    """Write every table as CSV and all of them as SQLite. Returns which records are left out and why.

    A record that refers to one that is not public is left out, so that every foreign key of a release holds. There is
    seldom one, so the tables are written at once, and again without those where one turns up.
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
    told = _Told(progress)
    with ExitStack() as stack:
        files = _Files(folder, mains, model, stack)
        for kind in sorted(model.values(), key=lambda kind: kind.name):
            _write_kind(files, model, kind, told.of(_sound(public, kind)))
        for table in beside(model):
            for item in chain(table.gathered(public), table.standing()):
                files.add(table.name, item)
    told.tell()


def _write_kind(files: "_Files", model: Model, kind: RecordType, records: Iterator[PublicRecord]) -> None:
    """The records of a type, and what is made of them beside them."""
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
    """Whether what is made of records in their order is in the table's: ids of several parts sort otherwise."""
    own = [field.name for field in kind.shape.key]
    return len(own) == 1 or [field.name for field in shape(table.struct).key][: len(own)] == own


def _sound(public: PublicRecords, kind: RecordType) -> Iterator[PublicRecord]:
    for record in public.of(kind):
        if public.missing(kind, record):
            raise _Dangling
        yield record


class _Dangling(Exception):
    """A record refers to one that is not public."""


class _Told:
    """Tells of progress, page by page."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._done = progress, 0

    def of(self, records: Iterator[PublicRecord]) -> Iterator[PublicRecord]:
        for record in records:
            yield record
            self._done += 1
            if self._done % PAGE == 0:
                self.tell()

    def tell(self) -> None:
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
