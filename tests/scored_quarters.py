"""Published quarters of feedback, for tests of what is made of them."""

import datetime
from typing import Any

from inventory.calendar import Period
from inventory.changes import Attestation, Change
from inventory.checking import check
from inventory.documents import document
from inventory.lifecycle import Actor, Role
from inventory.record_types import Document
from inventory.store import Store
from inventory.writing import append
from tests.builders import (
    STATEMENTS,
    a_collection,
    a_designation,
    a_feedback,
    a_measure,
    a_provider,
    a_service,
    with_organizations,
)
from tests.conftest import OPERATOR

REVIEWER = Actor("omb", Role.OMB_REVIEWER)
ATTESTED = Attestation("A synthetic name", "Director")


def on_time() -> datetime.datetime:
    """A moment after every quarter that the tests tell of."""
    return datetime.datetime(2026, 11, 23, 17, tzinfo=datetime.UTC)


def a_quarter(period: str, counts: dict[str, list[int]] | None = None, **changes: Any) -> Document:
    """A quarter on passports with one collection of all measures; `counts` are those that are not the builder's."""
    year, quarter = int(period[:4]), int(period[-1])
    measures = [a_measure(measure, (counts or {}).get(measure)) for measure in STATEMENTS]
    collection = in_quarter(year, quarter, measures=measures, **changes.pop("collection", {}))
    return a_feedback(**{"fiscal_year": year, "quarter": quarter, "collections": [collection], **changes})


def in_quarter(year: int, quarter: int, **changes: Any) -> Document:
    """A collection of that quarter."""
    days = Period(year, quarter)
    dates = {"collected_from": days.first_day.isoformat(), "collected_to": days.last_day.isoformat()}
    return a_collection(**dates, **changes)


def publish_quarters(store: Store, *quarters: Document, types: dict[str, str] | None = None) -> Store:
    """The store with these quarters published, and all that they need. types: those of services, by id."""
    with_organizations(store)
    for provider_id in sorted({quarter["provider_id"] for quarter in quarters}):
        _act(store, "provider", provider_id, "save", a_provider(provider_id=provider_id))
    for service_id in sorted({quarter["service_id"] for quarter in quarters}):
        service = a_service(service_id=service_id, service_type=(types or {}).get(service_id, "administrative"))
        _act(store, "service", service_id, "save", service)
        _act(store, "service", service_id, "publish")
    for provider_id, service_id, year in sorted(
        {(q["provider_id"], q["service_id"], q["fiscal_year"]) for q in quarters}
    ):
        designation = a_designation(provider_id=provider_id, service_id=service_id, fiscal_year=year)
        _act(store, "designation", f"{provider_id}/{service_id}/{year}", "save", designation)
    for quarter in quarters:
        publish_quarter(store, quarter)
    return store


def publish_quarter(store: Store, quarter: Document) -> None:
    """Take a quarter all the way; one that is public already is restated."""
    record = check(store.model["feedback"], _with_reasons(quarter)).record
    assert record is not None
    quarter, record_id = document(record), store.model["feedback"].record_id(quarter)
    if store.head("feedback", record_id).version:
        _act(store, "feedback", record_id, "restate", quarter, note="Corrected")
    else:
        _act(store, "feedback", record_id, "save", quarter)
    _act(store, "feedback", record_id, "submit", attestation=ATTESTED)
    _act(store, "feedback", record_id, "accept", actor=REVIEWER)
    _act(store, "feedback", record_id, "publish", actor=REVIEWER)


def _with_reasons(quarter: Document) -> Document:
    """The quarter, saying why it lacks the measures that it lacks."""
    told = {item["measure"] for each in quarter.get("collections", ()) for item in each.get("measures", ())}
    lacking = [{"measure": measure, "reason": "omb_agreed"} for measure in STATEMENTS if measure not in told]
    return {**quarter, "not_measured": [*quarter.get("not_measured", []), *lacking]}


def _act(store: Store, record_type: str, record_id: str, action: str, document: Any = None, **more: Any) -> None:
    actor = more.pop("actor", OPERATOR)
    change = Change(record_type=record_type, record_id=record_id, action=action, document=document, **more)
    append(store, actor, on_time, change)
