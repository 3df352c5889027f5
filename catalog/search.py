"""Search over public services: a disposable index in memory, the same whichever engine keeps the ledger."""

import re
import sqlite3
import threading
from typing import Any

import msgspec
from msgspec import Struct

from inventory.codes import Channel, Code
from inventory.fields import values
from inventory.record_types import RecordType
from inventory.store import PAGE, Published, Store

TABLES = """
CREATE TABLE services (record_id TEXT PRIMARY KEY, state TEXT, organization_id TEXT, digital INTEGER);
CREATE TABLE facets (record_id TEXT, facet TEXT, value TEXT, PRIMARY KEY (facet, value, record_id)) WITHOUT ROWID;
CREATE INDEX facets_of_record ON facets (record_id);
CREATE TABLE parents (organization_id TEXT PRIMARY KEY, parent_id TEXT);
CREATE VIRTUAL TABLE words USING fts5(record_id UNINDEXED, name, rest);
"""


class Query(Struct, frozen=True, kw_only=True):
    """What is looked for. facets: field name to code. organizations: ids, any of which may own the service."""

    q: str | None = None
    organizations: frozenset[str] | None = None
    states: tuple[str, ...] = ("published",)
    facets: dict[str, str] = {}
    digital: bool | None = None


class SearchIndex:
    """Follows the public feed: every question first takes in what became public since the last. Safe across threads."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock, self._upto = store, threading.Lock(), 0
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._connection.executescript(TABLES)

    def find(self, query: Query, after: str = "", limit: int = 100) -> list[str]:
        """Ids of the services that fit, following `after`, in order of id."""
        where, given = _conditions(query)
        sql = f"SELECT record_id FROM services s WHERE record_id > ? AND {where} ORDER BY record_id LIMIT ?"
        with self._lock:
            self._catch_up()
            return [row[0] for row in self._connection.execute(sql, (after, *given, limit))]

    def below(self, organization_id: str) -> frozenset[str]:
        """The organization and all below it."""
        sql = """WITH RECURSIVE below(id) AS (VALUES (?) UNION
                 SELECT organization_id FROM parents JOIN below ON parent_id = id) SELECT id FROM below"""
        with self._lock:
            self._catch_up()
            return frozenset(row[0] for row in self._connection.execute(sql, (organization_id,)))

    def _catch_up(self) -> None:
        while entries := self._store.public_entries(self._upto, PAGE):
            self._connection.execute("BEGIN")
            for name in ("organization", "service"):
                ids = sorted({entry.record_id for entry in entries if entry.record_type == name})
                found = {item.record_id: item for item in self._store.public_of(name, ids)}
                for record_id in ids:
                    self._forget(record_id) if name == "service" else None
                    if record_id in found:
                        self._take_in(self._store.model[name], found[record_id])
            self._connection.execute("COMMIT")
            self._upto = entries[-1].public_seq or self._upto

    def _forget(self, record_id: str) -> None:
        for table in ("services", "facets", "words"):
            self._connection.execute(f"DELETE FROM {table} WHERE record_id = ?", (record_id,))

    def _take_in(self, kind: RecordType, item: Published) -> None:
        document = kind.upcast(msgspec.json.decode(item.body), item.schema_version)
        if kind.name == "organization":
            row = (item.record_id, document.get("parent_id"))
            self._connection.execute("INSERT OR REPLACE INTO parents VALUES (?, ?)", row)
            return
        found = list(values(msgspec.convert(document, kind.struct)))
        codes = {(field.name, str(value)) for _, field, value in found if isinstance(value, Code)}
        digital = any(
            isinstance(value, Channel) and field.name == "channel" and value.is_digital and "/channels/" in at
            for at, field, value in found
        )
        owner = document.get("organization_id")
        texts = [value for _, field, value in found if field.kind == "text" and isinstance(value, str)]
        run = self._connection.execute
        run("INSERT INTO services VALUES (?, ?, ?, ?)", (item.record_id, item.state, owner, digital))
        self._connection.executemany("INSERT INTO facets VALUES (?, ?, ?)", [(item.record_id, *pair) for pair in codes])
        run("INSERT INTO words VALUES (?, ?, ?)", (item.record_id, document.get("name"), "\n".join(texts)))


def _conditions(query: Query) -> tuple[str, list[Any]]:
    parts, given = [_any_of("state", query.states)], [*query.states]
    if query.organizations is not None:
        parts.append(_any_of("organization_id", query.organizations))
        given += sorted(query.organizations)
    for facet, value in query.facets.items():
        parts.append("record_id IN (SELECT record_id FROM facets WHERE facet = ? AND value = ?)")
        given += [facet, value]
    if query.digital is not None:
        parts.append("digital = ?")
        given.append(str(int(query.digital)))
    if query.q is not None:
        parts.append("record_id IN (SELECT record_id FROM words WHERE words MATCH ?)")
        given.append(words_query(query.q))
    return " AND ".join(parts), given


def words_query(text: str) -> str:
    """A person's words as a full-text query: all of them, the last as the beginning of a word."""
    words = re.findall(r"\w+", text)
    return " ".join(f'"{word}"' for word in words) + "*" if words else '""'


def _any_of(column: str, known: Any) -> str:
    return f"{column} IN ({', '.join('?' * len(known))})"
