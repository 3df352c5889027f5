"""Walking the whole store against its ledger, page by page, and saying what is wrong where."""

from collections.abc import Generator, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, func, select
from sqlalchemy.exc import DatabaseError, ProgrammingError

from inventory.calendar.fiscal import Clock
from inventory.ledger.chain import ChainState, Entry, after, link_faults
from inventory.ledger.clock_drift import future_faults, moment
from inventory.ledger.heads import ENTRY_COLUMNS, PAGE
from inventory.ledger.store import Store
from inventory.ledger.verify_contents import (
    Fault,
    Progress,
    View,
    body_faults,
    head_faults,
    missing_bodies,
    stray_heads,
)
from inventory.records.registry import Model
from inventory.storage.engines import reading
from inventory.storage.file_checks import file_faults
from inventory.storage.tables import CHAIN, ENTRIES


def verify(store: Store, progress: Progress, now: Clock) -> Iterator[Fault]:
    """Everything wrong with a store: its file, links, numbers, bodies, heads, the chain's end, dates in the future.

    What is written meanwhile does not matter: entries are walked to where they ended at the beginning.
    """
    yield from (Fault("file", "", line) for line in file_faults(store.engine))
    yield from walk(lambda: reading(store.engine), store.model, progress)
    yield from _readable("entries", future_faults(store, now()))


def walk(view: View, model: Model, progress: Progress) -> Iterator[Fault]:
    """The same without the file, in whatever transactions `view` opens."""
    yield from _readable("entries", _ledger_faults(view, model, progress))
    yield from _readable("bodies", body_faults(view, progress))
    for name in model:
        yield from _readable("heads", head_faults(view, model, name, progress))
    yield from _readable("heads", stray_heads(view))


def _readable(table: str, faults: Iterator[Fault]) -> Iterator[Fault]:
    try:
        yield from faults
    except ProgrammingError:
        raise  # a mistake of ours, not of what is kept
    except DatabaseError as fault:
        yield Fault(table, "", f"cannot be read on: {fault.orig}")


def _ledger_faults(view: View, model: Model, progress: Progress) -> Iterator[Fault]:
    with view() as connection:
        first, last = connection.execute(select(func.min(ENTRIES.c.seq), func.max(ENTRIES.c.seq))).one()
        rows = [dict(row) for row in connection.execute(select(CHAIN)).mappings()]
    state = yield from _entry_faults(view, model, (first or 1, last or 0), progress)
    wanted = {"id": 1, **msgspec.structs.asdict(state)}
    if len(rows) != 1:
        yield Fault("chain", "", f"has {len(rows)} rows and not one")
    elif rows[0] != wanted:
        differing = [name for name in wanted if rows[0][name] != wanted[name]]
        told = "; ".join(f"{name} is {rows[0][name]!r}, the entries end at {wanted[name]!r}" for name in differing)
        yield Fault("chain", "", told)


def _entry_faults(
    view: View, model: Model, span: tuple[int, int], progress: Progress
) -> Generator[Fault, None, ChainState]:
    """Walk the entries, row by row where a page cannot be read. Returns where they end."""
    at, last = span[0] - 1, span[1]
    state, size = ChainState(), PAGE
    while at < last:
        try:
            with view() as connection:
                rows = _rows(connection, at, last, size)
                missing = list(missing_bodies(connection, rows))
        except DatabaseError as fault:
            if size == 1:
                at, size = _next(view, at), PAGE
                state = ChainState(at, state.public_seq, "", state.recorded_at)
                yield Fault("entries", str(at), f"cannot be read: {fault.orig}")
            else:
                size = 1
            continue
        if not rows:  # an index knows of entries that the table does not hold
            yield Fault("entries", f"{at + 1} to {last}", "cannot be found")
            break
        for row in rows:
            state = yield from _row_faults(row, state, model)
        yield from missing
        at = rows[-1]["seq"]
        progress("verifying entries", max(at, 0))
    return state


def _row_faults(row: dict[str, Any], state: ChainState, model: Model) -> Generator[Fault, None, ChainState]:
    try:
        entry = msgspec.convert(row, Entry)
    except msgspec.ValidationError as fault:
        yield Fault("entries", str(row["seq"]), f"is no entry: {fault}")
        return ChainState(row["seq"], state.public_seq, "", state.recorded_at)
    yield from (Fault("entries", where, what) for where, what in link_faults(entry, state))
    if moment(entry.recorded_at) is None:
        yield Fault("entries", str(entry.seq), f"is recorded at {entry.recorded_at!r}, which is no time with a zone")
    if entry.record_type not in model:
        yield Fault("entries", str(entry.seq), f"is of an unknown kind of record, {entry.record_type}")
    return after(state, entry)


def _rows(connection: Connection, at: int, last: int, size: int) -> list[dict[str, Any]]:
    where = and_(ENTRIES.c.seq > at, ENTRIES.c.seq <= last)
    query = select(*ENTRY_COLUMNS).where(where).order_by(ENTRIES.c.seq).limit(size)
    return [dict(row) for row in connection.execute(query).mappings()]


def _next(view: View, at: int) -> int:
    with view() as connection:
        return int(connection.execute(select(func.min(ENTRIES.c.seq)).where(ENTRIES.c.seq > at)).scalar_one())
