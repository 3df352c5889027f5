"""The public contracts of an inventory's record types as files: JSON Schemas, Table Schemas and the reference pages.

They are generated, committed, and held current by a test. To write them anew: `make contracts`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from datapackage.contracts.reference_pages import pages
from datapackage.packages.derived_tables import release_tables
from datapackage.tables.projection import with_children
from datapackage.tables.table_schema import table_schema
from inventory.records.registry import INVENTORY, Model, RecordType

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS, PAGES = "datapackage/schemas", "docs/reference"


def contracts(model: Model) -> Iterator[tuple[str, bytes]]:
    """Every contract: its path in the repository and its bytes."""
    for kind in model.values():
        yield f"{SCHEMAS}/{kind.name}.schema.json", _json(record_schema(kind))
    for main in release_tables(model).values():
        for table in with_children(main):
            yield f"{SCHEMAS}/{table.name}.table.json", _json(table_schema(table))
    for name, page in pages(model):
        yield f"{PAGES}/{name}", page.encode()


def record_schema(kind: RecordType) -> dict[str, Any]:
    """The JSON Schema of a record type."""
    return {"$schema": DIALECT, "title": kind.name, **msgspec.json.schema(kind.struct)}


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def write(root: Path) -> None:
    """Write every contract below a folder."""
    for name, content in contracts(INVENTORY):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    write(Path(__file__).parents[2])
