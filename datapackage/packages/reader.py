"""Data packages (directory or zip) as sheets. Descriptors are untrusted, and never lead out of their package."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from datapackage.formats.archives import check_path, files_inside
from datapackage.formats.bounds import IN_PARTS, Sizes
from datapackage.formats.json_files import decode
from datapackage.formats.located import Opener
from datapackage.packages.derived_tables import release_tables
from datapackage.packages.descriptor import DESCRIPTOR
from datapackage.sheets.sheet import Sheet, csv_sheet
from datapackage.tables.projection import Table, record_tables
from inventory.errors import TooMuch, Unreadable
from inventory.records.registry import Model
from inventory.validation.shape_problems import shown

MOST_DESCRIPTOR_BYTES = 10 * 2**20
PIECE = 1 << 20


def is_package(source: Path) -> bool:
    """Return whether a path is a directory with a descriptor, or a zip."""
    return (source / DESCRIPTOR).is_file() if source.is_dir() else source.suffix == ".zip"


def package_sheets(source: Path, model: Model, sizes: Sizes) -> list[Sheet]:
    """Return the sheets of a package's tables of records. Raises Unreadable for a package not fully usable, TooMuch."""
    files = files_inside(source)
    if DESCRIPTOR not in files:
        raise Unreadable(f"{source.name} holds no {DESCRIPTOR}")
    with files[DESCRIPTOR]() as file:
        package = decode(file.read(MOST_DESCRIPTOR_BYTES), f"{source.name}/{DESCRIPTOR}")
    measured = _Measured(source.name, sizes)
    sheets = list(_sheets(source.name, package, files, model, measured))
    if not sheets:
        raise Unreadable(f"{source.name} holds no table of the inventory")
    return sheets


class _Measured:
    """A measure of a package's tables before they are read. Raises TooMuch."""

    def __init__(self, name: str, sizes: Sizes) -> None:
        self._name, self._sizes, self._rows, self._bytes = name, sizes, 0, 0

    def add(self, opener: Opener) -> None:
        """Measure one more table."""
        rows, size = self._sizes.rows, self._sizes.table_bytes
        if rows is None or size is None:
            return
        with opener() as file:
            while piece := file.read(PIECE):
                self._rows += piece.count(b"\n")
                self._bytes += len(piece)
                if self._rows > rows or self._bytes > size:
                    raise TooMuch(f"{self._name} holds tables of more than {rows:,} rows or {size:,} bytes. {IN_PARTS}")


def _sheets(name: str, package: Any, files: Mapping[str, Opener], model: Model, measured: _Measured) -> Iterator[Sheet]:
    resources = package.get("resources") if isinstance(package, dict) else None
    if not isinstance(resources, list) or not all(isinstance(resource, dict) for resource in resources):
        raise Unreadable(f"{name}/{DESCRIPTOR} has no list of resources")
    tables = tables_by_name(model)
    derived = release_tables(model).keys() - tables.keys()
    seen: set[str] = set()
    for resource in resources:
        table = str(resource.get("name"))
        if table in seen:
            raise Unreadable(f"{name} has the table {shown(table)} twice")
        seen.add(table)
        if table in tables:
            opener = _checked_file(name, resource, files)
            measured.add(opener)
            yield csv_sheet(opener, tables[table], str(resource["path"]))
        elif table not in derived:
            raise Unreadable(
                f"{name} holds the table {shown(table)}, which the inventory does not know; "
                "leave it out, or load its file through a crosswalk"
            )


def tables_by_name(model: Model) -> dict[str, Table]:
    """Return every table of every record type by its name."""
    return {table.name: table for kind in model.values() for table in record_tables(kind, model)}


def _checked_file(name: str, resource: Mapping[str, Any], files: Mapping[str, Opener]) -> Opener:
    path, encoding = resource.get("path"), str(resource.get("encoding", "utf-8")).lower().replace("_", "-")
    if not isinstance(path, str):
        raise Unreadable(f"{name}: the table {resource['name']} names no file of its own")
    check_path(name, path)
    if path not in files:
        raise Unreadable(f"{name} does not hold the file {shown(path)}")
    if encoding not in ("utf-8", "utf8") or resource.get("dialect") not in (None, {}) or not path.endswith(".csv"):
        raise Unreadable(f"{name}: {shown(path)} is not a CSV file in UTF-8 with commas between the cells")
    declared = str(resource.get("hash", ""))
    if declared.startswith("sha256:"):
        with files[path]() as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != declared.removeprefix("sha256:"):  # type: ignore[arg-type]
                raise Unreadable(f"{name}: {shown(path)} does not match the checksum that {DESCRIPTOR} gives")
    return files[path]
