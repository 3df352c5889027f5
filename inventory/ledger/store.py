"""Reads of stored heads, documents and public records. Scans go page by page, each in its own short transaction."""

import datetime
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Engine, FromClause, Select, and_, func, select

from inventory.calendar.fiscal import end_of_day, written
from inventory.errors import NotFound, Withdrawn
from inventory.ledger.chain import Entry
from inventory.ledger.entries import Entries
from inventory.ledger.heads import (
    HEAD_COLUMNS,
    PAGE,
    BodyKey,
    Head,
    any_below,
    bodies_of,
    first_act,
    read_heads,
    whole_document,
)
from inventory.records.registry import Document, Model, RecordType
from inventory.storage.point_reads import PointRead, Reader, Row
from inventory.storage.tables import BODIES, ENTRIES, HEADS, PUBLIC_NOW, body_of

_PUBLIC_NOW = PointRead(PUBLIC_NOW)


class Published(Struct, frozen=True, kw_only=True):
    """A public record: its stored bytes and its place in the public feed."""

    record_type: str
    record_id: str
    version: int
    state: str
    public_seq: int
    schema_version: int
    body: bytes

    @property
    def etag(self) -> str:
        """Return an ETag that changes whenever public data of the record changes."""
        return f'"{self.public_seq}"'


class Store(Entries):
    """A reader of stored records. Every method uses its own short transaction."""

    def __init__(self, engine: Engine, model: Model) -> None:
        super().__init__(engine)
        self.model, self._reader = model, Reader(engine)

    def read_row(self, query: PointRead, **key: str) -> Row | None:
        """Return the row that a point read finds now; None if there is no row."""
        return self._reader.read(query, **key)

    def head(self, record_type: str, record_id: str) -> Head:
        """Return the head of a record; version 0 if the record does not exist."""
        return self.heads(record_type, [record_id]).get(record_id, Head(record_type=record_type, record_id=record_id))

    def heads(self, record_type: str, record_ids: Sequence[str]) -> dict[str, Head]:
        """Return the heads of these records by id."""
        with self.engine.connect() as connection:
            return read_heads(connection, record_type, record_ids)

    def newest(self, record_type: str, record_id: str) -> Document | None:
        """Return the newest document of a record, private part included; None if the record does not exist."""
        return self.documents(record_type, [record_id]).get(record_id)

    def first_act(self, record_type: str, record_id: str, action: str) -> Entry | None:
        """Return the first entry with this action on a record; None if there is none."""
        with self.engine.connect() as connection:
            return first_act(connection, record_type, record_id, action)

    def any_below(self, record_type: str, above: str, states: Collection[str] | None = None) -> bool:
        """Return whether a record of this type has an id that starts with `above` and a slash, public or in one of
        these states.
        """
        with self.engine.connect() as connection:
            return any_below(connection, record_type, above, states)

    def page(self, record_type: str, after: str = "", limit: int = PAGE) -> list[Head]:
        """Return the heads after an id, in order of id."""
        where = and_(HEADS.c.record_type == record_type, HEADS.c.record_id > after)
        query = select(*HEAD_COLUMNS).where(where).order_by(HEADS.c.record_id).limit(limit)
        return [Head(**row) for row in self._rows(query)]

    def documents(self, record_type: str, record_ids: Sequence[str]) -> dict[str, Document]:
        """Return the newest documents of these records by id, private parts included."""
        rows = self._newest_bodies(record_type, record_ids)
        return {row["record_id"]: whole_document(self.model[record_type], row) for row in rows}

    def all_documents(self, record_type: str) -> Iterator[tuple[Head, Document]]:
        """Yield every record of a type with its newest document, page by page."""
        after = ""
        while page := self.page(record_type, after):
            documents = self.documents(record_type, [head.record_id for head in page])
            yield from ((head, documents[head.record_id]) for head in page if head.record_id in documents)
            after = page[-1].record_id

    def lineage(self, organization_id: str) -> list[str]:
        """Return the organization and all above it, nearest first."""
        line: list[str] = []
        above: str | None = organization_id
        while above and above not in line:
            line.append(above)
            above = self.head("organization", above).parent_id
        return line

    def public(self, record_type: str, record_id: str, upto: int | None = None) -> Published:
        """Return a record as public now, or as of a public position. Raises NotFound, Withdrawn."""
        if upto is None:
            row = self._reader.read(_PUBLIC_NOW, record_type=record_type, record_id=record_id)
            return _published(self.model[record_type], record_id, row)
        query = self._public_query(upto).where(ENTRIES.c.record_type == record_type, ENTRIES.c.record_id == record_id)
        rows = self._rows(query.order_by(ENTRIES.c.public_seq.desc()).limit(1))
        if rows and self.head(record_type, record_id).state in self.model[record_type].withdrawn_states:
            raise Withdrawn(f"{record_type} {record_id} was withdrawn")
        if not rows or rows[0]["body"] is None:
            raise NotFound(f"There is no public {record_type} {record_id}")
        return Published(**rows[0])

    def public_page(
        self, record_type: str, states: Sequence[str], after: str = "", limit: int = PAGE
    ) -> list[Published]:
        """Return public records in these states after an id, in order of id."""
        where = and_(HEADS.c.record_type == record_type, HEADS.c.public_state.in_(states), HEADS.c.record_id > after)
        # The subquery keeps SQLite from reading all bodies for one page.
        heads = select(HEADS).where(where).order_by(HEADS.c.record_id).limit(limit).subquery()
        return [Published(**row) for row in self._rows(_public_bodies(heads))]

    def public_of(self, record_type: str, record_ids: Sequence[str]) -> list[Published]:
        """Return the public ones of these records, in order of id."""
        where = and_(
            HEADS.c.record_type == record_type,
            HEADS.c.record_id.in_(record_ids),
            HEADS.c.public_state.is_not(None),
        )
        return [Published(**row) for row in self._rows(_public_bodies(HEADS).where(where))]

    def public_positions(self, record_type: str, upto: int) -> list[tuple[str, int]]:
        """Return every record of a type that was public at a position, with its public number then, in order of key."""
        newest = func.max(ENTRIES.c.public_seq)
        query = (
            select(ENTRIES.c.record_id, newest.label("public_seq"))
            .where(ENTRIES.c.record_type == record_type, ENTRIES.c.public_seq <= upto)
            .group_by(ENTRIES.c.record_id)
        )
        withdrawn = set(self._withdrawn(record_type))
        found = [
            (row["record_id"], row["public_seq"]) for row in self._rows(query) if row["record_id"] not in withdrawn
        ]
        return sorted(found, key=lambda pair: pair[0].split("/"))

    def public_position_on(self, day: datetime.date) -> int:
        """Return the public position at the end of that day in Washington."""
        before = written(end_of_day(day))
        query = select(func.max(ENTRIES.c.public_seq).label("position")).where(ENTRIES.c.recorded_at < before)
        return self._rows(query)[0]["position"] or 0

    def bodies(self, keys: Sequence[BodyKey]) -> dict[BodyKey, dict[str, Any]]:
        """Return stored bodies with their salts by record type, id and version."""
        with self.engine.connect() as connection:
            return bodies_of(connection, keys)

    def _newest_bodies(self, record_type: str, record_ids: Sequence[str]) -> list[dict[str, Any]]:
        where = and_(HEADS.c.record_type == record_type, HEADS.c.record_id.in_(record_ids))
        return self._rows(select(BODIES).join(HEADS, body_of(HEADS, HEADS.c.version)).where(where))

    def _public_query(self, upto: int | None) -> Select[Any]:
        query = select(
            ENTRIES.c.record_type,
            ENTRIES.c.record_id,
            ENTRIES.c.version,
            ENTRIES.c.state,
            ENTRIES.c.public_seq,
            BODIES.c.schema_version,
            BODIES.c.public_body.label("body"),
        ).join(BODIES, body_of(ENTRIES, ENTRIES.c.version))
        return query.where(ENTRIES.c.public_seq <= upto if upto is not None else ENTRIES.c.public_seq.is_not(None))

    def _withdrawn(self, record_type: str) -> list[str]:
        where = and_(HEADS.c.record_type == record_type, HEADS.c.state.in_(self.model[record_type].withdrawn_states))
        return [row["record_id"] for row in self._rows(select(HEADS.c.record_id).where(where))]


def _public_bodies(heads: FromClause) -> Select[Any]:
    """Return a query of heads with their public bodies, in order of id."""
    return (
        select(
            heads.c.record_type,
            heads.c.record_id,
            heads.c.public_version.label("version"),
            heads.c.public_state.label("state"),
            heads.c.public_seq,
            BODIES.c.schema_version,
            BODIES.c.public_body.label("body"),
        )
        .join(BODIES, body_of(heads, heads.c.public_version))
        .order_by(heads.c.record_id)
    )


def _published(kind: RecordType, record_id: str, row: tuple[Any, ...] | None) -> Published:
    state, body, version, public_state, public_seq, schema_version = row or (None,) * 6
    if state in kind.withdrawn_states:
        raise Withdrawn(f"{kind.name} {record_id} was withdrawn")
    if body is None:
        raise NotFound(f"There is no public {kind.name} {record_id}")
    return Published(
        record_type=kind.name,
        record_id=record_id,
        version=version,
        state=public_state,
        public_seq=public_seq,
        schema_version=schema_version,
        body=body,
    )
