"""Every fault of an input at once, held against an independent oracle."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.problems import ERROR, MOST_PROBLEMS, WARNING, Problem, bounded
from inventory.records import Service
from inventory.records.documents import document, given_fields
from inventory.records.registry import INVENTORY, Document
from inventory.validation.check import MOST_MISSPELT, check
from inventory.validation.normalize import is_plain, take_in
from inventory.validation.shape_problems import SHAPE_FAULTS
from tests.conftest import SAMPLE
from tests.support.builders import a_channel, a_context, a_due_date, a_service
from tests.support.random_types import documents, record_types

SERVICE = INVENTORY["service"]
ORACLE = jsonschema.Draft202012Validator(
    msgspec.json.schema(Service), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
SAMPLES = [d for path in sorted((SAMPLE / "services").glob("*.json")) for d in json.loads(path.read_text("utf-8"))]


def faults(raw: Any) -> set[tuple[str, str]]:
    return {(problem.pointer, problem.code) for problem in check(SERVICE, raw).problems}


def oracle_pointers(raw: Any) -> set[str]:
    found = set()
    for error in ORACLE.iter_errors(raw):
        pointer = "".join(f"/{part}" for part in error.absolute_path)
        for leaf in error.context or [error]:
            inside = "".join(f"/{part}" for part in leaf.absolute_path)
            if leaf.validator == "type" and leaf.validator_value == "null":
                continue
            if leaf.validator == "required":
                found |= {f"{inside}/{name}" for name in leaf.validator_value if name not in leaf.instance}
            elif leaf.validator == "additionalProperties":
                found |= {f"{inside}/{name}" for name in leaf.instance if name not in leaf.schema["properties"]}
            else:
                found.add(inside or pointer)
    return found


Mutation = Callable[[Document, random.Random], tuple[str, str]]


def _set(pointer: str, value: Any, code: str) -> Mutation:
    def mutate(service: Document, _random: random.Random) -> tuple[str, str]:
        *path, last = pointer.strip("/").split("/")
        at: Any = service
        for name in path:
            at = at[int(name)] if name.isdigit() else at.setdefault(name, {})
        at[int(last) if last.isdigit() else last] = value
        return pointer, code

    return mutate


def _without(pointer: str) -> Mutation:
    def mutate(service: Document, _random: random.Random) -> tuple[str, str]:
        service.pop(pointer.strip("/"))
        return pointer, "missing"

    return mutate


PLANTS: list[Mutation] = [
    _without("/name"),
    _without("/organization_id"),
    _set("/nonsense", 1, "unknown-field"),
    _set("/occasion/nonsense", 1, "unknown-field"),
    _set("/service_id", "Not A Slug", "bad-format"),
    _set("/service_id", "x" * 81, "too-long"),
    _set("/responsible_unit", "", "too-short"),
    _set("/responsible_unit", "two\nlines", "bad-format"),
    _set("/description", "\x07", "bad-format"),
    _set("/description", "x" * 2001, "too-long"),
    _set("/description", 5, "wrong-type"),
    _set("/description", ["a"], "wrong-type"),
    _set("/service_type", "fun", "unknown-code"),
    _set("/service_type", 3, "unknown-code"),
    _set("/channels/0/channel", "web", "unknown-code"),
    _set("/channels/0/supports", "apply", "wrong-type"),
    _set("/channels/0/url", "example.gov", "bad-format"),
    _set("/channels/1", "phone", "not-a-record"),
    _set("/roles", {"role": "auditor"}, "wrong-type"),
    _set("/fees_charged", "yes", "wrong-type"),
    _set("/fees_charged", 1, "wrong-type"),
    _set("/reviewed_on", "2026-02-30", "wrong-type"),
    _set("/reviewed_on", "soon", "wrong-type"),
    _set("/volumes", [{"fiscal_year": 1999, "channel": "phone", "kind": "calls", "count": 1}], "out-of-range"),
    _set("/moments", [{"moment_id": "a", "name": "A", "position": 2.5}], "wrong-type"),
    _set("/tags", ["a", "", "b"], "too-short"),
    _set("/offering", "a passport", "not-a-record"),
]
INSIDE = {
    "/volumes": "/volumes/0/fiscal_year",
    "/moments": "/moments/0/position",
    "/tags": "/tags/1",
}


def planted(service: Document, chosen: list[Mutation], chance: random.Random) -> set[tuple[str, str]]:
    expected: dict[str, str] = {}
    for plant in chosen:
        pointer, code = plant(service, chance)
        expected[INSIDE.get(pointer, pointer) if isinstance(service.get(pointer.strip("/")), list) else pointer] = code
    return set(expected.items())


def compare(count: int) -> None:
    chance = random.Random(280)
    for _ in range(count):
        service = json.loads(json.dumps(a_service() if chance.random() < 0.5 else chance.choice(SAMPLES)))
        if len(service["channels"]) < 2:
            service["channels"].append(a_channel("phone"))
        by_field: dict[str, Mutation] = {}
        for plant in chance.sample(PLANTS, chance.randint(0, 5)):
            field = plant({"channels": [{}, {}], "name": "", "organization_id": ""}, chance)[0].split("/")[1]
            by_field[field] = plant
        expected = planted(service, list(by_field.values()), chance)
        assert faults(service) == expected
        assert {pointer for pointer, _ in expected} == oracle_pointers(service)


def test_every_planted_fault_is_named_and_none_is_invented() -> None:
    compare(300)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        ("2026-02-30", "a day of the calendar: that month has 28 days"),
        ("2026-13-01", "a day of the calendar: months are from 01 to 12"),
        ("30 Feb 2026", "a date as YYYY-MM-DD"),
    ],
)
def test_a_day_there_is_not_is_told_apart_from_a_wrong_form(day: str, told: str) -> None:
    [problem] = check(INVENTORY["service"], a_service(reviewed_on=day)).problems
    assert (problem.code, problem.expected) == ("wrong-type", told)


def test_an_unknown_field_is_told_with_the_nearest_or_all_there_are() -> None:
    def expected(name: str) -> str | None:
        [problem] = check(INVENTORY["due_date"], a_due_date(**{name: "x"})).problems
        return problem.expected

    assert expected("due_of") == "one of its fields, perhaps due_on"
    assert expected("zzz") == "one of its fields: due_on, fiscal_year, obligation, reason"


def test_of_very_many_unknown_fields_the_nearest_is_not_looked_for() -> None:
    many = {f"due_of{number}": 1 for number in range(MOST_MISSPELT + 1)}
    found = [problem for problem in check(INVENTORY["due_date"], many).problems if problem.code == "unknown-field"]
    assert len(found) == len(many) and {problem.expected for problem in found} == {"one of its fields"}


WRONG_ALL_OVER: dict[str, Document] = {
    "empty items": {"channels": [{}] * 100_000},
    "no items": {"channels": [None] * 100_000},
    "unknown fields": {f"field{number}": 1 for number in range(100_000)},
    "equal keys": {"moments": [{"moment_id": "a", "name": "One"}] * 50_000},
    "bad texts": {"tags": ["\a"] * 100_000},
}


@pytest.mark.parametrize("wrong", WRONG_ALL_OVER.values(), ids=WRONG_ALL_OVER)
def test_checking_stops_after_so_many_errors(wrong: Document) -> None:
    found = check(SERVICE, a_service(**wrong), a_context()).problems
    assert len(found) == MOST_PROBLEMS + 1
    assert (found[0].code, found[0].severity) == ("more-problems", "error")
    assert found[0].message.startswith("Checking stopped after 1,000 errors")


def test_an_error_after_very_many_warnings_is_found() -> None:
    def found() -> Iterator[Problem]:
        for number in range(MOST_PROBLEMS + 7):
            yield Problem(code="odd", severity=WARNING, message="", row=number)
        yield Problem(code="wrong", severity=ERROR, message="")

    more, *warnings, wrong = bounded(found())
    assert len(warnings) == MOST_PROBLEMS and wrong.code == "wrong"
    assert (more.code, more.severity, more.message[:15]) == ("more-problems", WARNING, "7 more warnings")


def test_a_long_name_is_shortened_where_it_is_reported() -> None:
    (found,) = check(SERVICE, a_service(**{"x" * 1_000_000: "y" * 1_000_000})).problems
    assert len(msgspec.json.encode(found)) < 2_000


def test_what_is_missing_is_told_with_what_it_looks_like() -> None:
    told = check(INVENTORY["service"], {"service_id": "a", "organization_id": "a"}, a_context()).problems
    expected = {problem.pointer: problem.expected for problem in told}
    assert expected["/name"] == "text, without control characters, at most 300 characters"
    assert expected["/description"] == "text, without control characters, at most 2,000 characters"


@pytest.mark.slow
def test_every_planted_fault_is_named_over_ten_thousand_services() -> None:
    compare(10_000)


def test_every_code_of_fault_is_planted_somewhere() -> None:
    seen = {"duplicate"}
    for plant in PLANTS:
        service = a_service()
        seen |= {code for _, code in planted(service, [plant], random.Random(1))}
    assert seen == set(SHAPE_FAULTS)


def test_two_items_with_one_key_are_a_duplicate() -> None:
    moments = [{"moment_id": "a", "name": "One"}, {"moment_id": "a", "name": "Two"}]
    assert faults(a_service(moments=moments)) == {("/moments/1", "duplicate")}


def test_keyed_lists_are_sets() -> None:
    moments = [{"moment_id": "b", "name": "B"}, {"moment_id": "a", "name": "A"}]
    checked = check(SERVICE, a_service(moments=moments))
    assert checked.record is not None
    assert [moment["moment_id"] for moment in document(checked.record)["moments"]] == ["a", "b"]


def test_null_means_not_given() -> None:
    assert check(SERVICE, {**a_service(), "homepage": None, "offering": None}).problems == ()


def test_texts_are_normalized_and_counted() -> None:
    checked = check(SERVICE, a_service(description="a\tb\r\nc", name="Cafe\u0301"), a_context())
    assert isinstance(checked.record, Service)
    assert (checked.record.description, checked.record.name, checked.normalized) == ("a b\nc", "Caf\u00e9", 2)


TEXTS = st.text(st.sampled_from('a"\\\t\r\n\x07\x7f\u00e9\u0301\u212b '), max_size=6)


@given(
    st.recursive(TEXTS | st.integers() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner))
)
def test_what_is_plain_is_taken_in_as_it_is(raw: Any) -> None:
    taken = take_in(raw)
    assert not is_plain(raw) or (taken.value, taken.normalized) == (raw, 0)
    assert is_plain({"name": ["All is well.", 1, True]})


@given(data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_fields_of_a_document_are_known_without_it(data: st.DataObject) -> None:
    kind = data.draw(record_types())
    for known in data.draw(documents(kind)):
        assert given_fields(msgspec.convert(known, kind.struct)) == sorted(known)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)


@given(JSON | st.fixed_dictionaries({name: JSON for name in ("service_id", "name", "channels", "reviewed_on")}))
@settings(max_examples=300, deadline=None)
def test_the_checker_answers_anything(raw: Any) -> None:
    checked = check(SERVICE, raw, a_context())
    assert checked.record is not None or checked.problems
    msgspec.json.encode(checked.problems)


@pytest.mark.parametrize("service", SAMPLES, ids=lambda service: service["service_id"])
def test_the_sample_has_no_fault(service: Document) -> None:
    assert check(SERVICE, service).problems == ()


def test_fields_that_are_none_are_told_in_their_order() -> None:
    names = [f"odd_{letter}" for letter in "qwertyuiopasdfgh"]
    problems = check(INVENTORY["service"], a_service(**dict.fromkeys(names, 1))).problems
    assert [problem.pointer for problem in problems if problem.code == "unknown-field"] == [f"/{n}" for n in names]
