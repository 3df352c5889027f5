"""Reads of heads, and of documents by version, within a transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Connection, and_, bindparam, or_, select, true

from inventory.ledger.chain import Entry
from inventory.records.documents import join
from inventory.records.registry import Document, RecordType
from inventory.storage.point_reads import PointRead
from inventory.storage.tables import BODIES, ENTRIES, HEADS

PAGE = 500  # rows read or written together
FEW = 25
"""Number of records checked together: each may have thousands of problems, and a body of a few MB."""
BodyKey = tuple[str, str, int]
"""Type, id and version."""


class Head(Struct, frozen=True, kw_only=True):
    """A record's newest version and state.

    `version` is 0 if the record does not exist. seq: the entry that last changed it.
    """

    record_type: str
    record_id: str
    organization_id: str = ""
    parent_id: str | None = None
    name: str = ""
    state: str = ""
    version: int = 0
    seq: int = 0
    public_state: str | None = None
    public_version: int | None = None
    public_seq: int | None = None


HEAD_COLUMNS = [HEADS.c[name] for name in Head.__struct_fields__]
# Every write needs these queries, so they are compiled once. A list expands anew each time, hence a query for one id.
_OF_TYPE = select(*HEAD_COLUMNS).where(HEADS.c.record_type == bindparam("record_type"))
HEADS_NOW = _OF_TYPE.where(HEADS.c.record_id.in_(bindparam("record_ids", expanding=True)))
HEAD_NOW = PointRead(_OF_TYPE.where(HEADS.c.record_id == bindparam("record_id")))
ENTRY_COLUMNS = [ENTRIES.c[name] for name in Entry.__struct_fields__]


def as_public(head: Head) -> Head:
    """Return the head as the public sees it. `version` is 0 if nothing is public."""
    return msgspec.structs.replace(head, state=head.public_state or "", version=head.public_version or 0)


def read_heads(connection: Connection, record_type: str, record_ids: Sequence[str]) -> dict[str, Head]:
    """Return heads by id, within a transaction."""
    if len(record_ids) == 1:
        found = HEAD_NOW.within(connection, record_type=record_type, record_id=record_ids[0])
        return {record_ids[0]: _head(found)} if found is not None else {}
    rows = connection.execute(HEADS_NOW, {"record_type": record_type, "record_ids": list(record_ids)})
    return {row.record_id: _head(row) for row in rows}


def _head(row: Sequence[Any]) -> Head:
    return Head(**dict(zip(Head.__struct_fields__, row, strict=True)))


def any_below(connection: Connection, record_type: str, above: str, states: Collection[str] | None) -> bool:
    """Return whether a record of this type has an id that starts with `above` and a slash, as feedback ids start with a
    provider's.

    states: the states in which records that are not public count; None: all.
    """
    below = and_(HEADS.c.record_type == record_type, HEADS.c.record_id > f"{above}/", HEADS.c.record_id < f"{above}0")
    counts = true() if states is None else or_(HEADS.c.public_state.is_not(None), HEADS.c.state.in_(states))
    return connection.execute(select(HEADS.c.record_id).where(below, counts).limit(1)).first() is not None


def first_act(connection: Connection, record_type: str, record_id: str, action: str) -> Entry | None:
    """Return the first entry with this action on a record, within a transaction; None if there is none."""
    return _act(connection, (record_type, record_id, action), ENTRIES.c.seq)


def last_act(connection: Connection, record_type: str, record_id: str, action: str) -> Entry | None:
    """Return the newest entry with this action on a record, within a transaction; None if there is none."""
    return _act(connection, (record_type, record_id, action), ENTRIES.c.seq.desc())


def _act(connection: Connection, of: tuple[str, str, str], order: ColumnElement[int]) -> Entry | None:
    columns = (ENTRIES.c.record_type, ENTRIES.c.record_id, ENTRIES.c.action)
    same = and_(*(column == value for column, value in zip(columns, of, strict=True)))
    row = connection.execute(select(*ENTRY_COLUMNS).where(same).order_by(order).limit(1)).mappings().first()
    return Entry(**dict(row)) if row else None


def bodies_of(
    connection: Connection, keys: Iterable[BodyKey], columns: Sequence[Column[Any]] = tuple(BODIES.c)
) -> dict[BodyKey, dict[str, Any]]:
    """Return stored bodies with their salts (or these columns) by type, id and version, within a transaction."""
    # SQLite scans the whole table for tuples of columns, but uses the key for a list per column.
    ids: dict[str, set[str]] = {}
    versions: dict[str, set[int]] = {}
    wanted = set(keys)
    for record_type, record_id, version in wanted:
        ids.setdefault(record_type, set()).add(record_id)
        versions.setdefault(record_type, set()).add(version)
    found = {}
    for record_type in ids:
        same = and_(
            BODIES.c.record_type == record_type,
            BODIES.c.record_id.in_(ids[record_type]),
            BODIES.c.version.in_(versions[record_type]),
        )
        for row in connection.execute(select(*columns).where(same)).mappings():
            found[row["record_type"], row["record_id"], row["version"]] = dict(row)
    return {key: row for key, row in found.items() if key in wanted}


def read_versions(
    connection: Connection, kind: RecordType, versions: Mapping[str, int]
) -> Iterator[tuple[str, Document]]:
    """Return the documents of these versions with their ids, private parts included, within a transaction."""
    found = bodies_of(connection, ((kind.name, record_id, version) for record_id, version in versions.items()))
    return ((record_id, whole_document(kind, row)) for (_, record_id, _), row in found.items())


def whole_document(kind: RecordType, row: Mapping[Any, Any]) -> Document:
    """Return the document of a row of bodies in today's schema, private part included."""
    public, private = (msgspec.json.decode(row[part] or b"{}") for part in ("public_body", "private_body"))
    return kind.upcast(join(public, private), row["schema_version"])
