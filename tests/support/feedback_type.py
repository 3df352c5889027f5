"""A record type of the shape of a quarter of feedback, to show that a new type needs no change to the machinery."""

from decimal import Decimal
from typing import Annotated

from inventory.codes import Channel
from inventory.codes.states import ProviderState
from inventory.records.lifecycle import PROVIDER_ACTIONS
from inventory.records.registry import INVENTORY, RecordType, model
from inventory.schema.fields import Part, about
from inventory.schema.scalars import Count, FiscalYear, Line, Quarter, Slug


class ByScore(Part, frozen=True, kw_only=True):
    """Counts of a measure's points among those who gave one overall score."""

    point: Annotated[Count, about("Point", "Of the overall score.", key=True)]
    counts: Annotated[tuple[Count, ...], about("Counts", "Lowest point first.", wide=5)] = ()


class Measure(Part, frozen=True, kw_only=True):
    """One question's answers."""

    measure: Annotated[Line, about("Measure", "What is measured.", key=True, clause="280.10")]
    asked: Annotated[bool, about("Asked", "Whether it was asked.")] = True
    counts: Annotated[tuple[Count, ...], about("Counts", "Lowest point first.", wide=5)] = ()
    by_score: Annotated[tuple[ByScore, ...], about("By score", "Per overall score.", table="test_by_score")] = ()
    reported_mean: Annotated[Decimal | None, about("Reported mean", "Where the source has no counts.")] = None


class Collection(Part, frozen=True, kw_only=True):
    """Answers gathered at one point."""

    collection_id: Annotated[Slug, about("Collection id", "Within the quarter.", key=True)]
    channel: Annotated[Channel | None, about("Channel", "Where it was asked.")] = None
    measures: Annotated[tuple[Measure, ...], about("Measures", "What was asked.", table="test_measures")] = ()


class Contact(Part, frozen=True, kw_only=True):
    """Whom to ask."""

    name: Annotated[Line | None, about("Name", "Who it is.", private=True)] = None


class Quarterly(Part, frozen=True, kw_only=True):
    """A quarter of feedback on a service."""

    provider_id: Annotated[Slug, about("Provider", "Who reports.", key=True, references="provider")]
    service_id: Annotated[Slug, about("Service", "On what.", key=True, references="service")]
    fiscal_year: Annotated[FiscalYear, about("Fiscal year", "When.", key=True)]
    term: Annotated[Quarter, about("Term", "When.", key=True)]
    customers: Annotated[Count | None, about("Customers", "Of the service in the quarter.")] = None
    collections: Annotated[tuple[Collection, ...], about("Collections", "Where.", table="test_collections")] = ()
    contact: Annotated[Contact, about("Contact", "Whom to ask.")] = Contact()


QUARTERLY = RecordType(
    name="quarterly",
    struct=Quarterly,
    table="quarterlies",
    states=ProviderState,
    owner=("provider_id", "organization_id"),
    actions=PROVIDER_ACTIONS,
    public_states=frozenset({"current", "ended"}),
)
WITH_QUARTERLY = model(*INVENTORY.values(), QUARTERLY)


def a_quarterly() -> dict[str, object]:
    """One quarter, four tables deep."""
    by_score = [{"point": point, "counts": [0, 0, point, 1, 2]} for point in (1, 5)]
    measure = {"measure": "ease", "counts": [1, 2, 3, 4, 5], "by_score": by_score, "reported_mean": "3.67"}
    return {
        "provider_id": "dos-ca",
        "service_id": "dos-ca-passport-services",
        "fiscal_year": 2026,
        "term": 1,
        "customers": 1000,
        "collections": [
            {"collection_id": "online", "channel": "website", "measures": [measure, {"measure": "trust"}]},
            {"collection_id": "phone", "measures": [{"measure": "trust", "asked": False}]},
        ],
        "contact": {"name": "A private name"},
    }
