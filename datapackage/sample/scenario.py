"""The sample's two years of feedback, acted out as a provider and OMB would, entry by entry."""

import datetime
from collections.abc import Callable, Iterable, Sequence

from datapackage.sample.feedback import PERIODS, RESTATED, instrument, is_late, published, quarter, restated
from inventory.calendar.fiscal import Period, due
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import Document
from inventory.writes.change import Attestation, Change
from inventory.writes.writer import append

Clock = Callable[[], datetime.datetime]
Progress = Callable[[str, int], None]

PROVIDER = Actor("synthetic:provider", Role.OPERATOR)
OMB = Actor("synthetic:omb", Role.OPERATOR)
ATTESTED = Attestation("Synthetic sample", "nobody attests to it")
NOON = datetime.time(17, tzinfo=datetime.UTC)  # in Washington
BEGINS = datetime.datetime(2024, 9, 3, 17, tzinfo=datetime.UTC)
"""The time at which the scenario of an empty inventory begins. A ledger with later entries keeps its own time."""
DAY = datetime.timedelta(days=1)


def began(store: Store, now: Clock) -> Clock:
    """Return the clock of the sample's load: the scenario's in an empty inventory, else the real one."""
    return now if store.chain().seq else at(BEGINS)


def is_rehearsed(store: Store) -> bool:
    """Return whether the newest entry is one of the sample's acts, which have dates of the scenario."""
    last = store.entries(after=store.chain().seq - 1, limit=1)
    return bool(last) and last[0].actor in (PROVIDER.holder, OMB.holder)


def at(moment: datetime.datetime) -> Clock:
    """Return a clock that stands still."""
    return lambda: moment


def rehearse(store: Store, now: Clock, progress: Progress) -> int:
    """Act out the sample's feedback, unless it is there already, and return the number of quarters.

    Acts get the days on which they would have been done, as far as the ledger's order of time allows.
    """
    count = 0
    services = _designated(store)
    surveys = [("instrument", instrument(*pair, _name(store, pair[1]))) for pair in services]
    _act(store, at(BEGINS), PROVIDER, "save", _new(store, surveys))
    count += _take(store, _new(store, (("feedback", document) for document in published())), BEGINS, now)
    for period in PERIODS:
        day = due(period.fiscal_year, period.obligation).on
        for late in (False, True):
            chosen = [pair for pair in services if is_late(pair[1], period) == late]
            documents = (quarter(*pair, period) for pair in chosen)
            when = datetime.datetime.combine(day, NOON) + (9 * DAY if late else -6 * DAY)
            count += _take(store, _new(store, (("feedback", one) for one in documents if one)), when, now)
        progress("rehearsing quarters", count)
        if period == Period(2025, 4):
            _restate(store, datetime.datetime.combine(day, NOON) + 20 * DAY)
    return count


def _take(store: Store, chosen: Sequence[tuple[str, Document]], when: datetime.datetime, now: Clock) -> int:
    """Take quarters from draft to publication. No act is dated in the future."""
    _act(store, at(min(when, now())), PROVIDER, "save", chosen)
    acts = (("submit", PROVIDER, 0), ("accept", OMB, 3), ("publish", OMB, 5))
    for action, actor, days in acts:
        _act(store, at(min(when + days * DAY, now())), actor, action, chosen)
    return len(chosen)


def _restate(store: Store, when: datetime.datetime) -> None:
    document = restated()
    record_id = store.model["feedback"].record_id(document)
    if store.head("feedback", record_id).version != 1:
        return
    change = Change(
        record_type="feedback",
        record_id=record_id,
        action="restate",
        document=document,
        note=f"Synthetic: answers of {RESTATED[1]} came late",
    )
    append(store, PROVIDER, at(when), change)
    for action, actor in (("submit", PROVIDER), ("accept", OMB), ("publish", OMB)):
        _act(store, at(when), actor, action, [("feedback", document)])


def _act(store: Store, now: Clock, actor: Actor, action: str, chosen: Iterable[tuple[str, Document]]) -> None:
    changes = [
        Change(
            record_type=name,
            record_id=store.model[name].record_id(document),
            action=action,
            document=document if action == "save" else None,
            attestation=ATTESTED if action == "submit" else None,
        )
        for name, document in chosen
    ]
    append(store, actor, now, *changes)


def _new(store: Store, chosen: Iterable[tuple[str, Document]]) -> list[tuple[str, Document]]:
    """Return the records that the store does not have."""
    return [
        (name, document)
        for name, document in chosen
        if not store.head(name, store.model[name].record_id(document)).version
    ]


def _designated(store: Store) -> list[tuple[str, str]]:
    """Return the providers and services of the sample's quarters."""
    found = {
        (known["provider_id"], known["service_id"])
        for head, known in store.all_documents("designation")
        if head.state == "current" and known["fiscal_year"] in (2025, 2026)
    }
    return sorted(found)


def _name(store: Store, service_id: str) -> str:
    return store.head("service", service_id).name
