"""Valid records to begin with; a test changes one thing."""

import datetime
from typing import Any

from inventory.checking import check
from inventory.record_types import INVENTORY, Document
from inventory.rules import Context, Known
from inventory.store import Store
from inventory.writing import Change, append
from tests.conftest import OPERATOR, TODAY, now

KNOWN = {
    ("organization", "dos-ca"): Known("current", "dos-ca", "dos"),
    ("organization", "dos"): Known("current", "dos"),
    ("service", "dos-ca-passports"): Known("draft", "dos-ca"),
    ("provider", "dos-ca"): Known("current", "dos-ca"),
}


def a_context(today: datetime.date = TODAY, **more: Known) -> Context:
    """A context that knows one organization, service and provider, and those given as type__id."""
    known = KNOWN | {tuple(name.replace("_", "-").split("--")): value for name, value in more.items()}
    return Context(today=today, find=lambda record_type, record_id: known.get((record_type, record_id)))


def a_service(**changes: Any) -> Document:
    """A service that breaks no rule. A change to None takes the field out."""
    service = {
        "service_id": "dos-ca-passports",
        "organization_id": "dos-ca",
        "name": "Passports",
        "responsible_unit": "Passport Services",
        "description": "Issues passports.",
        "channels": [a_channel("website", supports=["apply", "complete"]), a_channel("postal_mail")],
        "service_type": "administrative",
        "occasion": {"story": "I am going abroad."},
        "offering": {"name": "A passport"},
        "roles": [{"role": "adjudicator"}],
        "tools": [{"tool": "online_form"}],
        "reviewed_on": "2026-06-01",
    }
    return _changed(service, changes)


def a_channel(channel: str, **more: Any) -> Document:
    """One channel."""
    return {"channel": channel, **more}


def an_organization(**changes: Any) -> Document:
    """An organization that breaks no rule."""
    return _changed({"organization_id": "dos-ca", "name": "Bureau of Consular Affairs", "parent_id": "dos"}, changes)


def a_provider(**changes: Any) -> Document:
    """A provider that breaks no rule, with a private address."""
    official = {"title": "Assistant Secretary", "email": "private@example.gov"}
    provider = {"provider_id": "dos-ca", "organization_id": "dos-ca", "name": "Consular Affairs"}
    return _changed({**provider, "accountable_official": official}, changes)


def a_designation(**changes: Any) -> Document:
    """A designation that breaks no rule."""
    designation = {"provider_id": "dos-ca", "service_id": "dos-ca-passports", "fiscal_year": 2026}
    return _changed(designation, changes)


def codes(record_type: str, document: Any, context: Context | None = None) -> set[str]:
    """The codes of the problems of a document."""
    return {problem.code for problem in check(INVENTORY[record_type], document, context or a_context()).problems}


def _changed(document: Document, changes: dict[str, Any]) -> Document:
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def with_organizations(store: Store, *more: str) -> Store:
    """The store, once it knows the organizations of the builders and more: what becomes public refers to them."""
    parents = {"dos": None, "dos-ca": "dos"} | dict.fromkeys(more)
    changes = [
        Change(
            record_type="organization",
            record_id=name,
            action="save",
            document=an_organization(organization_id=name, parent_id=parent),
        )
        for name, parent in parents.items()
    ]
    append(store, OPERATOR, now, *changes)
    return store
