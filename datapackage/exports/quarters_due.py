"""Quarters of feedback that an organization has to fill in, prefilled with known facts."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from datapackage.exports.prefill import prefilled
from inventory.calendar.designations import covers
from inventory.calendar.fiscal import Period
from inventory.errors import NotFound
from inventory.ledger.store import Store
from inventory.records.registry import Document

LOOKED_BACK = 4  # number of earlier quarters to search


class ToFillIn(Struct, frozen=True):
    """The quarters to fill in, and the ids that they may refer to, by record type."""

    documents: list[Document]
    choices: dict[str, list[str]]


def to_fill_in(store: Store, organizations: Collection[str] | None, quarter: Period) -> ToFillIn:
    """Return the quarter of each designated service that can still be filled in. Raises NotFound if there is none.

    organizations: the owners of the providers; None means every one.
    """
    providers = [
        head.record_id
        for head, _ in store.all_documents("provider")
        if head.state == "current" and (organizations is None or head.organization_id in organizations)
    ]
    if not providers:
        raise NotFound("No current provider belongs to the organization or to one below it")
    designated = [d for d in _designations(store, quarter) if d["provider_id"] in providers]
    if not designated:
        raise NotFound(f"No service of {', '.join(providers)} is designated for {quarter}")
    surveys = [survey for survey in _surveys(store) if survey["provider_id"] in providers]
    documents = [found for one in designated if (found := _to_fill_in(store, one, quarter, surveys)) is not None]
    if not documents:
        raise NotFound(_why_none(store, designated, quarter))
    used = sorted({document["provider_id"] for document in documents})
    services = sorted({document["service_id"] for document in documents})
    ids = [survey["instrument_id"] for survey in surveys if survey["service_id"] in services]
    return ToFillIn(documents, {"provider": used, "service": services, "instrument": ids})


def _why_none(store: Store, designated: list[Document], quarter: Period) -> str:
    states = {store.head("feedback", _id(one, quarter)).state for one in designated}
    if states == {"withdrawn"}:
        return f"All feedback on {quarter} is withdrawn, and what is withdrawn is not filled in again"
    also = "; what is withdrawn is not filled in again" if "withdrawn" in states else ""
    return f"All feedback on {quarter} is submitted already; recall or restate what is to be filled in anew{also}"


def _designations(store: Store, quarter: Period) -> Iterator[Document]:
    for head, document in store.all_documents("designation"):
        if document["fiscal_year"] == quarter.fiscal_year and covers(head.state, document, quarter.quarter):
            yield document


def _surveys(store: Store) -> list[Document]:
    return [document for head, document in store.all_documents("instrument") if head.state == "current"]


def _to_fill_in(store: Store, designation: Document, quarter: Period, surveys: list[Document]) -> Document | None:
    """Return the stored quarter if it can still be saved, else a prefilled one; None if it is submitted or later."""
    head = store.head("feedback", _id(designation, quarter))
    if head.version:
        saved = store.model["feedback"].saves.from_states
        return store.newest("feedback", head.record_id) if head.state in saved else None
    own = [s for s in surveys if all(s[name] == designation[name] for name in ("provider_id", "service_id"))]
    return prefilled(designation, quarter, own, _earlier(store, designation, quarter))


def _earlier(store: Store, designation: Document, quarter: Period) -> Document | None:
    """Return the newest stored quarter within a year."""
    for _ in range(LOOKED_BACK):
        quarter = quarter.previous
        head = store.head("feedback", _id(designation, quarter))
        if head.version and head.state not in store.model["feedback"].withdrawn_states:
            return store.newest("feedback", head.record_id)
    return None


def _id(designation: Document, quarter: Period) -> str:
    return f"{designation['provider_id']}/{designation['service_id']}/{quarter}"
