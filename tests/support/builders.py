"""Valid records to begin with; a test changes one thing."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, Document
from inventory.validation.check import check
from inventory.validation.rules import Context, Known
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, TODAY, now

KNOWN = {
    ("organization", "dos-ca"): Known("current", "dos-ca", "dos"),
    ("organization", "dos"): Known("current", "dos"),
    ("service", "dos-ca-passports"): Known("published", "dos-ca", None, "published"),
    ("provider", "dos-ca"): Known("current", "dos-ca"),
    ("designation", "dos-ca/dos-ca-passports/2026"): Known("current", "dos-ca"),
}
SUBMITTED_ON = datetime.date(2026, 1, 20)


def a_context(
    today: datetime.date = TODAY,
    documents: Mapping[str, Document | None] | None = None,
    acts: dict[str, datetime.date] | None = None,
    action: str = "",
    has_feedback: bool | None = None,
    **more: Known,
) -> Context:
    """A context that knows one organization, service, provider and designation, and those given as type__id.

    documents: what it reads, by type and id. acts: when what was first done to feedback, by action; it was submitted
    in time where nothing is said.
    """
    named = ((name.partition("__"), value) for name, value in more.items())
    known = KNOWN | {(kind, record_id.replace("_", "-")): value for (kind, _, record_id), value in named}
    newest = {"designation/dos-ca/dos-ca-passports/2026": a_designation()} | dict(documents or {})
    done = {"submit": SUBMITTED_ON} if acts is None else acts
    return Context(
        today=today,
        find=lambda record_type, record_id: known.get((record_type, record_id)),
        read=lambda record_type, record_id: newest.get(f"{record_type}/{record_id}"),
        first_act=lambda record_type, record_id, name: done.get(name) if record_type == "feedback" else None,
        any_below=lambda record_type, above: has_feedback,
        action=action,
    )


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
    return _changed({**provider, "accountable_official": official, "reporting_starts": "2026-Q1"}, changes)


def a_designation(**changes: Any) -> Document:
    """A designation that breaks no rule."""
    designation = {"provider_id": "dos-ca", "service_id": "dos-ca-passports", "fiscal_year": 2026}
    return _changed(designation, changes)


def an_instrument(**changes: Any) -> Document:
    """A survey that breaks no rule: the two overall scores, and a choice of drivers."""
    drivers = ("effectiveness", "ease", "efficiency", "transparency", "employee")
    rating = {"kind": "rating", "scale": "likert_5", "required": True}
    questions = [
        {
            "number": 1,
            "measure": "satisfaction",
            "statement": "I am satisfied with the service I received from Consular Affairs.",
            **rating,
        },
        {
            "number": 2,
            "measure": "trust",
            "statement": "This interaction increased my trust in Consular Affairs.",
            **rating,
        },
        {
            "number": 3,
            "kind": "multiple_choice",
            "statement": "What contributed to your rating?",
            "follows": 1,
            "options": [{"label": driver.capitalize(), "measure": driver} for driver in drivers],
        },
        {"number": 4, "kind": "free_response", "statement": "Is there anything else you want to tell us?"},
    ]
    instrument = {
        "instrument_id": "dos-ca-passports-web",
        "provider_id": "dos-ca",
        "service_id": "dos-ca-passports",
        "title": "Passport survey",
        "measurement_point": "transaction",
        "channel": "website",
        "hours_after": 24,
        "minutes": 2,
        "omb_control_number": "1405-0193",
        "expires_on": "2027-12-31",
        "questions": questions,
    }
    return _changed(instrument, changes)


def a_measure(measure: str, counts: list[int] | None = None, **more: Any) -> Document:
    """The answers to one question on five points."""
    given = {"measure": measure, "scale": "likert_5", "question": 1, "statement": STATEMENTS.get(measure)}
    return _changed({**given, "counts": [5, 5, 10, 40, 60] if counts is None else counts}, more)


STATEMENTS = {
    "satisfaction": "I am satisfied with the service I received from Consular Affairs.",
    "trust": "This interaction increased my trust in Consular Affairs.",
    "effectiveness": "My need was addressed.",
    "ease": "It was easy to complete what I needed to do.",
    "efficiency": "It took a reasonable amount of time to do what I needed to do.",
    "transparency": "I was treated fairly.",
    "employee": "Employees I interacted with were helpful.",
}


def a_collection(**changes: Any) -> Document:
    """Feedback gathered on a website, every measure among it."""
    collection = {
        "collection_id": "online",
        "transaction_point": "After the application was sent",
        "measurement_point": "transaction",
        "channel": "website",
        "survey_title": "Passport survey",
        "omb_control_number": "1405-0193",
        "collected_from": "2025-10-01",
        "collected_to": "2025-12-31",
        "customers_at_point": 4000,
        "offered": 1000,
        "offered_basis": "invited",
        "respondents": 130,
        "measures": [a_measure(measure) for measure in STATEMENTS],
    }
    return _changed(collection, changes)


def a_feedback(**changes: Any) -> Document:
    """A quarter of feedback that breaks no rule, with a private contact."""
    feedback = {
        "provider_id": "dos-ca",
        "service_id": "dos-ca-passports",
        "fiscal_year": 2026,
        "quarter": 1,
        "customers": 5000,
        "collections": [a_collection()],
        "indicators": [{"name": "Wait on the phone", "value": "932", "unit": "seconds"}],
        "contact": {"name": "A synthetic name", "email": "private@example.gov"},
    }
    return _changed(feedback, changes)


def a_due_date(**changes: Any) -> Document:
    """A date that OMB set, in the year it is for."""
    due_on = f"{changes.get('fiscal_year', 2026)}-02-13"
    return _changed({"fiscal_year": 2026, "obligation": "Q1", "due_on": due_on, "reason": "A storm"}, changes)


def codes(record_type: str, document: Any, context: Context | None = None) -> set[str]:
    """The codes of the problems of a document."""
    return {problem.code for problem in check(INVENTORY[record_type], document, context or a_context()).problems}


def _changed(document: Document, changes: dict[str, Any]) -> Document:
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def with_organizations(store: Store, *more: str, at: Callable[[], datetime.datetime] = now) -> Store:
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
    append(store, OPERATOR, at, *changes)
    return store
