"""Denied writes: the newest are stored next to the ledger."""

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, insert, select

from inventory.access.owners import Owners
from inventory.access.policy import roles_told
from inventory.errors import NotAllowed
from inventory.ledger.heads import PAGE
from inventory.ledger.store import Store
from inventory.records.lifecycle import GRANTS, Actor, Role
from inventory.storage.engines import exclusive, reading
from inventory.storage.tables import KEYS, REFUSALS

KEPT = 10_000
"""Maximum number of stored denials, counted apart with and without a key, so that the latter cannot push out the
former."""
NEWEST = 2**31 - 1
"""A number above every denial's own."""


class Refusal(Struct, frozen=True, kw_only=True):
    """A denied write: time (UTC), key holder and key id (empty and null without a key), address, request and reason."""

    refused_at: str
    holder: str
    key_id: str | None
    address: str
    method: str
    path: str
    status: int
    reason: str


_COLUMNS = [REFUSALS.c[name] for name in Refusal.__struct_fields__]


def keep(store: Store, refusals: Sequence[Refusal]) -> None:
    """Store denials, and delete the oldest above the limit."""
    with exclusive(store.engine) as connection:
        connection.execute(insert(REFUSALS), [msgspec.structs.asdict(refusal) for refusal in refusals])
        for where in (REFUSALS.c.key_id.is_(None), REFUSALS.c.key_id.is_not(None)):
            _forget(connection, where)


def refusals(store: Store, actor: Actor, most: int) -> list[Refusal]:
    """Return the newest denials, newest first, for keys the actor may see.

    Raises NotAllowed if the actor may see none.
    """
    return [refusal for _, refusal in islice(numbered(store, actor), most)]


def numbered(store: Store, actor: Actor, before: int = NEWEST) -> Iterator[tuple[int, Refusal]]:
    """Yield denials before a number, newest first, each with its number. Raises NotAllowed before the first is read."""
    if actor.role not in GRANTS:
        raise NotAllowed(f"{actor.role} does not see refused attempts; {roles_told(GRANTS)} does")
    return _numbered(store, actor, before)


def _numbered(store: Store, actor: Actor, before: int) -> Iterator[tuple[int, Refusal]]:
    query = select(*_COLUMNS, REFUSALS.c.number, KEYS.c.organization_id).order_by(REFUSALS.c.number.desc()).limit(PAGE)
    query = query.outerjoin(KEYS, KEYS.c.key_id == REFUSALS.c.key_id)
    while True:
        with reading(store.engine) as connection:
            rows = connection.execute(query.where(REFUSALS.c.number < before)).mappings().all()
            owners = Owners(connection, store.model)
            shown = [row for row in rows if _is_shown(owners, actor, row["organization_id"])]
        for row in shown:
            yield row["number"], Refusal(**{name: row[name] for name in Refusal.__struct_fields__})
        if not rows:
            return
        before = rows[-1]["number"]


def _is_shown(owners: Owners, actor: Actor, organization_id: str | None) -> bool:
    """Return whether the actor may see a denial.

    Organization administrators see those of their keys and of keys below.
    """
    if actor.role is not Role.ORGANIZATION_ADMIN:
        return True
    return organization_id is not None and actor.organization_id in owners.lineage(organization_id, {})


def _forget(connection: Connection, where: ColumnElement[bool]) -> None:
    newest = select(REFUSALS.c.number).where(where).order_by(REFUSALS.c.number.desc())
    last = connection.execute(newest.offset(KEPT).limit(1)).scalar()
    if last is not None:
        connection.execute(delete(REFUSALS).where(where, REFUSALS.c.number <= last))
