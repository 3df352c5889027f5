"""The store's own tables. They validate nothing: records are checked before they are stored."""

from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Index,
    LargeBinary,
    MetaData,
    Text,
    and_,
    bindparam,
    select,
)
from sqlmodel import Field, SQLModel

METADATA = MetaData()


class Table(SQLModel):
    """Base class of the store's tables."""

    metadata = METADATA


def _key() -> Column[str]:
    # Byte order on both engines, so that cursors and sorted files agree.
    return Column(Text().with_variant(Text(collation="C"), "postgresql"), primary_key=True)


class EntryRow(Table, table=True):
    """A ledger entry, never changed."""

    __tablename__ = "entries"
    __table_args__ = (
        Index("entries_public_seq", "public_seq", unique=True),
        Index("entries_of_record", "record_type", "record_id", "seq"),
        Index("entries_link", "link", unique=True),
    )
    seq: int = Field(primary_key=True)
    public_seq: int | None = None
    record_type: str
    record_id: str = Field(sa_column=Column(Text().with_variant(Text(collation="C"), "postgresql"), nullable=False))
    version: int
    action: str
    state: str
    schema_version: int
    public_digest: str
    private_digest: str
    actor: str
    recorded_at: str
    note: str
    link: str


class BodyRow(Table, table=True):
    """A record version's two parts, with the salts of their digests.

    The private body is null if there is no private part. An erased part has no salt either.
    """

    __tablename__ = "bodies"
    record_type: str = Field(sa_column=_key())
    record_id: str = Field(sa_column=_key())
    version: int = Field(primary_key=True)
    schema_version: int
    public_salt: str | None
    public_body: bytes | None = Field(sa_column=Column(LargeBinary))
    private_salt: str | None
    private_body: bytes | None = Field(sa_column=Column(LargeBinary))


class HeadRow(Table, table=True):
    """A record's newest version, with what lists and filters need, and its public version (null: not public)."""

    __tablename__ = "heads"
    __table_args__ = (Index("heads_public", "record_type", "public_state", "record_id"),)
    record_type: str = Field(sa_column=_key())
    record_id: str = Field(sa_column=_key())
    organization_id: str
    parent_id: str | None = None
    name: str
    state: str
    version: int
    seq: int
    public_state: str | None = None
    public_version: int | None = None
    public_seq: int | None = None


class ChainRow(Table, table=True):
    """The single row of the chain's state. Writers queue on it."""

    __tablename__ = "chain"
    id: int = Field(primary_key=True)
    seq: int
    public_seq: int
    link: str
    recorded_at: str


class KeyRow(Table, table=True):
    """An API key: holder, role, organization and expiry. Only a digest of its secret is stored."""

    __tablename__ = "keys"
    key_id: str = Field(sa_column=_key())
    digest: str
    holder: str
    role: str
    organization_id: str | None = None
    issued_by: str
    issued_at: str
    expires_at: str
    revoked_by: str | None = None
    revoked_at: str | None = None


class AnswerRow(Table, table=True):
    """A stored response to a write with an Idempotency-Key.

    asker: the key holder. fingerprint: the digest of the request.
    """

    __tablename__ = "answers"
    asker: str = Field(sa_column=_key())
    idempotency_key: str = Field(sa_column=_key())
    fingerprint: str
    status: int
    headers: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    recorded_at: str


class RefusalRow(Table, table=True):
    """A denied write: key holder, request and reason."""

    __tablename__ = "refusals"
    number: int | None = Field(default=None, primary_key=True)
    refused_at: str
    holder: str
    key_id: str | None = None
    address: str
    method: str
    path: str
    status: int
    reason: str


ENTRIES, BODIES = METADATA.tables["entries"], METADATA.tables["bodies"]
HEADS, CHAIN = METADATA.tables["heads"], METADATA.tables["chain"]
"""The tables that `psi ledger verify` covers. The tables below are not part of the ledger."""
KEYS, ANSWERS, REFUSALS = METADATA.tables["keys"], METADATA.tables["answers"], METADATA.tables["refusals"]


def body_of(row: FromClause, version: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return a condition: the body has the row's record and this version."""
    return and_(
        BODIES.c.record_type == row.c.record_type,
        BODIES.c.record_id == row.c.record_id,
        BODIES.c.version == version,
    )


_SHOWN = (HEADS.c.public_version, HEADS.c.public_state, HEADS.c.public_seq, BODIES.c.schema_version)
PUBLIC_NOW = (
    select(HEADS.c.state, BODIES.c.public_body, *_SHOWN)
    .select_from(HEADS.outerjoin(BODIES, body_of(HEADS, HEADS.c.public_version)))
    .where(HEADS.c.record_type == bindparam("record_type"), HEADS.c.record_id == bindparam("record_id"))
)
"""A record's newest state, and its public body, version, state, public number and schema version."""


GENESIS = "0" * 64
