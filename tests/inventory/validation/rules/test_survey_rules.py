"""The rules of what was asked, and under which clearance: for surveys and for feedback alike."""

import datetime
from typing import Any

import msgspec
import pytest

from inventory.problems import ERROR, WARNING, Problem
from inventory.records.registry import INVENTORY, Document
from inventory.validation.check import check
from inventory.validation.rules import RULES, Context, Known
from tests.support.builders import a_collection, a_context, a_feedback, a_measure, an_instrument

# Severity and clause as the design states them, written again on purpose.
STATED = {
    "wording-departs": (WARNING, "280.10"),
    "iconography-unapproved": (WARNING, "280.10"),
    "scale-not-preferred": (WARNING, "280.10"),
    "control-number-invalid": (ERROR, "280.11"),
    "control-number-missing": (WARNING, "280.11"),
    "clearance-unclear": (WARNING, "280.11"),
    "clearance-expired": (ERROR, "280.11"),
}
SURVEY = "dos-ca-passports-web"
SATISFACTION, TRUST, CHOICE, COMMENT = an_instrument()["questions"]
RATE = "Please rate your experience."


def a_context_with(instrument: Document | None = None) -> Context:
    """A context in which that survey is on record, and no other."""
    known = {"dos-ca-passports-web": instrument} if instrument is not None else {}
    context = a_context(instrument__dos_ca_passports_web=Known("current"))
    return msgspec.structs.replace(context, read=lambda record_type, record_id: known.get(record_id))


def a_survey(satisfaction: Document | None = None, trust: Document | None = None, **changes: Any) -> Document:
    """A survey with something else in its two scores."""
    questions = [{**SATISFACTION, **(satisfaction or {})}, {**TRUST, **(trust or {})}, CHOICE, COMMENT]
    return an_instrument(questions=questions, **changes)


def a_quarter(*measures: Document, **changes: Any) -> Document:
    """A quarter with one collection of these measures."""
    return a_feedback(collections=[a_collection(**({"measures": list(measures)} if measures else {}), **changes)])


def surveyed(*measures: Document, **changes: Any) -> Document:
    """The same, gathered by the survey on record."""
    return a_quarter(*measures, instrument_id=SURVEY, survey_title=None, omb_control_number=None, **changes)


def told(record_type: str, document: Document, context: Context | None = None) -> list[Problem]:
    """What the rules of this file have to say."""
    problems = check(INVENTORY[record_type], document, context or a_context()).problems
    return [problem for problem in problems if problem.code in STATED]


THUMBS = a_measure("trust", [3, 30], scale="thumbs_2")
APPROVED = an_instrument(omb_approval="OMB, by letter")
BREAKING: list[tuple[str, str, Document, Document | None]] = [
    ("wording-departs", "instrument", a_survey(trust={"statement": "I like Consular Affairs."}), None),
    ("wording-departs", "instrument", a_survey(trust={"statement": RATE}), None),
    ("wording-departs", "feedback", a_quarter(a_measure("ease", statement="It was a breeze.")), None),
    ("wording-departs", "feedback", surveyed(a_measure("ease", statement="A breeze.")), an_instrument()),
    ("iconography-unapproved", "instrument", a_survey(trust={"scale": "stars_5"}), None),
    ("iconography-unapproved", "instrument", a_survey(satisfaction={"scale": "stars_5"}), None),
    ("iconography-unapproved", "feedback", a_quarter(a_measure("ease", scale="stars_5")), None),
    ("scale-not-preferred", "instrument", a_survey(trust={"scale": "likert_7"}), None),
    ("scale-not-preferred", "instrument", a_survey(trust={"scale": "thumbs_2"}, omb_approval="By letter"), None),
    ("scale-not-preferred", "feedback", a_quarter(a_measure("ease", [1, 2, 30], scale="likert_3")), None),
    ("scale-not-preferred", "feedback", surveyed(THUMBS), APPROVED),
    ("scale-not-preferred", "feedback", surveyed(THUMBS), None),
    ("scale-not-preferred", "feedback", a_quarter(a_measure("trust", [3, 30], scale="tick")), None),
    ("control-number-invalid", "instrument", an_instrument(omb_control_number="OMB Control Number"), None),
    ("control-number-invalid", "instrument", an_instrument(omb_control_number="14050193"), None),
    ("control-number-invalid", "instrument", an_instrument(omb_control_number="1405-01933"), None),
    ("control-number-invalid", "feedback", a_quarter(omb_control_number="OMB Control Number"), None),
    ("control-number-missing", "instrument", an_instrument(omb_control_number=None, expires_on=None), None),
    ("control-number-missing", "feedback", a_quarter(omb_control_number=None), None),
    ("control-number-missing", "feedback", surveyed(), an_instrument(omb_control_number=None)),
    ("clearance-unclear", "instrument", an_instrument(expires_on=None), None),
    ("clearance-unclear", "instrument", an_instrument(omb_control_number=None, exemption="A law says so."), None),
    ("clearance-unclear", "instrument", an_instrument(exemption="A law says so."), None),
    ("clearance-expired", "instrument", an_instrument(expires_on="2026-11-22"), None),
    ("clearance-expired", "feedback", surveyed(), an_instrument(expires_on="2025-12-30")),
]


@pytest.mark.parametrize(("rule", "record_type", "document", "instrument"), BREAKING)
def test_a_rule_names_what_breaks_it_and_nothing_else(
    rule: str, record_type: str, document: Document, instrument: Document | None
) -> None:
    assert {problem.code for problem in told(record_type, document, a_context_with(instrument))} == {rule}


@pytest.mark.parametrize(
    ("record_type", "document", "instrument"),
    [
        ("instrument", an_instrument(), None),
        ("instrument", a_survey(trust={"statement": "I like Consular Affairs."}, omb_approval="By letter"), None),
        ("instrument", a_survey(satisfaction={"statement": RATE, "scale": "stars_5"}), None),
        ("instrument", a_survey(trust={"scale": "stars_5"}, omb_approval="By letter"), None),
        ("instrument", an_instrument(omb_control_number=None, expires_on=None, exemption="A law says so."), None),
        ("instrument", an_instrument(expires_on="2026-11-23"), None),
        ("feedback", a_feedback(), None),
        ("feedback", surveyed(), an_instrument()),
        ("feedback", surveyed(a_measure("ease", statement="A breeze.")), APPROVED),
        ("feedback", surveyed(a_measure("trust", scale="stars_5")), APPROVED),
        ("feedback", a_quarter(a_measure("satisfaction", scale="stars_5", statement=RATE)), None),
        ("feedback", a_quarter({"measure": "satisfaction", "scale": "stars_5", "question": 1}), None),
        ("feedback", a_quarter(a_measure("ease", [30, 5], scale="tick_positive", statement="Easy")), None),
        ("feedback", a_quarter(a_measure("other", [30, 5], scale="thumbs_2", statement="Was it warm?")), None),
        ("feedback", a_quarter(a_measure("ease", [], scale="thumbs_2", asked=False)), None),
        ("feedback", surveyed(), an_instrument(omb_control_number=None, exemption="A law says so.")),
        ("feedback", surveyed(), an_instrument(expires_on="2025-12-31")),
        ("feedback", surveyed(), an_instrument(expires_on=None)),
    ],
)
def test_what_is_within_the_rules_breaks_none(
    record_type: str, document: Document, instrument: Document | None
) -> None:
    assert told(record_type, document, a_context_with(instrument)) == []


@pytest.mark.parametrize(
    "document",
    [
        surveyed(),
        surveyed(a_measure("ease", statement="A breeze.")),
        surveyed(a_measure("trust", scale="stars_5")),
        surveyed(collected_to="2030-12-31"),
    ],
)
def test_of_a_survey_that_is_not_to_be_read_nothing_is_told(document: Document) -> None:
    assert told("feedback", {key: value for key, value in document.items() if value is not None}) == []


def test_a_survey_on_record_is_read_as_it_came_faults_and_all() -> None:
    context = a_context_with(an_instrument(expires_on="some day", omb_approval=["no text"]))
    assert told("feedback", surveyed(), context) == []


@pytest.mark.parametrize(
    ("measure", "wording", "words", "nearest"),
    [
        (
            "trust",
            "This visit made me trust Consular Affairs.",
            "needs OMB's approval",
            "This interaction increased my trust in [Program/Service name].",
        ),
        (
            "satisfaction",
            "Rate your experience",
            "needs OMB's approval",
            "Please rate your experience [5-star option].",
        ),
        (
            "ease",
            "It was simple to complete what I had to do.",
            "may adjust it",
            "It was easy to complete what I needed to do.",
        ),
        (
            "ease",
            "My need was addressed.",
            "the circular's statement for effectiveness, not for ease",
            "It was easy to",
        ),
    ],
)
def test_other_wording_is_told_with_the_nearest_statement(measure: str, wording: str, words: str, nearest: str) -> None:
    [problem] = told("feedback", a_quarter(a_measure(measure, statement=wording)))
    assert problem.pointer == "/collections/0/measures/0/statement"
    assert problem.value == wording
    assert words in problem.message
    assert str(problem.expected).startswith(nearest)


def test_stars_for_satisfaction_are_told_the_statement_they_go_with() -> None:
    [problem] = told("instrument", a_survey(satisfaction={"scale": "stars_5"}))
    assert problem.pointer == "/questions/0/scale"
    assert problem.expected == "likert_5, or stars_5 under “Please rate your experience [5-star option].”"


@pytest.mark.parametrize(
    ("given", "message", "expected"),
    [
        (
            "OMB Control Number",
            "“OMB Control Number” is no number; leave it out where there is none",
            "four digits, a hyphen",
        ),
        ("OMB No. 1405-0193", RULES["control-number-invalid"].why, "1405-0193"),
        ("1405\u20130193", RULES["control-number-invalid"].why, "1405-0193"),
        ("1405 0193", RULES["control-number-invalid"].why, "1405-0193"),
        ("1405-193", RULES["control-number-invalid"].why, "four digits, a hyphen"),
        ("١٤٠٥-٠١٩٣", RULES["control-number-invalid"].why, "four digits, a hyphen"),
    ],
)
def test_a_control_number_that_is_none_is_told_with_what_it_may_be(given: str, message: str, expected: str) -> None:
    [problem] = told("instrument", an_instrument(omb_control_number=given))
    assert (problem.value, problem.message) == (given, message)
    assert str(problem.expected).startswith(expected)


def test_a_survey_on_record_stays_there_when_its_clearance_is_over() -> None:
    [problem] = told("instrument", an_instrument(expires_on="2026-11-22"))
    assert (problem.severity, problem.pointer) == (WARNING, "/expires_on")
    [problem] = told("feedback", surveyed(), a_context_with(an_instrument(expires_on="2025-12-30")))
    assert (problem.severity, problem.pointer) == (ERROR, "/collections/0/collected_to")


def test_each_collection_is_told_at_its_place() -> None:
    late = a_collection(collection_id="second", instrument_id=SURVEY, omb_control_number=None)
    none = a_collection(collection_id="third", omb_control_number=None)
    context = a_context_with(an_instrument(expires_on=datetime.date(2025, 11, 1).isoformat()))
    found = told("feedback", a_feedback(collections=[a_collection(), late, none]), context)
    assert {(problem.code, problem.pointer) for problem in found} == {
        ("clearance-expired", "/collections/1/collected_to"),
        ("control-number-missing", "/collections/2/omb_control_number"),
    }


def test_what_was_published_before_is_only_warned_about() -> None:
    quarter = a_quarter(omb_control_number="OMB Control Number")
    assert [problem.severity for problem in told("feedback", {**quarter, "origin": "historical"})] == [WARNING]
