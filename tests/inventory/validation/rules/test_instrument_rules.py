"""The rules of surveys: what the circular wants in one, how much of it, and that its questions hold together."""

from typing import Any

import pytest

from inventory.problems import ERROR, WARNING, Problem
from inventory.records.registry import INVENTORY, Document
from inventory.validation.check import check
from tests.support.builders import STATEMENTS, a_context, an_instrument, codes

# Severity and clause as the design states them, written again on purpose.
STATED = {
    "instrument-measures": (ERROR, "280.10"),
    "instrument-drivers": (ERROR, "280.10"),
    "instrument-questions": (ERROR, "280.10"),
    "instrument-minutes": (ERROR, "280.10"),
    "instrument-free-response": (ERROR, "280.10"),
    "instrument-hours": (ERROR, "280.10"),
    "rating-incomplete": (ERROR, "280.10"),
    "rating-misplaced": (WARNING, "280.10"),
    "follows-no-rating": (ERROR, "280.10"),
    "options-missing": (ERROR, "280.10"),
    "question-repeated": (WARNING, "280.10"),
    "brackets-left": (WARNING, "280.10"),
}
SATISFACTION, TRUST, CHOICE, COMMENT = an_instrument()["questions"]
DRIVERS = [option["measure"] for option in CHOICE["options"]]


def asking(*questions: Document, **changes: Any) -> Document:
    """A survey of these questions, numbered in order."""
    numbered = [{**question, "number": number} for number, question in enumerate(questions, start=1)]
    return an_instrument(questions=numbered, **changes)


def a_rating(measure: str, **more: Any) -> Document:
    """A question that rates one measure on five points."""
    return {"kind": "rating", "measure": measure, "scale": "likert_5", "statement": STATEMENTS[measure], **more}


def a_choice(*drivers: str, kind: str = "multiple_choice", **more: Any) -> Document:
    """A choice, or a tapping, of drivers."""
    options = [{"label": driver.title(), "measure": driver} for driver in drivers]
    return {"kind": kind, "statement": "What contributed to your rating?", "options": options, **more}


def others(count: int, kind: str = "other") -> list[Document]:
    """So many further questions, each in other words."""
    return [{"kind": kind, "statement": f"What is the purpose of your visit {number}?"} for number in range(count)]


def told(document: Document) -> list[Problem]:
    return list(check(INVENTORY["instrument"], document, a_context()).problems)


RATED = [a_rating(driver) for driver in DRIVERS]
UNFILLED = "This interaction increased my trust in [Program/Service name]."
WITH_TAPPING = [SATISFACTION, TRUST, a_choice(*DRIVERS, kind="tapping", follows=1), COMMENT]

BREAKING: list[tuple[str, Document]] = [
    ("instrument-measures", asking(SATISFACTION, CHOICE, COMMENT)),
    ("instrument-measures", asking(TRUST, CHOICE, COMMENT)),
    ("instrument-measures", asking(SATISFACTION, CHOICE, COMMENT, omb_approval="Agreed: trust is asked for yearly")),
    ("instrument-measures", asking(SATISFACTION, CHOICE, COMMENT, measurement_point="relationship")),
    ("instrument-drivers", asking(SATISFACTION, TRUST, COMMENT)),
    ("instrument-drivers", asking(SATISFACTION, TRUST, COMMENT, a_choice(*DRIVERS[1:]))),
    ("instrument-drivers", asking(SATISFACTION, TRUST, COMMENT, a_choice(*DRIVERS[:4]))),
    ("instrument-drivers", asking(SATISFACTION, TRUST, COMMENT, *RATED[2:])),
    ("instrument-drivers", asking(SATISFACTION, TRUST, COMMENT, a_choice(*DRIVERS, kind="tapping"))),
    ("instrument-drivers", asking(SATISFACTION, TRUST, a_rating("ease"), a_choice(*DRIVERS, follows=3), COMMENT)),
    ("instrument-questions", asking(SATISFACTION, TRUST, CHOICE, COMMENT, *others(12))),
    ("instrument-minutes", an_instrument(minutes=6)),
    ("instrument-free-response", asking(SATISFACTION, TRUST, CHOICE, *others(3, "free_response"))),
    ("instrument-free-response", asking(SATISFACTION, TRUST, CHOICE, {**COMMENT, "required": True})),
    ("instrument-free-response", asking(SATISFACTION, TRUST, CHOICE)),
    ("instrument-hours", an_instrument(hours_after=49)),
    ("rating-incomplete", asking(SATISFACTION, TRUST, CHOICE, COMMENT, {**others(1)[0], "kind": "rating"})),
    ("rating-incomplete", asking({**SATISFACTION, "scale": None}, TRUST, CHOICE, COMMENT)),
    ("rating-misplaced", asking(SATISFACTION, TRUST, {**CHOICE, "measure": "ease"}, COMMENT)),
    ("rating-misplaced", asking(SATISFACTION, TRUST, CHOICE, {**COMMENT, "scale": "likert_5"})),
    ("follows-no-rating", asking(SATISFACTION, TRUST, CHOICE, COMMENT, {**others(1)[0], "follows": 4})),
    ("follows-no-rating", asking(SATISFACTION, TRUST, CHOICE, {**COMMENT, "follows": 9})),
    ("follows-no-rating", asking({**SATISFACTION, "follows": 1}, TRUST, CHOICE, COMMENT)),
    ("options-missing", asking(SATISFACTION, TRUST, CHOICE, a_choice(statement="How can we improve?"), COMMENT)),
    ("question-repeated", asking(SATISFACTION, TRUST, CHOICE, COMMENT, COMMENT)),
    ("question-repeated", asking(SATISFACTION, TRUST, a_choice(*DRIVERS, "ease"), COMMENT)),
    (
        "question-repeated",
        asking(
            SATISFACTION, TRUST, CHOICE, COMMENT, a_rating("satisfaction", statement="Please rate your experience.")
        ),
    ),
    ("brackets-left", asking(SATISFACTION, {**TRUST, "statement": UNFILLED}, CHOICE, COMMENT)),
]


def without_nulls(document: Document) -> Document:
    """The survey as one would write it."""
    questions = [{k: v for k, v in question.items() if v is not None} for question in document["questions"]]
    return {**document, "questions": questions}


@pytest.mark.parametrize(("rule", "document"), BREAKING)
def test_a_rule_names_what_breaks_it_and_nothing_else(rule: str, document: Document) -> None:
    assert codes("instrument", without_nulls(document)) == {rule}


@pytest.mark.parametrize(
    "document",
    [
        an_instrument(),
        asking(*WITH_TAPPING),
        asking(SATISFACTION, TRUST, a_choice(*DRIVERS, follows=2), COMMENT),
        asking(SATISFACTION, TRUST, *RATED, COMMENT),
        # The designs may be mixed, driver by driver.
        asking(
            SATISFACTION,
            TRUST,
            RATED[0],
            a_choice(*DRIVERS[1:3]),
            a_choice(*DRIVERS[3:], kind="tapping", follows=2, statement="Which of these helped?"),
            COMMENT,
        ),
        asking(SATISFACTION, TRUST, CHOICE, COMMENT, *others(11)),
        an_instrument(minutes=5),
        an_instrument(hours_after=48),
        an_instrument(hours_after=49, measurement_point="journey"),
        an_instrument(hours_after=0),
        asking(SATISFACTION, TRUST, CHOICE, *others(2, "free_response")),
        asking(SATISFACTION, TRUST, CHOICE, {**COMMENT, "follows": 2}),
        asking(SATISFACTION, TRUST, CHOICE, channel="automated_phone"),
        asking(
            SATISFACTION, TRUST, CHOICE, COMMENT, {**a_rating("ease"), "measure": "other", "statement": "It was warm."}
        ),
        # Several statements of one driver are several questions.
        asking(SATISFACTION, TRUST, *RATED, a_rating("ease", statement="It was easy to find what I needed."), COMMENT),
    ],
)
def test_a_survey_within_the_rules_breaks_none(document: Document) -> None:
    assert codes("instrument", document) == set()


def test_what_is_missing_is_told_with_what_to_write_instead() -> None:
    [problem] = told(asking(SATISFACTION, CHOICE, COMMENT))
    assert problem.message == "No question rates trust"
    assert problem.expected is not None
    assert "“This interaction increased my trust in [Program/Service name].” or “I trust" in problem.expected


def test_the_drivers_that_are_missing_are_named_with_the_three_designs() -> None:
    [problem] = told(asking(SATISFACTION, TRUST, COMMENT, a_choice(*DRIVERS[2:])))
    assert problem.message == "Nothing relates effectiveness, ease to the overall score"
    assert problem.severity is ERROR
    for words in (
        "tapping",
        "multiple choice such as “What contributed",
        "rating with measure effectiveness",
        "“My need",
    ):
        assert words in str(problem.expected)


def test_a_survey_without_a_word_about_employees_is_but_warned() -> None:
    [problem] = told(asking(SATISFACTION, TRUST, COMMENT, a_choice(*DRIVERS[:4])))
    assert (problem.severity, problem.message) == (WARNING, "Nothing relates employee to the overall score")
    assert "where customers meet nobody" in str(problem.expected)


def test_choices_that_nearly_count_are_explained() -> None:
    unmapped = {**a_choice(), "options": [{"label": "The time it took"}]}
    tapped = a_choice(*DRIVERS, kind="tapping", statement="What helped?")
    [problem] = told(asking(SATISFACTION, TRUST, unmapped, tapped, COMMENT))
    assert "an option without a measure counts for no driver" in problem.message
    assert "follows names the rating" in problem.message


def test_a_driver_that_is_ticked_as_a_rating_relates_to_nothing() -> None:
    document = asking(SATISFACTION, TRUST, COMMENT, *RATED[1:], {**RATED[0], "scale": "tick"})
    assert codes("instrument", document) == {"instrument-drivers", "scale-not-preferred"}


@pytest.mark.parametrize(
    ("document", "severity"),
    [
        (asking(SATISFACTION, CHOICE, COMMENT), ERROR),
        (asking(SATISFACTION, CHOICE, COMMENT, measurement_point="journey"), ERROR),
        (asking(SATISFACTION, CHOICE, COMMENT, measurement_point="relationship"), WARNING),
        (asking(SATISFACTION, CHOICE, COMMENT, omb_approval="By letter"), WARNING),
        (asking(TRUST, CHOICE, COMMENT, omb_approval="By letter"), ERROR),
        (asking(SATISFACTION, TRUST, COMMENT), ERROR),
        (asking(SATISFACTION, TRUST, COMMENT, measurement_point="relationship"), WARNING),
        (asking(SATISFACTION, TRUST, CHOICE), WARNING),
        (asking(SATISFACTION, TRUST, CHOICE, {**COMMENT, "required": True}), ERROR),
    ],
)
def test_how_severe_it_is_depends_on_what_the_circular_requires(document: Document, severity: str) -> None:
    assert [problem.severity for problem in told(document)] == [severity]


def test_places_lead_to_what_is_to_be_changed() -> None:
    places = {
        problem.pointer
        for document in (
            asking(SATISFACTION, TRUST, CHOICE, *others(4, "free_response")),
            asking(SATISFACTION, TRUST, CHOICE, {**COMMENT, "required": True}),
            asking(SATISFACTION, TRUST, a_choice(*DRIVERS, "ease"), COMMENT),
        )
        for problem in told(document)
    }
    assert places == {"/questions/5", "/questions/6", "/questions/3/required", "/questions/2/options/5/label"}


def test_a_survey_without_questions_is_told_once() -> None:
    assert codes("instrument", an_instrument(questions=[])) == {"needed-to-publish"}


def test_a_fault_of_shape_does_not_bring_rules_down() -> None:
    document = asking({**SATISFACTION, "kind": "ratting"}, TRUST, COMMENT, minutes=6)
    assert codes("instrument", document) == {"unknown-code", "instrument-minutes"}
