"""Whether what is kept beside the ledger, bodies and heads, matches its entries."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Table, and_, literal, or_, select, tuple_

from inventory.ledger.chain import ERASED, Entry, certifies
from inventory.ledger.heads import PAGE, BodyKey, Head, bodies_of, read_heads
from inventory.ledger.rebuild import heads_of, ids_in_ledger, is_described
from inventory.records.registry import Model
from inventory.storage.tables import BODIES, ENTRIES, HEADS

View = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction in which every read sees the same state."""
Progress = Callable[[str, int], None]
LEARNT = ("organization_id", "parent_id", "name")  # fields of a head that come from the document


class Fault(Struct, frozen=True):
    """Something wrong with what is kept: in which table, in which row of it, and what."""

    table: str
    row: str
    what: str


def missing_bodies(connection: Connection, entries: Sequence[dict[str, Any]]) -> Iterator[Fault]:
    """The bodies of these rows of entries that have no row."""
    keys = {_values(BODIES, entry) for entry in entries}
    for key in sorted(keys - bodies_of(connection, keys, tuple(BODIES.primary_key)).keys()):
        yield Fault("bodies", _version(key), "is missing")


def body_faults(view: View, progress: Progress) -> Iterator[Fault]:
    """Walk the bodies: each is of an entry, and each part of it that was not erased is what the entries certified."""
    after: tuple[Any, ...] = ()
    done = 0
    while True:
        with view() as connection:
            rows = _page(connection, BODIES, after)
            entries = _entries_of(connection, rows) if rows else {}
        if not rows:
            return
        for row in rows:
            found = entries.get((row["record_type"], row["record_id"], row["version"]), [])
            yield from (Fault("bodies", _version(_values(BODIES, row)), what) for what in _faults_of(row, found))
        after, done = _values(BODIES, rows[-1]), done + len(rows)
        progress("verifying bodies", done)


def head_faults(view: View, model: Model, record_type: str, progress: Progress) -> Iterator[Fault]:
    """Walk a type's records in the ledger: each has the head that its entries and bodies give."""
    after, done = "", 0
    while True:
        with view() as connection:
            page = ids_in_ledger(connection, record_type, after)
            wanted = heads_of(connection, model, record_type, page)
            kept = read_heads(connection, record_type, page)
        if not page:
            return
        for record_id in page:
            name = f"{record_type}/{record_id}"
            if record_id not in wanted:
                yield Fault("heads", name, "no entry says how it came to be")
                continue
            for what in _differences(kept.get(record_id), wanted[record_id]):
                yield Fault("heads", name, what)
        after, done = page[-1], done + len(page)
        progress(f"verifying heads of {record_type}", done)


def stray_heads(view: View) -> Iterator[Fault]:
    """The heads of records that the ledger knows nothing of."""
    after: tuple[Any, ...] = ()
    while True:
        with view() as connection:
            rows = _page(connection, HEADS, after)
            keys = [_values(HEADS, row) for row in rows]
            known = set(_in_ledger(connection, keys))
        if not rows:
            return
        yield from (Fault("heads", "/".join(key), "is of no entry") for key in keys if key not in known)
        after = keys[-1]


def _in_ledger(connection: Connection, keys: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Which of these records, by type and id, the ledger knows."""
    for name in {record_type for record_type, _ in keys}:
        ids = [record_id for record_type, record_id in keys if record_type == name]
        where = and_(ENTRIES.c.record_type == name, ENTRIES.c.record_id.in_(ids))
        query = select(ENTRIES.c.record_id).where(where).distinct()
        yield from ((name, record_id) for record_id in connection.execute(query).scalars())


def _faults_of(row: dict[str, Any], entries: list[Entry]) -> Iterator[str]:
    if not entries:
        yield "is of no entry"
        return
    for part in ("public", "private"):
        yield from _part_faults(part, row, entries)
    if row["schema_version"] != entries[0].schema_version:
        yield f"schema version {row['schema_version']} is not that of entry {entries[0].seq}"


def _part_faults(part: str, row: dict[str, Any], entries: list[Entry]) -> Iterator[str]:
    salt, body = row[f"{part}_salt"], row[f"{part}_body"]
    erased = next((entry for entry in entries if getattr(entry, f"{part}_digest") == ERASED), None)
    if erased:
        if salt is not None or body is not None:
            yield f"its {part} part was erased by entry {erased.seq} and is there"
        return
    for entry in entries:
        if not certifies(getattr(entry, f"{part}_digest"), salt, body):
            yield f"its {part} part is not what entry {entry.seq} certified"
            return


def _differences(kept: Head | None, wanted: Head) -> Iterator[str]:
    if kept is None:
        yield "is missing"
        return
    for name in Head.__struct_fields__:
        is_known = name not in LEARNT or is_described(wanted)
        if is_known and getattr(kept, name) != getattr(wanted, name):
            yield f"{name} is {getattr(kept, name)!r}; the ledger says {getattr(wanted, name)!r}"


def _entries_of(connection: Connection, rows: list[dict[str, Any]]) -> dict[BodyKey, list[Entry]]:
    """The entries of a page of bodies, by record and version, oldest first."""
    spans: dict[str, list[str]] = {}
    for row in rows:
        spans.setdefault(row["record_type"], []).append(row["record_id"])
    ranges = [
        and_(ENTRIES.c.record_type == name, ENTRIES.c.record_id >= ids[0], ENTRIES.c.record_id <= ids[-1])
        for name, ids in spans.items()
    ]
    columns = [ENTRIES.c[name] for name in Entry.__struct_fields__]
    found: dict[BodyKey, list[Entry]] = {}
    for found_row in connection.execute(select(*columns).where(or_(*ranges)).order_by(ENTRIES.c.seq)).mappings():
        entry = Entry(**dict(found_row))
        found.setdefault((entry.record_type, entry.record_id, entry.version), []).append(entry)
    return found


def _page(connection: Connection, table: Table, after: tuple[Any, ...]) -> list[dict[str, Any]]:
    columns = list(table.primary_key)
    query = select(table).order_by(*columns).limit(PAGE)
    if after:
        query = query.where(tuple_(*columns) > tuple_(*map(literal, after, (column.type for column in columns))))
    return [dict(row) for row in connection.execute(query).mappings()]


def _values(table: Table, row: dict[str, Any]) -> Any:
    return tuple(row[column.name] for column in table.primary_key)


def _version(key: BodyKey) -> str:
    return f"{key[0]}/{key[1]} version {key[2]}"
