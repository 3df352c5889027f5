"""Records as an API key sees them: public records, and others as its role and organization allow.

The newest version is visible, private part included, where its state allows that. Otherwise the public version is
visible, whole for its owner and OMB.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, case, not_, or_, select, true

from inventory.access.policy import reaches, sees, sees_of_reached
from inventory.errors import NotFound, Withdrawn
from inventory.ledger.heads import PAGE, Head, whole_document
from inventory.ledger.store import Store
from inventory.records.documents import encode
from inventory.records.lifecycle import OMB_ROLES, Actor, Role
from inventory.records.registry import RecordType
from inventory.storage.engines import reading
from inventory.storage.tables import BODIES, HEADS, body_of


class Shown(Protocol):
    """A record as shown to an actor: the bytes of its document, and an ETag."""

    @property
    def record_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def schema_version(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def etag(self) -> str: ...


class Seen(Struct, frozen=True, kw_only=True):
    """A record as an API key sees it, in today's schema."""

    record_id: str
    version: int
    state: str
    schema_version: int
    body: bytes
    etag: str


ERASED_TAG = "-erased"
"""The end of the ETag of a version without its private part, which was erased."""
PUBLIC_TAG = re.compile('"p?[0-9]+"')
"""The form of ETags of a public version, with or without its private part."""


def newest_tag(head: Head) -> str:
    """Return the ETag of a record's newest version. Changes must be based on it."""
    return f'"e{head.seq}"'


def tag_seen(actor: Actor, head: Head) -> str | None:
    """Return the ETag that the actor sees of a record it has access to; None if no version is visible."""
    if head.version and sees_of_reached(actor, head.state):
        return newest_tag(head)
    return f'"p{head.public_seq}"' if head.public_state is not None else None


def seen(store: Store, actor: Actor | None, kind: RecordType, record_id: str) -> Shown:
    """Return a record as the actor sees it now; None is the public. Raises NotFound, Withdrawn."""
    if actor is None:
        return store.public(kind.name, record_id)
    head = store.head(kind.name, record_id)
    if head.state in kind.withdrawn_states:
        raise Withdrawn(f"{kind.name} {record_id} was withdrawn")
    lineage = store.lineage(head.organization_id) if head.version else []
    if head.version and not reaches(actor, lineage):
        lineage = []
    is_newest = head.version > 0 and sees(actor, head.state, is_public=_is_public(head), lineage=lineage)
    if not is_newest and head.public_state is None:
        raise NotFound(f"There is no {kind.name} {record_id} that {actor.holder} may see")
    if not reaches(actor, lineage):
        return store.public(kind.name, record_id)
    version = head.version if is_newest else head.public_version or 0
    row = store.bodies([(kind.name, record_id, version)])[kind.name, record_id, version]
    return _whole(kind, {**msgspec.structs.asdict(head), **row, "is_newest": is_newest})


def seen_page(
    store: Store,
    actor: Actor,
    kind: RecordType,
    states: Collection[str],
    after: str = "",
    limit: int = PAGE,
    organization: str | None = None,
    among: Sequence[str] | None = None,
    is_public: bool | None = None,
) -> list[Shown]:
    """Return visible records in these states that follow an id, in order of id, each once.

    If the newest version is in none of these states or not visible, the public version may be shown. organization:
    only records of it or of one below it. among: only these ids. is_public: only records shown as everyone sees
    them, or only the others.
    """
    reached = true() if reaches(actor, ()) else _owned_by(actor.organization_id)
    newest = and_(_newest_is_seen(actor, reached), HEADS.c.state.in_(states))
    unpublished, published = and_(newest, not_(_NEWEST_IS_PUBLIC)), HEADS.c.public_state.in_(states)
    shown = {None: or_(unpublished, published), True: and_(published, not_(unpublished)), False: unpublished}
    where = [HEADS.c.record_type == kind.name, HEADS.c.record_id > after, shown[is_public]]
    if organization is not None:
        where.append(_owned_by(organization))
    if among is not None:
        where.append(HEADS.c.record_id.in_(among))
    query = _with_bodies(_heads(newest, reached).where(*where).order_by(HEADS.c.record_id).limit(limit))
    with reading(store.engine) as connection:
        rows = connection.execute(query).mappings().all()
    return [_whole(kind, row) if row["is_reached"] else _public(row) for row in rows]


_NEWEST_IS_PUBLIC = and_(
    HEADS.c.public_version.is_not_distinct_from(HEADS.c.version),
    HEADS.c.public_state.is_not_distinct_from(HEADS.c.state),
)
"""The SQL form of `_is_public`."""


def _is_public(head: Head) -> bool:
    """Return whether a record's newest version is the public one."""
    return (head.public_version, head.public_state) == (head.version, head.state)


def _newest_is_seen(actor: Actor, reached: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the SQL form of `sees` for the newest version of each record."""
    if actor.role is Role.OPERATOR:
        return true()
    return or_(_NEWEST_IS_PUBLIC, HEADS.c.state != "draft" if actor.role in OMB_ROLES else reached)


def _owned_by(organization_id: str | None) -> ColumnElement[bool]:
    """Return an SQL condition: that organization or one below it owns the record."""
    is_organization = HEADS.c.record_type == "organization"
    below = select(HEADS.c.record_id).where(is_organization, HEADS.c.record_id == organization_id).cte(recursive=True)
    inner = HEADS.alias()
    above = inner.c.parent_id == below.c.record_id
    below = below.union(select(inner.c.record_id).where(inner.c.record_type == "organization", above))
    return HEADS.c.organization_id.in_(select(below.c.record_id))


def _heads(newest: ColumnElement[bool], reached: ColumnElement[bool]) -> Select[Any]:
    """Return a query of heads with the version that is visible."""
    version = case((newest, HEADS.c.version), else_=HEADS.c.public_version)
    standing = (HEADS.c.record_type, HEADS.c.record_id, HEADS.c.state, HEADS.c.seq)
    public = (HEADS.c.public_state, HEADS.c.public_seq)
    return select(*standing, *public, version.label("version"), newest.label("is_newest"), reached.label("is_reached"))


def _with_bodies(page: Select[Any]) -> Select[Any]:
    """Return a page of heads with the visible bodies. The subquery keeps SQLite from reading all bodies first."""
    heads = page.subquery()
    parts = (BODIES.c.schema_version, BODIES.c.public_body, BODIES.c.private_body, BODIES.c.private_salt)
    return select(heads, *parts).join(BODIES, body_of(heads, heads.c.version)).order_by(heads.c.record_id)


def _whole(kind: RecordType, row: Mapping[Any, Any]) -> Seen:
    """Return the record with its private part, for actors with access to it."""
    newest = row["is_newest"]
    return Seen(
        record_id=row["record_id"],
        version=row["version"],
        state=row["state"] if newest else row["public_state"],
        schema_version=kind.schema_version,
        body=encode(whole_document(kind, row)),
        etag=f'"e{row["seq"]}"' if newest else f'"p{row["public_seq"]}{"" if row["private_salt"] else ERASED_TAG}"',
    )


def _public(row: Mapping[Any, Any]) -> Seen:
    """Return the record as everyone sees it."""
    return Seen(
        record_id=row["record_id"],
        version=row["version"],
        state=row["public_state"],
        schema_version=row["schema_version"],
        body=row["public_body"],
        etag=f'"{row["public_seq"]}"',
    )
