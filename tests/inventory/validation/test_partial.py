"""One item that cannot be read silences no rule about the others."""

import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

import pytest

from inventory.problems import ERROR, Problem
from inventory.records.registry import INVENTORY, Document
from inventory.schema.fields import shape
from inventory.validation.check import check
from inventory.validation.rules import RULES, Context
from tests.inventory.validation.rules import test_instrument_rules as of_instruments
from tests.inventory.validation.rules import test_rules as of_others
from tests.inventory.validation.rules import test_survey_rules as of_surveys
from tests.support.builders import a_collection, a_context, a_feedback, a_measure, an_instrument

Example = tuple[str, str, Document, Context]
Told = set[tuple[str, str]]
BY_ITEM = [known for known in RULES.values() if known.each]
TOO_MANY = [0, 0, 0, 0, 500]


def examples() -> Iterator[Example]:
    """Every example of a broken rule that judges item by item."""
    found: list[Example] = [*of_others.BREAKING]
    found += [(rule, "instrument", document, a_context()) for rule, document in of_instruments.BREAKING]
    found += [
        (rule, name, document, of_surveys.a_context_with(survey))
        for rule, name, document, survey in of_surveys.BREAKING
    ]
    yield from (example for example in found if RULES[example[0]].each)


def told(record_type: str, document: Document, context: Context | None = None, lost: Sequence[Problem] = ()) -> Told:
    problems = check(INVENTORY[record_type], document, context or a_context(), lost).problems
    return {(problem.code, problem.pointer) for problem in problems}


def with_a_bad_first(document: Any, names: list[str]) -> tuple[Document, str]:
    """The document with something unreadable before the items of a list, and the pointer of the list."""
    name, *rest = names
    if not rest:
        return {**document, name: ["unreadable", *document[name]]}, f"/{name}"
    inner, pointer = with_a_bad_first(document[name][0], rest)
    return {**document, name: [inner, *document[name][1:]]}, f"/{name}/0{pointer}"


def moved(pointer: str, within: str) -> str:
    """A pointer into a list whose items stand one place further."""
    return re.sub(f"^{within}/(\\d+)", lambda found: f"{within}/{int(found[1]) + 1}", pointer)


@pytest.mark.parametrize(("rule", "record_type", "document", "context"), list(examples()))
def test_what_is_told_of_items_is_told_beside_one_that_cannot_be_read(
    rule: str, record_type: str, document: Document, context: Context
) -> None:
    if "collections" in document:  # of two that are alike, the second is told
        document = {**document, "collections": sorted(document["collections"], key=itemgetter("collection_id"))}
    found = [pointer for code, pointer in told(record_type, document, context) if code == rule]
    for names in (path.split(".") for path in RULES[rule].each if path.split(".")[0] in document):
        bent, at = with_a_bad_first(document, names)
        beside = {pointer for code, pointer in told(record_type, bent, context) if code == rule}
        silent = {moved(pointer, at) for pointer in found} - beside
        assert beside <= {moved(pointer, at) for pointer in found}
        # Counts by score are held against another measure, which may be the one that cannot be read.
        assert all(re.search(r"/by_score/0/(point|counts)$", pointer) for pointer in silent)


def test_every_rule_that_judges_by_item_is_tried() -> None:
    assert {rule for rule, *_ in examples()} == {known.id for known in BY_ITEM}


@pytest.mark.parametrize("known", BY_ITEM, ids=lambda known: known.id)
def test_a_rule_judges_the_items_of_lists_one_in_the_other(known: Any) -> None:
    for path in known.each:
        assert any(_are_lists(shape(kind), path.split(".")) for kind in known.types)
        assert any(read.startswith(f"{path}.") for read in known.reads)


def _are_lists(read: Any, names: list[str]) -> bool:
    for name in names:
        field = next((field for field in read.fields if field.name == name), None)
        if field is None or not field.many or field.part is None:
            return False
        read = field.part
    return True


def a_quarter(*measures: Document, **changes: Any) -> Document:
    return a_feedback(collections=[a_collection(measures=list(measures), **changes)], not_measured=NOT_MEASURED)


NOT_MEASURED = [
    {"measure": name, "reason": "omb_agreed"}
    for name in ("satisfaction", "trust", "effectiveness", "ease", "efficiency", "transparency", "employee")
]
UNREAD, EXCEEDING = {**a_measure("ease"), "counts": ["abc"]}, a_measure("trust", TOO_MANY)


def test_one_cell_that_cannot_be_read_silences_its_measure_alone() -> None:
    found = told("feedback", a_quarter(UNREAD, EXCEEDING, a_measure("employee", [1, 2])))
    assert {("wrong-type", "/collections/0/measures/0/counts/0")} < found
    assert {
        ("counts-exceed-respondents", "/collections/0/measures/1/counts"),
        ("counts-shape", "/collections/0/measures/2/counts"),
    } <= found
    assert not {pointer for code, pointer in found if "measures/0" in pointer and code != "wrong-type"}


def test_respondents_that_cannot_be_read_silence_what_is_held_against_them_in_that_collection_alone() -> None:
    east = a_collection(collection_id="east", respondents="many", measures=[a_measure("trust", [*TOO_MANY, 1])])
    west = a_collection(collection_id="west", measures=[EXCEEDING])
    found = told("feedback", a_feedback(collections=[east, west]))
    assert {pair for pair in found if pair[0] in ("counts-exceed-respondents", "counts-shape")} == {
        ("counts-exceed-respondents", "/collections/1/measures/0/counts"),
        ("counts-shape", "/collections/0/measures/0/counts"),
    }


def test_a_list_that_is_none_silences_all_that_is_said_of_its_items() -> None:
    east, west = a_collection(collection_id="east", measures="none"), a_collection(measures=[EXCEEDING])
    exceeding = {("counts-exceed-respondents", "/collections/1/measures/0/counts")}
    assert exceeding <= told("feedback", a_feedback(collections=[east, west]))
    assert told("feedback", a_feedback(collections="none")) == {("wrong-type", "/collections")}


def test_what_is_held_against_a_score_waits_until_all_scores_of_the_collection_can_be_read() -> None:
    rows = [{"overall": "trust", "point": 0, "counts": [0, 0, 0, 0, 1]}]
    by_trust = a_measure("ease", by_score=rows)
    other = ("counts-shape", "/collections/0/measures/0/by_score/0/point")
    assert other in told("feedback", a_quarter(by_trust, a_measure("trust")))
    thumbs = {**UNREAD, "measure": "trust", "scale": "thumbs_2"}
    assert other not in told("feedback", a_quarter(by_trust, a_measure("trust"), thumbs))


def test_places_are_those_of_the_input_where_its_lists_are_out_of_order() -> None:
    twice = a_measure("ease", TOO_MANY)
    found = told("feedback", a_quarter(EXCEEDING, a_measure("satisfaction", TOO_MANY), twice, a_measure("ease")))
    assert {pair for pair in found if pair[0] in ("duplicate", "counts-exceed-respondents")} == {
        ("duplicate", "/collections/0/measures/3"),
        *(("counts-exceed-respondents", f"/collections/0/measures/{place}/counts") for place in (0, 1, 2)),
    }


@pytest.mark.parametrize(
    ("lost", "places"),
    [
        ("/collections/0/measures/0/counts", [1]),
        ("/collections/0/measures/1/counts", [0]),
        ("/collections/0/respondents", []),
        ("/collections/measures/counts", []),
        ("/collections/0/channel", [0, 1]),
    ],
)
def test_values_that_reading_left_out_silence_their_item_or_where_that_is_not_known_all(
    lost: str, places: list[int]
) -> None:
    left_out = Problem(code="unknown-code", severity=ERROR, message="It has no meaning.", pointer=lost)
    found = told("feedback", a_quarter(EXCEEDING, a_measure("satisfaction", TOO_MANY)), lost=[left_out])
    assert {pointer for code, pointer in found if code == "counts-exceed-respondents"} == {
        f"/collections/0/measures/{place}/counts" for place in places
    }


def test_a_fault_in_a_question_leaves_what_is_said_of_the_whole_survey() -> None:
    question = {**an_instrument()["questions"][-1], "kind": "rating"}
    questions = [{**question, "number": number, "statement": f"And {number}?"} for number in range(1, 17)]
    questions[3]["statement"] = 7
    found = told("instrument", an_instrument(questions=questions))
    assert ("instrument-questions", "/questions") in found
    incomplete = {pointer for code, pointer in found if code == "rating-incomplete"}
    assert {f"/questions/{place}/measure" for place in range(16)} <= incomplete


def test_a_field_that_there_is_not_silences_nothing_even_where_its_name_is_a_number() -> None:
    found = told("feedback", {**a_quarter(EXCEEDING), "7": "seven"})
    assert {("unknown-field", "/7"), ("counts-exceed-respondents", "/collections/0/measures/0/counts")} <= found
