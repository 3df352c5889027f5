"""Published quarters of feedback, as many as a test asks for."""

from collections.abc import Iterable
from typing import Any

from inventory.calendar import Period
from inventory.changes import Attestation, Change
from inventory.lifecycle import Actor, Role
from inventory.record_types import Document
from inventory.store import Store
from inventory.writing import append
from tests.builders import a_collection, a_designation, a_feedback, a_provider, a_service, with_organizations
from tests.conftest import OPERATOR, now

REVIEWER = Actor("omb", Role.OMB_REVIEWER)
ATTESTED = Attestation("A synthetic name", "Director")


def a_quarter(quarter: Period, **changes: Any) -> Document:
    """Feedback of that quarter, which breaks no rule."""
    days = {"collected_from": quarter.first_day.isoformat(), "collected_to": quarter.last_day.isoformat()}
    facts = {"fiscal_year": quarter.fiscal_year, "quarter": quarter.quarter, "collections": [a_collection(**days)]}
    return a_feedback(**{**facts, **changes})


def with_designations(store: Store, services: Iterable[str], years: Iterable[int]) -> Store:
    """The store, once it knows a provider that reports on these services in these fiscal years."""
    with_organizations(store)
    named = [(service_id, a_service(service_id=service_id)) for service_id in services]
    changes = [_saving("provider", "dos-ca", a_provider())]
    for service_id, service in named:
        changes.append(_saving("service", service_id, service))
        changes.append(Change(record_type="service", record_id=service_id, action="publish"))
        for year in years:
            designation = a_designation(service_id=service_id, fiscal_year=year)
            changes.append(_saving("designation", f"dos-ca/{service_id}/{year}", designation))
    append(store, OPERATOR, now, *changes)
    return store


def publish_quarters(store: Store, services: Iterable[str], quarters: Iterable[Period]) -> list[str]:
    """Take quarters all the way to the public. Returns their ids, in order."""
    documents = [a_quarter(quarter, service_id=service_id) for service_id in services for quarter in quarters]
    ids = [store.model["feedback"].record_id(document) for document in documents]
    append(store, OPERATOR, now, *map(_saving, ["feedback"] * len(ids), ids, documents))
    for action, actor, more in (
        ("submit", OPERATOR, {"attestation": ATTESTED}),
        ("accept", REVIEWER, {}),
        ("publish", REVIEWER, {}),
    ):
        acts = [Change(record_type="feedback", record_id=i, action=action, **more) for i in ids]  # type: ignore[arg-type]
        append(store, actor, now, *acts)
    return sorted(ids)


def _saving(record_type: str, record_id: str, document: Document) -> Change:
    return Change(record_type=record_type, record_id=record_id, action="save", document=document)
