"""Comparison of a release's SQLite and Parquet files with its CSV files."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from datapackage.formats.archives import files_inside
from datapackage.formats.parquet import AVAILABLE, parquet_rows
from datapackage.releases.declared_schema import DeclaredTable
from datapackage.releases.write_tables import DATABASE
from datapackage.sheets.sheet import read_csv
from datapackage.tables.cells import text

Sum = tuple[int, int]
"""The number of rows and the sum of their digests, which does not depend on the order of rows."""


def copy_faults(folder: Path, tables: Sequence[DeclaredTable]) -> Iterator[str]:
    """Yield the differences. Parquet is compared if pyarrow is installed and the release has it."""
    sums = {table.name: _sum(_csv_rows(folder, table)) for table in tables}
    yield from _database_faults(folder / DATABASE, tables, sums)
    for table in tables if AVAILABLE else ():
        path = folder / "parquet" / f"{table.name}.parquet"
        if path.is_file():
            try:
                found = _sum([text(cell) for cell in row] for row in parquet_rows(path, table.columns))
            except Exception as fault:  # noqa: BLE001 - an untrusted file may break its reader in any way
                yield f"parquet/{table.name}.parquet cannot be read: {type(fault).__name__}"
                continue
            yield from _compared(f"parquet/{table.name}.parquet", found, sums[table.name])


def _database_faults(path: Path, tables: Sequence[DeclaredTable], sums: dict[str, Sum]) -> Iterator[str]:
    if not path.is_file():
        yield f"{DATABASE} is missing"
        return
    # Immutable and read-only: SQLite creates no files next to it and runs no code in it.
    with closing(sqlite3.connect(f"file:{path.absolute().as_posix()}?mode=ro&immutable=1", uri=True)) as database:
        try:
            database.execute("PRAGMA trusted_schema = OFF")
            kinds = dict(database.execute("SELECT name, type FROM sqlite_master"))
            for table in tables:
                if kinds.get(table.name) != "table":
                    yield f"{DATABASE} has no table {table.name}"
                    continue
                yield from _compared(
                    f"{DATABASE}, table {table.name}", _sum(_database_rows(database, table)), sums[table.name]
                )
        except sqlite3.Error as fault:
            yield f"{DATABASE} cannot be read: {fault}"


def _database_rows(database: sqlite3.Connection, table: DeclaredTable) -> Iterator[list[str]]:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    flags = [field.type == "boolean" for field in table.schema.fields]
    for row in database.execute(f'SELECT {columns} FROM "{table.name}"'):
        yield [text(bool(cell) if flag and cell in (0, 1) else cell) for cell, flag in zip(row, flags, strict=True)]


def _csv_rows(folder: Path, table: DeclaredTable) -> Iterator[Sequence[str]]:
    opener = files_inside(folder)[table.path]
    return (row for number, row in read_csv(opener, table.path) if number > 1)


def _sum(rows: Iterable[Sequence[Any]]) -> Sum:
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(hashlib.sha256("\x1f".join(row).encode()).digest())
    return count, total % 2**256


def _compared(name: str, found: Sum, wanted: Sum) -> Iterator[str]:
    if found[0] != wanted[0]:
        yield f"{name} holds {found[0]:,} rows, the CSV file {wanted[0]:,}"
    elif found != wanted:
        yield f"{name} does not hold the rows of the CSV file"
