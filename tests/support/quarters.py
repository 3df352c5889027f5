"""Published quarters of feedback, with all that they need: a few of a test's own making, or as many as it asks for."""

from collections.abc import Iterable
from typing import Any

from inventory.calendar.fiscal import Period, period
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import Document
from inventory.writes.change import Attestation, Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.builders import (
    STATEMENTS,
    a_collection,
    a_designation,
    a_feedback,
    a_measure,
    a_provider,
    a_service,
    with_organizations,
)

REVIEWER = Actor("omb", Role.OMB_REVIEWER)
ATTESTED = Attestation("A synthetic name", "Director")


def a_quarter(named: str, counts: dict[str, list[int]] | None = None, **changes: Any) -> Document:
    """Feedback of a quarter such as 2026-Q1, which breaks no rule: one collection of all measures.

    counts: those that are not the builder's, by measure. collection: changes to the collection.
    """
    quarter = period(named)
    assert quarter is not None
    measures = [a_measure(measure, (counts or {}).get(measure)) for measure in STATEMENTS]
    collection = in_quarter(quarter.fiscal_year, quarter.quarter, measures=measures, **changes.pop("collection", {}))
    facts = {"fiscal_year": quarter.fiscal_year, "quarter": quarter.quarter, "collections": [collection]}
    return a_feedback(**{**facts, **changes})


def in_quarter(year: int, quarter: int, **changes: Any) -> Document:
    """A collection of that quarter."""
    days = Period(year, quarter)
    dates = {"collected_from": days.first_day.isoformat(), "collected_to": days.last_day.isoformat()}
    return a_collection(**dates, **changes)


def with_designations(
    store: Store, designated: Iterable[tuple[str, str, int]], types: dict[str, str] | None = None
) -> Store:
    """The store, once it knows providers that report on services in fiscal years. types: those of services, by id."""
    with_organizations(store)
    chosen = sorted(set(designated))
    changes = [
        _saving("provider", provider_id, a_provider(provider_id=provider_id))
        for provider_id in sorted({provider_id for provider_id, _, _ in chosen})
    ]
    for service_id in sorted({service_id for _, service_id, _ in chosen}):
        kind = (types or {}).get(service_id, "administrative")
        changes.append(_saving("service", service_id, a_service(service_id=service_id, service_type=kind)))
        changes.append(Change(record_type="service", record_id=service_id, action="publish"))
    for provider_id, service_id, year in chosen:
        designation = a_designation(provider_id=provider_id, service_id=service_id, fiscal_year=year)
        changes.append(_saving("designation", f"{provider_id}/{service_id}/{year}", designation))
    append(store, OPERATOR, now, *changes)
    return store


def publish_quarters(store: Store, *quarters: Document, types: dict[str, str] | None = None) -> Store:
    """The store with these quarters published, one after the other, and all that they need."""
    with_designations(store, ((q["provider_id"], q["service_id"], q["fiscal_year"]) for q in quarters), types)
    for quarter in quarters:
        publish_quarter(store, quarter)
    return store


def publish_quarter(store: Store, quarter: Document) -> None:
    """Take a quarter all the way; one that is public already is restated."""
    quarter = _with_reasons(quarter)
    record_id = store.model["feedback"].record_id(quarter)
    if store.head("feedback", record_id).version:
        restated = Change(
            record_type="feedback", record_id=record_id, action="restate", document=quarter, note="Corrected"
        )
        append(store, OPERATOR, now, restated)
    else:
        append(store, OPERATOR, now, _saving("feedback", record_id, quarter))
    _take(store, [record_id])


def publish_many(store: Store, quarters: Iterable[Document]) -> list[str]:
    """Take new quarters to the public all at once. Returns their ids, in order."""
    documents = {store.model["feedback"].record_id(quarter): quarter for quarter in quarters}
    append(store, OPERATOR, now, *(_saving("feedback", i, document) for i, document in documents.items()))
    _take(store, list(documents))
    return sorted(documents)


def _take(store: Store, ids: Iterable[str]) -> None:
    """Take drafts of quarters to the public."""
    for action, actor, attestation in (
        ("submit", OPERATOR, ATTESTED),
        ("accept", REVIEWER, None),
        ("publish", REVIEWER, None),
    ):
        acts = (Change(record_type="feedback", record_id=i, action=action, attestation=attestation) for i in ids)
        append(store, actor, now, *acts)


def _with_reasons(quarter: Document) -> Document:
    """The quarter, saying why it lacks the measures that it lacks."""
    told = {item["measure"] for each in quarter.get("collections", ()) for item in each.get("measures", ())}
    lacking = [{"measure": measure, "reason": "omb_agreed"} for measure in STATEMENTS if measure not in told]
    return {**quarter, "not_measured": [*quarter.get("not_measured", []), *lacking]}


def _saving(record_type: str, record_id: str, document: Document) -> Change:
    return Change(record_type=record_type, record_id=record_id, action="save", document=document)
