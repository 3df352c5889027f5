"""Reading within a transaction: heads, and documents of versions."""

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

PAGE = 500  # rows read or written in one go
FEW = 25
"""Records that are checked in one go: each may have thousands of problems, and a body of a few MB."""
BodyKey = tuple[str, str, int]
"""Type, id and version."""


class Head(Struct, frozen=True, kw_only=True):
    """The newest of a record. `version` is 0 where there is none yet. `seq`: the entry that last changed it."""

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
# What every write reads is composed once. Of one record it is asked more simply, for a list is composed anew each time.
_OF_TYPE = select(*HEAD_COLUMNS).where(HEADS.c.record_type == bindparam("record_type"))
HEADS_NOW = _OF_TYPE.where(HEADS.c.record_id.in_(bindparam("record_ids", expanding=True)))
HEAD_NOW = PointRead(_OF_TYPE.where(HEADS.c.record_id == bindparam("record_id")))
ENTRY_COLUMNS = [ENTRIES.c[name] for name in Entry.__struct_fields__]


def as_public(head: Head) -> Head:
    """A record as it stands for whom only what is public of it is known. `version` is 0 where nothing is."""
    return msgspec.structs.replace(head, state=head.public_state or "", version=head.public_version or 0)


def read_heads(connection: Connection, record_type: str, record_ids: Sequence[str]) -> dict[str, Head]:
    """Heads by id, within a transaction."""
    if len(record_ids) == 1:
        found = HEAD_NOW.within(connection, record_type=record_type, record_id=record_ids[0])
        return {record_ids[0]: _head(found)} if found is not None else {}
    rows = connection.execute(HEADS_NOW, {"record_type": record_type, "record_ids": list(record_ids)})
    return {row.record_id: _head(row) for row in rows}


def _head(row: Sequence[Any]) -> Head:
    return Head(**dict(zip(Head.__struct_fields__, row, strict=True)))


def any_below(connection: Connection, record_type: str, above: str, states: Collection[str] | None) -> bool:
    """Whether there is a record of a type whose id is that one and more, as feedback's is its provider's and more.

    states: in which records count that are not public; None: in all.
    """
    below = and_(HEADS.c.record_type == record_type, HEADS.c.record_id > f"{above}/", HEADS.c.record_id < f"{above}0")
    counts = true() if states is None else or_(HEADS.c.public_state.is_not(None), HEADS.c.state.in_(states))
    return connection.execute(select(HEADS.c.record_id).where(below, counts).limit(1)).first() is not None


def first_act(connection: Connection, record_type: str, record_id: str, action: str) -> Entry | None:
    """The entry of the first such act on a record, within a transaction; None where there was none."""
    return _act(connection, (record_type, record_id, action), ENTRIES.c.seq)


def last_act(connection: Connection, record_type: str, record_id: str, action: str) -> Entry | None:
    """The entry of the last such act on a record, within a transaction; None where there was none."""
    return _act(connection, (record_type, record_id, action), ENTRIES.c.seq.desc())


def _act(connection: Connection, of: tuple[str, str, str], order: ColumnElement[int]) -> Entry | None:
    columns = (ENTRIES.c.record_type, ENTRIES.c.record_id, ENTRIES.c.action)
    same = and_(*(column == value for column, value in zip(columns, of, strict=True)))
    row = connection.execute(select(*ENTRY_COLUMNS).where(same).order_by(order).limit(1)).mappings().first()
    return Entry(**dict(row)) if row else None


def bodies_of(
    connection: Connection, keys: Iterable[BodyKey], columns: Sequence[Column[Any]] = tuple(BODIES.c)
) -> dict[BodyKey, dict[str, Any]]:
    """Stored bodies with their salts (or these columns of them), by type, id and version, within a transaction."""
    # SQLite looks tuples of columns up by reading the whole table; lists of each column find their way by the key.
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
    """Documents of these versions of records with their ids, private parts included, within a transaction."""
    found = bodies_of(connection, ((kind.name, record_id, version) for record_id, version in versions.items()))
    return ((record_id, whole_document(kind, row)) for (_, record_id, _), row in found.items())


def whole_document(kind: RecordType, row: Mapping[Any, Any]) -> Document:
    """The document of a row of bodies as today's schema has it, private part included."""
    public, private = (msgspec.json.decode(row[part] or b"{}") for part in ("public_body", "private_body"))
    return kind.upcast(join(public, private), row["schema_version"])
