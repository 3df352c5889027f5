"""Pages of records as public on a day, and counts of public records, computed in the database."""

import datetime
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from inventory.ledger.heads import PAGE
from inventory.ledger.store import Published, Store
from inventory.storage.engines import reading
from inventory.storage.tables import BODIES, ENTRIES, HEADS, body_of

LAST_DAY = datetime.date(9990, 1, 1)
"""The last supported day, because the standard library's calendar ends soon after."""


def public_counts(store: Store) -> dict[str, int]:
    """Return the number of public records of each type."""
    query = select(HEADS.c.record_type, func.count()).where(HEADS.c.public_state.is_not(None))
    with reading(store.engine) as connection:
        found = {name: count for name, count in connection.execute(query.group_by(HEADS.c.record_type))}
    return {name: found.get(name, 0) for name in store.model}


def position_on(store: Store, day: datetime.date) -> int:
    """Return the public position at the end of that day in Washington, for any day."""
    return store.public_position_on(min(day, LAST_DAY))


def public_page_at(
    store: Store, record_type: str, upto: int, after: str = "", limit: int = PAGE, states: Sequence[str] | None = None
) -> list[Published]:
    """Return records as public at a position (in these states), after an id, in order of id, without withdrawn ones."""
    query = (
        _as_of(record_type, upto, store.model[record_type].withdrawn_states)
        .where(HEADS.c.record_id > after)
        .order_by(HEADS.c.record_id)
        .limit(limit)
    )
    if states is not None:
        query = query.where(ENTRIES.c.state.in_(states))
    with reading(store.engine) as connection:
        return [Published(**row) for row in connection.execute(query).mappings()]


def public_of_at(store: Store, record_type: str, upto: int, record_ids: Sequence[str]) -> list[Published]:
    """Return these records as public at a position, in order of id, without withdrawn ones."""
    query = _as_of(record_type, upto, store.model[record_type].withdrawn_states)
    with reading(store.engine) as connection:
        found = connection.execute(query.where(HEADS.c.record_id.in_(record_ids)).order_by(HEADS.c.record_id))
        return [Published(**row) for row in found.mappings()]


def _as_of(record_type: str, upto: int, withdrawn: Collection[str]) -> Select[Any]:
    # The query goes from head to head, so that the cost of a page does not grow with the ledger.
    acts = ENTRIES.alias("acts")
    newest = select(func.max(acts.c.public_seq)).where(
        acts.c.record_type == HEADS.c.record_type, acts.c.record_id == HEADS.c.record_id, acts.c.public_seq <= upto
    )
    shown = [ENTRIES.c[name] for name in ("record_type", "record_id", "version", "state", "public_seq")]
    tables = HEADS.join(ENTRIES, ENTRIES.c.public_seq == newest.scalar_subquery()).join(
        BODIES, body_of(ENTRIES, ENTRIES.c.version)
    )
    return (
        select(*shown, BODIES.c.schema_version, BODIES.c.public_body.label("body"))
        .select_from(tables)
        .where(HEADS.c.record_type == record_type, HEADS.c.state.not_in(withdrawn), BODIES.c.public_body.is_not(None))
    )
