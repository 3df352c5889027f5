"""The descriptor of a release: `datapackage.json` by Data Package v2."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from datapackage.tables.projection import Table
from datapackage.tables.table_schema import table_schema
from inventory.calendar.fiscal import day_of
from inventory.ledger.chain import Entry

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENSE = {
    "name": "CC0-1.0",
    "path": "https://creativecommons.org/publicdomain/zero/1.0/",
    "title": "CC0 1.0 Universal",
}


class Facts(Struct, frozen=True, kw_only=True):
    """A release's id, the time of its last entry, and its position in the ledger."""

    release_id: str
    recorded_at: str
    public_seq: int
    seq: int
    link: str


def facts_of(entry: Entry) -> Facts:
    """Return the release that ends with this public entry. Its id is the entry's day and public number."""
    assert entry.public_seq is not None
    return Facts(
        release_id=f"{day_of(entry.recorded_at).isoformat()}.{entry.public_seq}",
        recorded_at=entry.recorded_at,
        public_seq=entry.public_seq,
        seq=entry.seq,
        link=entry.link,
    )


class FileFacts(Struct, frozen=True):
    """A written file's size in bytes and SHA-256 in hex."""

    bytes: int
    sha256: str


def descriptor(facts: Facts, tables: Sequence[Table], files: dict[str, FileFacts]) -> dict[str, Any]:
    """Return the descriptor of a release. `files` by file name."""
    return {
        "$schema": PROFILE,
        "name": "public-services-inventory",
        "title": "Public Services Inventory",
        "description": "Public services of federal agencies, kept under the 21st Century IDEA Act and "
        "OMB Circular A-11 section 280, as published up to the last entry of this release.",
        "version": facts.release_id,
        "created": facts.recorded_at,
        "keywords": ["public services", "customer experience", "high-impact service providers"],
        "licenses": [LICENSE],
        "ledger": {"public_seq": facts.public_seq, "seq": facts.seq, "link": facts.link},
        "resources": _resources(tables, files),
    }


def export_descriptor(tables: Sequence[Table], files: dict[str, FileFacts]) -> dict[str, Any]:
    """Return the descriptor of an export. It names no license, because exports hold drafts and private fields too."""
    return {
        "$schema": PROFILE,
        "name": "public-services-inventory-export",
        "title": "Public Services Inventory, export",
        "description": "Records as kept in an inventory, drafts and private fields included. Not a release.",
        "resources": _resources(tables, files),
    }


def file_facts(path: Path) -> FileFacts:
    """Return size and checksum of a file."""
    with path.open("rb") as file:
        return FileFacts(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _resources(tables: Sequence[Table], files: dict[str, FileFacts]) -> list[dict[str, Any]]:
    return [_resource(table, files[f"{table.name}.csv"]) for table in tables]


def _resource(table: Table, file: FileFacts) -> dict[str, Any]:
    return {
        "name": table.name,
        "type": "table",
        "path": f"{table.name}.csv",
        "title": table.title,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": table_schema(table),
    }


DESCRIPTOR = "datapackage.json"
