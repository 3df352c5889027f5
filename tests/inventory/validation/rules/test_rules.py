"""Every rule, by an example that breaks it; the valid records break none."""

import datetime
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from inventory.codes import Code
from inventory.problems import ERROR, WARNING, Problem
from inventory.records.lifecycle import Action
from inventory.records.registry import INVENTORY, Document, RecordType
from inventory.schema.fields import Part, about
from inventory.schema.scalars import Line, Slug
from inventory.validation.check import check
from inventory.validation.rules import RULES, Breach, Context, Known, Rule
from inventory.validation.rules.every_record import code_not_valid_then
from tests.conftest import TODAY
from tests.inventory.validation.rules.test_feedback_rules import BREAKING as OF_FEEDBACK
from tests.support.builders import (
    a_channel,
    a_context,
    a_designation,
    a_due_date,
    a_feedback,
    a_provider,
    a_service,
    an_organization,
    codes,
)
from tests.support.feedback_type import QUARTERLY, a_quarterly
from tests.support.random_types import a_type

ON_PAPER = [a_channel("postal_mail")]
EXPLAINED = {"reason": "The law asks for ink.", "potential_ways": "Change the law."}

# Severity and clause as the design states them, written again on purpose.
STATED = {
    "needed-to-publish": (ERROR, "280.5"),
    "channels-missing": (ERROR, "280.5"),
    "not-digital-unexplained": (ERROR, "280.5"),
    "not-digital-contradicted": (WARNING, "280.5"),
    "digital-information-only": (WARNING, "280.7"),
    "no-traditional-channel": (WARNING, "280.6"),
    "review-overdue": (WARNING, "280.7"),
    "type-missing": (WARNING, "280.4"),
    "occasion-missing": (WARNING, "280.4"),
    "offering-missing": (WARNING, "280.4"),
    "roles-missing": (WARNING, "280.4"),
    "tools-missing": (WARNING, "280.4"),
    "reference-unknown": (ERROR, None),
    "reference-cycle": (ERROR, None),
    "id-taken": (ERROR, None),
    "code-not-valid-then": (ERROR, None),
    "collections-missing": (ERROR, "280.15"),
    "not-reported-contradicted": (ERROR, "280.15"),
    "measure-missing": (ERROR, "280.10"),
    "not-measured-contradicted": (ERROR, "280.15"),
    "withheld-not-given": (ERROR, "280.15"),
    "service-not-public": (ERROR, "280.15"),
    "moment-unknown": (WARNING, "280.14"),
    "instrument-elsewhere": (ERROR, "280.10"),
    "few-respondents": (WARNING, "280.10"),
    "collection-repeated": (WARNING, "280.15"),
    "collections-overlap": (ERROR, "280.15"),
    "indicator-implausible": (WARNING, "280.15"),
    "counts-shape": (ERROR, "280.10"),
    "not-asked-as-zero": (ERROR, "280.15"),
    "not-asked-contradicted": (ERROR, "280.15"),
    "counts-exceed-respondents": (ERROR, "280.15"),
    "respondents-exceed-offered": (ERROR, "280.15"),
    "offered-exceed-customers": (WARNING, "280.15"),
    "mean-contradicts-counts": (ERROR, "280.15"),
    "shifted": (WARNING, "280.15"),
    "not-designated": (ERROR, "280.14"),
    "outside-quarter": (ERROR, "280.16"),
    "dates-reversed": (ERROR, "280.16"),
    "quarter-open": (ERROR, "280.16"),
    "due-date-implausible": (ERROR, "280.16"),
    "late": (WARNING, "280.16"),
    "target-date-missing": (WARNING, "280.16"),
}

BREAKING: list[tuple[str, str, Document, Context]] = [
    ("needed-to-publish", "service", a_service(description=None), a_context()),
    ("needed-to-publish", "service", a_service(responsible_unit=None), a_context()),
    ("channels-missing", "service", a_service(channels=[]), a_context()),
    ("not-digital-unexplained", "service", a_service(channels=ON_PAPER), a_context()),
    ("not-digital-unexplained", "service", a_service(channels=ON_PAPER, not_digital={"reason": "Ink."}), a_context()),
    ("not-digital-unexplained", "service", a_service(channels=[a_channel("email")]), a_context()),
    ("not-digital-contradicted", "service", a_service(not_digital=EXPLAINED), a_context()),
    (
        "digital-information-only",
        "service",
        a_service(channels=[a_channel("website", supports=["information"]), *ON_PAPER]),
        a_context(),
    ),
    ("no-traditional-channel", "service", a_service(channels=[a_channel("kiosk", supports=["pay"])]), a_context()),
    ("review-overdue", "service", a_service(reviewed_on=None), a_context()),
    ("review-overdue", "service", a_service(reviewed_on="2025-11-22"), a_context()),
    ("type-missing", "service", a_service(service_type=None), a_context()),
    ("occasion-missing", "service", a_service(occasion={}), a_context()),
    ("offering-missing", "service", a_service(offering=None), a_context()),
    ("roles-missing", "service", a_service(roles=[]), a_context()),
    ("tools-missing", "service", a_service(tools=None), a_context()),
    ("reference-unknown", "service", a_service(partners=[{"organization_id": "nobody"}]), a_context()),
    ("reference-unknown", "provider", a_provider(provider_id="new", organization_id="nobody"), a_context()),
    ("reference-unknown", "designation", a_designation(service_id="no-service"), a_context()),
    (
        "reference-unknown",
        "service",
        a_service(service_id="new-one", organization_id="guess"),
        a_context(organization__guess=Known("proposed", "guess")),
    ),
    (
        "reference-cycle",
        "organization",
        an_organization(organization_id="dos", parent_id="dos-ca"),
        a_context(),
    ),
    ("id-taken", "service", a_service(organization_id="dos"), a_context()),
    ("id-taken", "service", a_service(service_id="old"), a_context(service__old=Known("retired", "dos-ca"))),
    ("due-date-implausible", "due_date", a_due_date(due_on="2025-12-31"), a_context()),
    ("due-date-implausible", "due_date", a_due_date(due_on="2027-02-01"), a_context()),
    ("due-date-implausible", "due_date", a_due_date(obligation="deep_dive", due_on="2028-03-31"), a_context()),
    ("needed-to-publish", "due_date", a_due_date(reason=None), a_context()),
    *OF_FEEDBACK,
]


@pytest.mark.parametrize(("rule", "record_type", "document", "context"), BREAKING)
def test_a_rule_names_what_breaks_it_and_nothing_else(
    rule: str, record_type: str, document: Document, context: Context
) -> None:
    assert codes(record_type, document, context) == {rule}


@pytest.mark.parametrize(
    ("record_type", "document"),
    [
        ("service", a_service()),
        ("service", a_service(channels=ON_PAPER, not_digital=EXPLAINED)),
        ("service", a_service(reviewed_on="2025-11-23")),
        ("organization", an_organization()),
        ("provider", a_provider()),
        ("designation", a_designation()),
        ("feedback", a_feedback()),
        ("due_date", a_due_date(due_on="2026-01-01")),
        ("due_date", a_due_date(obligation="designations", due_on="2025-11-30")),
    ],
)
def test_a_valid_record_breaks_no_rule(record_type: str, document: Document) -> None:
    assert codes(record_type, document) == set()


def others() -> list[Any]:
    """The files with the rules of other records, each with its own STATED and BREAKING."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("test_*_rules.py"))
    return [import_module(f"tests.inventory.validation.rules.{name}") for name in names]


def test_every_rule_is_as_the_design_states_it() -> None:
    stated = {name: facts for file in others() for name, facts in getattr(file, "STATED", {}).items()} | STATED
    assert {name: (rule.severity, rule.clause) for name, rule in RULES.items()} == stated


def test_every_rule_has_a_breaking_example_and_a_reason() -> None:
    # code-not-valid-then has its own below: no code of the inventory ends yet.
    broken = {example[0] for file in others() for example in getattr(file, "BREAKING", ())} | {
        rule for rule, *_ in BREAKING
    }
    assert broken | {"code-not-valid-then"} == set(RULES)
    assert all(rule.why.endswith(".") for rule in RULES.values())


def test_a_breach_is_told_in_the_name_of_its_rule() -> None:
    def predicate(record: Part, context: Context) -> Iterator[Breach]:
        yield Breach("/a")
        yield Breach("/b", value=2, message="Too much", expected="1", clause="280.9")

    made = Rule(id="r", of=Part, reads=(), severity=WARNING, clause="280.1", why="Not too much.", predicate=predicate)
    plain, full = made.problems(Part(), a_context())
    assert plain == Problem(code="r", severity=WARNING, message="Not too much.", pointer="/a", clause="280.1")
    assert full == Problem(
        code="r", severity=WARNING, message="Too much", pointer="/b", value=2, expected="1", clause="280.9"
    )


class Permit(Part, frozen=True, kw_only=True):
    """A record that another clause asks for."""

    permit_id: Annotated[Slug, about("Permit id", "Its id.", key=True)]
    purpose: Annotated[Line | None, about("Purpose", "What for.", clause="280.13", needed_to_publish=True)] = None
    term: Annotated[Line | None, about("Term", "How long.", needed_to_publish=True)] = None


def test_what_is_needed_to_publish_cites_the_clause_of_its_field() -> None:
    kind = a_type(Permit)
    problems = check(kind, {"permit_id": "a"}, a_context()).problems
    assert [(problem.pointer, problem.clause) for problem in problems] == [("/purpose", "280.13"), ("/term", "280.5")]


FEEDBACK_STATES = ["draft", "submitted", "returned", "accepted", "published", "withdrawn"]
FEEDBACK_ACTIONS = [
    ("save", "- draft returned", "draft"),
    ("submit", "draft", "submitted"),
    ("recall", "submitted", "draft"),
    ("return", "submitted accepted", "returned"),
    ("accept", "submitted", "accepted"),
    ("publish", "accepted", "published"),
    ("restate", "published", "draft"),
    ("withdraw", "published", "withdrawn"),
    ("erase", "draft submitted returned accepted published withdrawn", ""),
]


def a_feedback_type() -> RecordType:
    """Quarters of feedback with the life that the design gives them."""
    starts = {name: frozenset(start.replace("-", "").split(" ")) for name, start, _ in FEEDBACK_ACTIONS}
    actions = tuple(
        Action(name=name, from_states=starts[name], to_state=to, roles=frozenset()) for name, _, to in FEEDBACK_ACTIONS
    )
    return msgspec.structs.replace(QUARTERLY, actions=actions, public_states=frozenset({"published"}))


def test_the_settled_states_are_those_that_end_a_record_s_life() -> None:
    settled = {kind.name: kind.settled_states for kind in INVENTORY.values()}
    assert settled == {
        "organization": frozenset(),
        "service": frozenset({"retired", "withdrawn"}),
        "provider": frozenset(),
        "designation": frozenset(),
        "instrument": frozenset(),
        "due_date": frozenset(),
        "feedback": frozenset({"withdrawn"}),
    }
    assert a_feedback_type().settled_states == {"withdrawn"}


@pytest.mark.parametrize("state", FEEDBACK_STATES)
def test_the_id_of_a_record_owned_through_another_is_taken_once_it_is_settled(state: str) -> None:
    kind, quarter = a_feedback_type(), a_quarterly()
    known = {
        ("quarterly", "dos-ca/dos-ca-passport-services/2026/1"): Known(state, "dos-ca"),
        ("provider", "dos-ca"): Known("current", "dos-ca"),
        ("service", "dos-ca-passport-services"): Known("published", "dos-ca"),
    }
    context = Context(today=TODAY, find=lambda record_type, record_id: known.get((record_type, record_id)))
    problems = check(kind, quarter, context).problems
    told = [(problem.code, problem.pointer, problem.value) for problem in problems]
    taken = [("id-taken", "/provider_id", "dos-ca/dos-ca-passport-services/2026/1")]
    assert told == (taken if state == "withdrawn" else [])


@pytest.mark.parametrize("state", ["proposed", "current", "ended"])
def test_a_designation_may_be_saved_again_whatever_its_state(state: str) -> None:
    known = {"designation": Known(state, "dos-ca"), "provider": Known("current", "dos-ca")}
    context = Context(today=TODAY, find=lambda record_type, record_id: known.get(record_type, Known("current")))
    assert codes("designation", a_designation(), context) == set()


class Instrument(Part, frozen=True, kw_only=True):
    """A record owned through a provider that is no part of its key."""

    instrument_id: Annotated[Slug, about("Instrument id", "Its id.", key=True)]
    provider_id: Annotated[Slug, about("Provider", "Whose it is.", references="provider")]


@pytest.mark.parametrize(("owner", "told"), [("dos-ca", []), ("dos", ["The id a belongs to dos"]), ("", [])])
def test_an_id_is_taken_by_another_owner_found_through_what_the_record_belongs_to(owner: str, told: list[str]) -> None:
    kind = msgspec.structs.replace(a_type(Instrument), owner=("provider_id", "organization_id"))
    context = a_context(root__a=Known("current", owner))
    problems = check(kind, {"instrument_id": "a", "provider_id": "dos-ca"}, context).problems
    assert [problem.message for problem in problems] == told


class Fuel(Code):
    """A code list of which one code has ended."""

    WOOD = "wood", "Wood", "Logs and chips."
    COAL = "coal", "Coal", "What it was before.", None, datetime.date(2020, 1, 1)


class Stove(Part, frozen=True, kw_only=True):
    """A record with codes at two depths."""

    fuel: Annotated[Fuel, about("Fuel", "What it burns.")]
    burnt: Annotated[tuple[Fuel, ...], about("Burnt", "What it burnt.", table="burnt")] = ()


def test_a_code_is_used_only_while_it_is_valid() -> None:
    def told(stove: Stove, context: Context) -> list[str]:
        return [problem.pointer for problem in code_not_valid_then(stove, context)]

    assert told(Stove(fuel=Fuel.WOOD, burnt=(Fuel.WOOD, Fuel.COAL)), a_context()) == ["/burnt/1"]
    assert told(Stove(fuel=Fuel.COAL), a_context()) == ["/fuel"]
    assert told(Stove(fuel=Fuel.COAL), a_context(datetime.date(2020, 1, 1))) == []
