"""Comparison of a release's publications with the ledger."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from datapackage.formats.archives import files_inside
from datapackage.packages.derived_tables import Publication, publication
from datapackage.packages.descriptor import Facts, facts_of
from datapackage.packages.public_records import PublicRecords
from datapackage.sheets.columns import Layout
from datapackage.sheets.sheet import csv_sheet
from datapackage.tables.projection import main_table
from inventory.ledger.heads import PAGE
from inventory.ledger.store import Store
from inventory.records.registry import Model


def publications(folder: Path) -> Iterator[Publication]:
    """Yield the readable publications of a release. Schema faults report the others."""
    name = "publications.csv"
    sheet = csv_sheet(files_inside(folder)[name], main_table(Publication, "publications", {}), name)
    layout = Layout(sheet)
    for _, row in sheet.read():
        try:
            yield msgspec.convert(layout.item(row), Publication)
        except msgspec.ValidationError:
            continue


def of_other_schemas(folder: Path, model: Model) -> list[str]:
    """Return the records that cannot be compared, because they were hashed in an earlier schema version."""
    rows = (row for row in publications(folder) if row.record_type in model)
    earlier = Counter(
        (row.record_type, row.schema_version)
        for row in rows
        if row.schema_version < model[row.record_type].schema_version
    )
    return [
        f"{count:,} of type {name}, recorded under schema version {version}"
        for (name, version), count in sorted(earlier.items())
    ]


def knows(store: Store, facts: Facts, folder: Path) -> bool:
    """Return whether a ledger holds the release's last entry or any of its publications.

    Different ledgers share no links.
    """
    return store.entry_by_link(facts.link) is not None or any(
        {entry.link for entry in store.entries_at([row.public_seq for row in page])} & {row.link for row in page}
        for page in _pages(folder)
    )


def ledger_faults(facts: Facts, folder: Path, store: Store) -> Iterator[str]:
    """Yield the differences from the ledger: the release's position, each publication, and missing ones."""
    entry = store.entry_by_link(facts.link)
    if entry is None:
        yield f"the ledger holds no entry with the release's link {facts.link}"
    elif entry.seq != facts.seq:
        yield f"the release's link is entry {entry.seq} of the ledger, not {facts.seq}"
    elif facts != facts_of(entry):
        yield f"the ledger's release of entry {entry.seq} is {facts_of(entry).release_id}, recorded {entry.recorded_at}"
    else:
        yield from _missing(facts, folder, store)
    for page in _pages(folder):
        entries = {entry.link: entry for entry in store.entries_at([row.public_seq for row in page])}
        for row in page:
            found = entries.get(row.link)
            if found is None or publication(found, row.salt) != row:
                yield f"the ledger knows no publication of {row.record_type}/{row.record_id} as in the release"


def _missing(facts: Facts, folder: Path, store: Store) -> Iterator[str]:
    """Yield records that were public at the release's position and are not in it, though all their references are."""
    held = {(row.record_type, row.record_id, row.public_seq) for row in publications(folder)}
    public = PublicRecords(store, facts.public_seq)
    if public.positions() <= held:
        return
    public.leave_out_dangling()
    for record in (record for kind in store.model.values() for record in public.of(kind)):
        if (record.entry.record_type, record.entry.record_id, record.entry.public_seq) not in held:
            yield f"the ledger holds {record.name} as public entry {record.entry.public_seq}; the release does not"


def _pages(folder: Path) -> Iterator[list[Publication]]:
    rows = publications(folder)
    while page := list(islice(rows, PAGE)):
        yield page
