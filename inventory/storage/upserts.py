"""Inserts and upserts of rows in few statements."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

Rows = Sequence[Mapping[str, Any]]


def write_rows(connection: Connection, new: Mapping[Table, Rows], moved: Mapping[Table, Rows]) -> None:
    """Insert new rows, and replace rows with the same key.

    Use one statement a table. On PostgreSQL use one for all tables if each has one row.
    """
    given = {table: rows for table, rows in [*new.items(), *moved.items()] if rows}
    if given and connection.dialect.name == "postgresql" and all(len(rows) == 1 for rows in given.values()):
        values = {_bound(table, name): value for table, rows in given.items() for name, value in rows[0].items()}
        connection.exec_driver_sql(_write(connection.dialect, tuple(given), frozenset(moved)), values)
        return
    for table, rows in given.items():
        named = [{_bound(table, name): value for name, value in row.items()} for row in rows]
        connection.exec_driver_sql(_write(connection.dialect, (table,), frozenset(moved)), named)


def _bound(table: Table, name: str) -> str:
    return f"{table.name}_{name}"


@cache
def _write(dialect: Dialect, tables: Sequence[Table], moved: Collection[Table]) -> str:
    # Compiled once: SQLAlchemy's work for each statement took as long as the driver's.
    *others, last = (_write_one(dialect, table, table in moved) for table in tables)
    whole = last.add_cte(*(other.cte(f"into_{other.table.name}") for other in others)) if others else last
    return str(whole.compile(dialect=dialect))


def _write_one(dialect: Dialect, table: Table, replaces: bool) -> Any:
    bound = {column.name: bindparam(_bound(table, column.name), type_=column.type) for column in table.columns}
    made = (postgresql.insert if dialect.name == "postgresql" else sqlite.insert)(table).values(bound)
    if not replaces:
        return made
    keys = [column.name for column in table.primary_key]
    fresh = {column.name: made.excluded[column.name] for column in table.columns if column.name not in keys}
    return made.on_conflict_do_update(index_elements=keys, set_=fresh)
