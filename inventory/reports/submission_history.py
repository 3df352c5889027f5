"""First submissions of quarters and days of designations, read from the ledger to judge deadlines."""

import datetime
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import msgspec
from sqlalchemy import and_, select

from inventory.calendar.fiscal import day_of
from inventory.calendar.statuses import Report
from inventory.codes import DesignationState
from inventory.ledger.chain import Entry
from inventory.ledger.heads import ENTRY_COLUMNS, PAGE
from inventory.ledger.store import Store
from inventory.records.lifecycle import ERASE
from inventory.records.registry import DESIGNATION, FEEDBACK
from inventory.storage.engines import reading
from inventory.storage.tables import ENTRIES

Judged = tuple[int, str, datetime.date | None]
"""The version of a quarter that counts, the state it is in, and the day of its first submission."""


def reports_of(store: Store, record_ids: Collection[str], upto: int | None) -> dict[str, Report]:
    """Return the submitted quarters by id. upto: as public at that position; None: as operators see them now."""
    found = {}
    for record_id, entries in _histories(store, FEEDBACK.name, record_ids):
        if judged := _judged(entries, upto):
            found[record_id] = judged
    bodies = store.bodies([(FEEDBACK.name, record_id, version) for record_id, (version, _, _) in found.items()])
    reports = {}
    for record_id, (version, state, first) in found.items():
        body = bodies.get((FEEDBACK.name, record_id, version), {})
        known, document = body.get("public_body"), None
        if known is not None and state not in FEEDBACK.withdrawn_states:
            document = FEEDBACK.upcast(msgspec.json.decode(known), body["schema_version"])
        reports[record_id] = Report(state, first, document)
    return reports


def days_made(store: Store, record_ids: Collection[str]) -> dict[str, list[datetime.date]]:
    """Return the days on which these designations came into force, by provider."""
    days: dict[str, list[datetime.date]] = {}
    for record_id, entries in _histories(store, DESIGNATION.name, record_ids):
        first = next(entry for entry in entries if entry.state == DesignationState.CURRENT)
        days.setdefault(record_id.partition("/")[0], []).append(day_of(first.recorded_at))
    return days


def _judged(entries: Sequence[Entry], upto: int | None) -> Judged | None:
    """Return the facts that count for a quarter; None if no visible submission exists.

    A recalled submission does not count, unless an earlier one was published. The public sees a submission only
    through a later publication. A withdrawn quarter is withdrawn on every day.
    """
    first: datetime.date | None = None
    judged: int | None = None
    public: Judged | None = None
    acts = [entry for entry in entries if entry.action != ERASE]
    for entry in acts:
        if entry.action == "submit":
            first, judged = first or day_of(entry.recorded_at), entry.version
        elif entry.action == "recall":
            judged = public[0] if public else None
        elif entry.public_seq is not None and (upto is None or entry.public_seq <= upto):
            judged = entry.version
            public = (entry.version, entry.state, first)
    now = acts[-1].state
    if upto is None:
        return (judged, now, first) if judged is not None else None
    return (public[0], now, None) if public and now in FEEDBACK.withdrawn_states else public


def _histories(store: Store, record_type: str, record_ids: Collection[str]) -> Iterator[tuple[str, list[Entry]]]:
    """Yield every entry of these records, oldest first, record by record."""
    ids = sorted(record_ids)
    for start in range(0, len(ids), PAGE):
        same = and_(ENTRIES.c.record_type == record_type, ENTRIES.c.record_id.in_(ids[start : start + PAGE]))
        query = select(*ENTRY_COLUMNS).where(same).order_by(ENTRIES.c.record_id, ENTRIES.c.seq)
        with reading(store.engine) as connection:
            entries = [Entry(**row) for row in connection.execute(query).mappings()]
        for record_id, mine in groupby(entries, key=lambda entry: entry.record_id):
            yield record_id, list(mine)
