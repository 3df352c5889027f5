"""Exports of all stored records, drafts and private fields included, in formats that load again; and templates."""

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from datapackage.exports.quarters_due import to_fill_in
from datapackage.exports.xlsx_writer import Contents, write_workbook
from datapackage.formats.archives import check_target, pack
from datapackage.formats.atomic_files import NEW, replacing
from datapackage.formats.csv_writer import CsvFiles
from datapackage.packages.descriptor import DESCRIPTOR, export_descriptor, file_facts
from datapackage.tables.projection import record_tables
from datapackage.tables.rows import rows
from inventory.access.records import seen_page
from inventory.calendar.fiscal import Period
from inventory.errors import NotFound, Unreadable
from inventory.ledger.store import Store
from inventory.records.documents import encode
from inventory.records.lifecycle import Actor
from inventory.records.registry import Document, RecordType

Progress = Callable[[str, int], None]
FORMS = (".ndjson", ".xlsx", ".zip")


def export(store: Store, out: Path, organization_id: str | None, progress: Progress) -> int:
    """Write every record, or those of an organization and all below it, and return how many.

    The suffix sets the format: NDJSON, a workbook, or a data package as zip. Raises Unreadable for another suffix,
    NotFound for an unknown organization.
    """
    if out.suffix not in FORMS:
        raise Unreadable(f"{out.name} does not end in one of {', '.join(FORMS)}")
    check_target(out)
    chosen = _Chosen(store, below(store, organization_id), progress)
    {".ndjson": _ndjson, ".xlsx": _workbook, ".zip": _package}[out.suffix](chosen, out)
    return chosen.count


def template(store: Store, out: Path, record_type: str, organization_id: str | None, actor: Actor) -> int:
    """Write a workbook template for one record type with the stored records, and return how many records it holds.

    actor: the user of the template, who may refer to visible records. Raises Unreadable if the name is not that of a
    workbook, NotFound for an unknown organization.
    """
    check_workbook(out)
    chosen = _Chosen(store, below(store, organization_id), lambda what, count: None)
    kind = store.model[record_type]
    main = record_tables(kind, store.model)[0]
    wanted = chosen.documents(record_type) if organization_id else iter(())
    contents = Contents(
        title=f"Public Services Inventory: {kind.table}",
        mains=[main],
        documents={main.name: wanted},
        choices=_choices(store, kind.name, actor),
    )
    write_workbook(out, contents)
    return chosen.count


def quarter_template(store: Store, out: Path, organization_id: str | None, quarter: Period) -> int:
    """Write a workbook template for a quarter of feedback on an organization's designated services, and return its
    quarters.

    Stored drafts are included. Raises Unreadable if the name is not that of a workbook; NotFound for an unknown
    organization, and if there is nothing to fill in.
    """
    check_workbook(out)
    found = to_fill_in(store, below(store, organization_id), quarter)
    main = record_tables(store.model["feedback"], store.model)[0]
    contents = Contents(
        title=f"Public Services Inventory: feedback of {quarter}",
        mains=[main],
        documents={main.name: found.documents},
        choices=found.choices,
        protected=True,
    )
    write_workbook(out, contents)
    return len(found.documents)


def check_workbook(out: Path) -> None:
    """Raise Unreadable if a workbook cannot be written to a file of that name."""
    if out.suffix != ".xlsx":
        raise Unreadable(f"{out.name} does not end in .xlsx")
    check_target(out)


def below(store: Store, organization_id: str | None) -> set[str] | None:
    """Return an organization and all below it; None means every one. Raises NotFound."""
    if organization_id is None:
        return None
    if not store.head("organization", organization_id).version:
        raise NotFound(f"There is no organization {organization_id}")
    parents = {head.record_id: head.parent_id for head, _ in store.all_documents("organization")}
    found, size = {organization_id}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


class _Chosen:
    """The documents of some organizations, counted as they are read."""

    def __init__(self, store: Store, organizations: Collection[str] | None, progress: Progress) -> None:
        self.store, self.count = store, 0
        self._organizations, self._progress = organizations, progress

    def documents(self, record_type: str) -> Iterator[Document]:
        """Yield documents of one type, in order of id, in every state but withdrawn."""
        for head, document in self.store.all_documents(record_type):
            if head.state in self.store.model[record_type].withdrawn_states:
                continue
            if self._organizations is None or head.organization_id in self._organizations:
                self.count += 1
                if self.count % 500 == 0:
                    self._progress("exporting", self.count)
                yield document


def _ndjson(chosen: _Chosen, out: Path) -> None:
    with replacing(out, private=True) as new, new.open("wb") as file:
        for name in chosen.store.model:
            for document in chosen.documents(name):
                file.write(encode(document) + b"\n")


def _workbook(chosen: _Chosen, out: Path) -> None:
    model = chosen.store.model
    mains = {kind.name: record_tables(kind, model)[0] for kind in model.values()}
    contents = Contents(
        title="Public Services Inventory",
        mains=list(mains.values()),
        documents={main.name: chosen.documents(name) for name, main in mains.items()},
        choices={},
    )
    write_workbook(out, contents)


def _package(chosen: _Chosen, out: Path) -> None:
    model = chosen.store.model
    tables = [table for kind in model.values() for table in record_tables(kind, model)]
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=NEW) as new:
        folder = Path(new) / "files"
        folder.mkdir()
        with ExitStack() as stack:
            files = CsvFiles(folder, tables, stack)
            for kind in model.values():
                main = record_tables(kind, model)[0]
                for document in chosen.documents(kind.name):
                    for table, row in rows(main, document):
                        files.add(table, row)
        facts = {f"{table.name}.csv": file_facts(folder / f"{table.name}.csv") for table in tables}
        package = msgspec.json.encode(export_descriptor(tables, facts))
        (folder / DESCRIPTOR).write_bytes(msgspec.json.format(package, indent=2) + b"\n")
        with replacing(out, private=True) as archive:
            pack(folder, archive)


def _choices(store: Store, record_type: str, actor: Actor) -> dict[str, list[str]]:
    """Return the ids that records of a type may refer to, by the referenced type, without those of its own type."""
    kind = store.model[record_type]
    wanted = {c.field.references for t in record_tables(kind, store.model) for c in t.columns} - {None, record_type}
    return {name: _ids(store, other, actor) for name, other in store.model.items() if name in wanted}


def _ids(store: Store, kind: RecordType, actor: Actor) -> list[str]:
    ids: list[str] = []
    while page := seen_page(store, actor, kind, kind.listed_states, ids[-1] if ids else ""):
        ids += [shown.record_id for shown in page]
    return ids
