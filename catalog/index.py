"""An index of records in memory, by what they are searched and filtered for. It can always be made anew."""

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import Struct

from catalog.filters import Condition
from inventory.access.records import Shown
from inventory.records.registry import Document, RecordType
from inventory.schema.fields import Field, Shape

# A record's number is its row in `words` too: the full-text table finds rows by nothing else.
TABLES = """
CREATE TABLE records (
  number INTEGER PRIMARY KEY, record_type TEXT, record_id TEXT, state TEXT, owner TEXT, UNIQUE (record_type, record_id)
);
CREATE TABLE facets (
  record_type TEXT, path TEXT, value TEXT, number INTEGER, PRIMARY KEY (record_type, path, value, number)
) WITHOUT ROWID;
CREATE INDEX facets_of_record ON facets (number);
CREATE TABLE parents (organization_id TEXT PRIMARY KEY, parent_id TEXT);
CREATE VIRTUAL TABLE words USING fts5(name, rest);
"""
BELOW = """WITH RECURSIVE below(id) AS (VALUES (?) UNION
 SELECT organization_id FROM parents JOIN below ON parent_id = id) SELECT id FROM below"""


class Query(Struct, frozen=True, kw_only=True):
    """What is looked for. organization: it or one below it owns the record. wanted: all of them must hold."""

    record_type: str
    states: tuple[str, ...]
    q: str | None = None
    organization: str | None = None
    wanted: tuple[Condition, ...] = ()

    @property
    def asks_nothing(self) -> bool:
        """Whether every record in these states fits."""
        return self.q is None and self.organization is None and not self.wanted


class Index:
    """Records as they were taken in. paths: the fields to filter by, by record type. worded: the types with words.

    Not for two threads at once.
    """

    def __init__(self, paths: Mapping[str, frozenset[str]], worded: Collection[str]) -> None:
        self._paths, self._worded = paths, worded
        # Where words do not matter, only the way to what is filtered by is gone.
        self._within = {
            name: None if name in worded else frozenset(path for known in those for path in _way(known))
            for name, those in paths.items()
        }
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._connection.executescript(TABLES)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All that is changed within, or where it fails nothing of it."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def forget(self, record_type: str, record_ids: Iterable[str]) -> None:
        """Take these records out, where they are in."""
        run = self._connection.execute
        for record_id in record_ids:
            where = "WHERE record_type = ? AND record_id = ?"
            found = run(f"SELECT number FROM records {where}", (record_type, record_id)).fetchone()
            if found is not None:
                run("DELETE FROM records WHERE number = ?", found)
                run("DELETE FROM facets WHERE number = ?", found)
                run("DELETE FROM words WHERE rowid = ?", found)
                run("DELETE FROM parents WHERE ? = 'organization' AND organization_id = ?", (record_type, record_id))

    def take_in(self, kind: RecordType, items: Iterable[Shown]) -> None:
        """Take in records that are not in."""
        for item in items:
            self._take_in(kind, item, kind.upcast(msgspec.json.decode(item.body), item.schema_version))

    def find(self, query: Query, kind: RecordType, after: str = "", limit: int = -1) -> list[str]:
        """Ids of the records that fit, following `after`, in order of id."""
        where, given = _conditions(query, kind)
        sql = f"SELECT record_id FROM records WHERE record_id > ? AND {where} ORDER BY record_id LIMIT ?"
        return [row[0] for row in self._connection.execute(sql, (after, *given, limit))]

    def close(self) -> None:
        """Give its memory back."""
        self._connection.close()

    def _take_in(self, kind: RecordType, item: Shown, document: Document) -> None:
        run, owner = self._connection.execute, kind.owner_named(document)
        sql = "INSERT INTO records (record_type, record_id, state, owner) VALUES (?, ?, ?, ?)"
        number = run(sql, (kind.name, item.record_id, item.state, owner)).lastrowid
        if kind.name == "organization":
            run("INSERT INTO parents VALUES (?, ?)", (item.record_id, document.get("parent_id")))
        if kind.name not in self._paths:
            return
        wanted, texts, facets = self._paths[kind.name], [], set()
        for path, field, value in _leaves(kind.shape, document, self._within[kind.name]):
            if field.kind == "text":
                texts.append(value)
            if path in wanted:
                facets.add((kind.name, path, spelled(value), number))
        self._connection.executemany("INSERT INTO facets VALUES (?, ?, ?, ?)", facets)
        if kind.name in self._worded:
            words = (number, document.get("name"), "\n".join(texts))
            run("INSERT INTO words (rowid, name, rest) VALUES (?, ?, ?)", words)


def words_query(text: str) -> str:
    """A person's words as a full-text query: each of them once, the last as the beginning of a word."""
    words = re.findall(r"\w+", text.lower())
    others = [f'"{word}" ' for word in dict.fromkeys(words[:-1])]
    return "".join(others) + f'"{words[-1]}"*' if words else '""'


def spelled(value: Any) -> str:
    """A value as it is asked for: as JSON writes it, texts bare."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _way(path: str) -> Iterator[str]:
    """A dotted path and those that lead to it."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _leaves(
    read: Shape, item: Document, within: Collection[str] | None, above: str = ""
) -> Iterator[tuple[str, Field, Any]]:
    """Every scalar of a document with its dotted path and its field; those of lists one by one.

    within: only those on these paths.
    """
    for field in read.fields:
        if within is not None and f"{above}{field.name}" not in within:
            continue
        value = item.get(field.name) if field.part else item.get(field.name, field.default)
        if value is None:
            continue
        for inner in value if field.many else (value,):
            if field.part is not None:
                yield from _leaves(field.part, inner, within, f"{above}{field.name}.")
            else:
                yield f"{above}{field.name}", field, inner


def _conditions(query: Query, kind: RecordType) -> tuple[str, list[Any]]:
    parts, given = ["record_type = ?", _any_of("state", query.states)], [query.record_type, *query.states]
    if query.organization is not None:
        owned = BELOW
        if kind.owned_through is not None:
            owned = f"SELECT record_id FROM records WHERE record_type = '{kind.owned_through}' AND owner IN ({BELOW})"
        parts.append(f"owner IN ({owned})")
        given.append(query.organization)
    for wanted in query.wanted:
        where = f"record_type = ? AND {_any_of('path', wanted.paths)} AND {_any_of('value', wanted.values)}"
        parts.append(f"number {'NOT ' if wanted.absent else ''}IN (SELECT number FROM facets WHERE {where})")
        given += [query.record_type, *wanted.paths, *wanted.values]
    if query.q is not None:
        parts.append("number IN (SELECT rowid FROM words WHERE words MATCH ?)")
        given.append(words_query(query.q))
    return " AND ".join(parts), given


def _any_of(column: str, known: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join('?' * len(known))})"
