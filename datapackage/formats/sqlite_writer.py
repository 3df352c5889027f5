"""A release as one SQLite file: typed tables, primary and foreign keys, full-text search and views."""

import sqlite3
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from datapackage.tables.projection import Column, Table
from datapackage.tables.rows import Row
from inventory.records.registry import Model
from inventory.schema.scalars import PLAIN_LINE, PLAIN_TEXT

TYPES = {"integer": "INTEGER", "boolean": "INTEGER"}
BATCH = 1000


class SqliteFile:
    """A SQLite file written row by row. Its bytes depend on the rows alone. Close it to finish the file."""

    def __init__(self, path: Path, tables: Sequence[Table], views: Sequence[str] = ()) -> None:
        self._tables, self._views = tables, views
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._waiting: dict[str, list[Row]] = {table.name: [] for table in tables}
        for pragma in ("page_size=4096", "journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")
        for table in tables:
            self._connection.execute(create_table(table))

    def add(self, table: Table, row: Row) -> None:
        """Add one row."""
        waiting = self._waiting[table.name]
        waiting.append(row)
        if len(waiting) >= BATCH:
            self._flush(table)

    def close(self) -> None:
        """Write pending rows, index them for search, add the views and compact the file."""
        for table in self._tables:
            self._flush(table)
        for table in self._tables:
            for statement in search_index(table):
                self._connection.execute(statement)
        self._connection.execute("COMMIT")
        for view in self._views:
            self._connection.executescript(view)
        self._connection.execute("VACUUM")
        self._connection.close()

    def _flush(self, table: Table) -> None:
        places = ", ".join("?" * len(table.columns))
        self._connection.executemany(f"INSERT INTO {table.name} VALUES ({places})", self._waiting[table.name])
        self._waiting[table.name] = []


def views(model: Model) -> list[str]:
    """Return the views of each record type of a model, as SQL. A view may read the types before its own."""
    folder = files("datapackage").joinpath("views")
    found = [folder.joinpath(f"{name}.sql") for name in model]
    return [file.read_text("utf-8") for file in found if file.is_file()]


def create_table(table: Table) -> str:
    """Return the CREATE TABLE statement of a table.

    Codes are checked in its own columns only, not in inherited ones.
    """
    parts = [_column(column, own=index >= table.inherited) for index, column in enumerate(table.columns)]
    parts.append(f"PRIMARY KEY ({', '.join(map(quoted, table.key))})")
    for key in table.foreign_keys:
        columns, references = (", ".join(map(quoted, names)) for names in (key.columns, key.references))
        parts.append(f"FOREIGN KEY ({columns}) REFERENCES {quoted(key.table)} ({references})")
    return f"CREATE TABLE {quoted(table.name)} (\n  " + ",\n  ".join(parts) + "\n)"


def search_index(table: Table) -> list[str]:
    """Return the statements that index a main table's words; none for a table without words."""
    words = [c.name for c in table.columns if c.field.pattern in (PLAIN_LINE, PLAIN_TEXT) and not c.key]
    if table.parent or not words or "name" not in words:
        return []
    columns = ", ".join(map(quoted, words))
    create = f"CREATE VIRTUAL TABLE {quoted(table.name + '_fts')} USING fts5({columns}, content={quoted(table.name)})"
    return [create, f"INSERT INTO {quoted(table.name + '_fts')}({quoted(table.name + '_fts')}) VALUES ('rebuild')"]


def quoted(name: str) -> str:
    """Return a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _column(column: Column, *, own: bool) -> str:
    sql = f"{quoted(column.name)} {TYPES.get(column.field.kind, 'TEXT')}"
    if column.required:
        sql += " NOT NULL"
    if own and column.field.codes is not None:
        codes = ", ".join(f"'{code}'" for code in column.field.codes)
        sql += f" CHECK ({quoted(column.name)} IN ({codes}))"
    return sql
