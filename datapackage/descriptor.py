"""The descriptor of a release: `datapackage.json` by Data Package v2."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from datapackage.table_schema import table_schema
from datapackage.tables import Table

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENSE = {
    "name": "CC0-1.0",
    "path": "https://creativecommons.org/publicdomain/zero/1.0/",
    "title": "CC0 1.0 Universal",
}


class Facts(Struct, frozen=True, kw_only=True):
    """What a release is: its id, when its last entry was recorded, and where it stands in the ledger."""

    release_id: str
    recorded_at: str
    public_seq: int
    seq: int
    link: str


class FileFacts(Struct, frozen=True):
    """A written file: its size in bytes and its SHA-256 in hex."""

    bytes: int
    sha256: str


def descriptor(facts: Facts, tables: Sequence[Table], files: dict[str, FileFacts]) -> dict[str, Any]:
    """The descriptor of these tables. `files` by file name."""
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
        "resources": [_resource(table, files[f"{table.name}.csv"]) for table in tables],
    }


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
