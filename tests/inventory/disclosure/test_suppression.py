"""Disclosure control: which figures are suppressed, rule by rule."""

import sys
from random import Random
from typing import Any

import msgspec
import pytest

from inventory.disclosure.suppression import suppressed
from inventory.ledger.store import Store
from inventory.records.registry import Document
from inventory.writes.change import Change, Erasure
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.builders import a_collection, a_feedback, a_measure
from tests.support.quarters import publish_quarter, publish_quarters

Offices = dict[str, list[int]]


def office(unit: str | None, counts: list[int], **changes: Any) -> Document:
    """A collection of one office, which everybody there answered on ease."""
    given = {
        "collection_id": unit or "all",
        "unit": unit,
        "respondents": sum(counts),
        "measures": [a_measure("ease", counts)],
    }
    return a_collection(**given | changes)


def quarter(offices: Offices) -> Document:
    return a_feedback(collections=[office(unit, counts) for unit, counts in offices.items()])


def published(*versions: Document) -> list[Document]:
    """The public part of each version, as they are published one after the other."""
    public: list[Document] = []
    for version in versions:
        public.append(suppressed(version, public))
    return public


def shown(document: Document) -> set[str]:
    """The collections of which ease is published."""
    return {item["collection_id"] for item in document["collections"] if _has_answers(item["measures"][0])}


def _has_answers(measure: Document) -> bool:
    return bool({"counts", "reported_mean"} & measure.keys())


# Rule 2: the threshold.


@pytest.mark.parametrize(("answers", "is_shown"), [(0, True), (1, False), (9, False), (10, True)])
def test_fewer_than_ten_answers_are_suppressed(answers: int, is_shown: bool) -> None:
    [collection] = suppressed(quarter({"a": [0, 0, 0, 0, answers]}))["collections"]
    assert _has_answers(collection["measures"][0]) == is_shown
    assert collection["measures"][0].get("withheld", False) == (not is_shown)
    assert ("respondents" in collection, collection.get("withheld", False)) == (is_shown, not is_shown)


@pytest.mark.parametrize(("respondents", "is_shown"), [(None, False), (0, False), (9, False), (10, True)])
def test_a_reported_mean_counts_its_respondents(respondents: int | None, is_shown: bool) -> None:
    measure = a_measure("ease", [], reported_mean="4.2")
    [collection] = suppressed(a_feedback(collections=[office("a", [], measures=[measure], respondents=respondents)]))[
        "collections"
    ]
    assert _has_answers(collection["measures"][0]) == is_shown


def test_few_customers_are_suppressed() -> None:
    """Those offered a survey bound its respondents."""
    document = a_feedback(customers=9, collections=[office("a", [1, 1, 1, 1, 1], offered=8, customers_at_point=9)])
    public = suppressed(document)
    assert "customers" not in public and not {"offered", "customers_at_point"} & public["collections"][0].keys()


@pytest.mark.parametrize("fewest", [1, 5, 30])
def test_the_threshold_can_be_another(fewest: int) -> None:
    assert (shown(suppressed(quarter({"a": [1, 1, 1, 1, 1]}), (), fewest)) == {"a"}) == (fewest <= 5)


# Rule 3: tables by score.


def by_score(rows: dict[int, list[int]], counts: list[int]) -> Document:
    """A quarter of one collection with a table of ease by satisfaction, and the two margins of it."""
    table = [{"overall": "satisfaction", "point": point, "counts": row} for point, row in rows.items()]
    gave = [sum(rows.get(point, [])) for point in range(1, 6)]
    measures = [a_measure("satisfaction", gave), a_measure("ease", counts, by_score=table)]
    return a_feedback(collections=[office("a", counts, measures=measures)])


def has_table(document: Document) -> bool:
    return "by_score" in document["collections"][0]["measures"][1]


def test_a_table_is_published_whole_or_not() -> None:
    rows = {1: [4, 5, 0, 0, 0], 2: [0, 20, 0, 0, 0], 3: [0, 0, 30, 0, 0]}
    assert not has_table(suppressed(by_score(rows, [4, 25, 30, 0, 0])))
    assert has_table(suppressed(by_score({**rows, 1: [5, 5, 0, 0, 0]}, [5, 25, 30, 0, 0])))


def test_homogeneous_rows_do_not_reveal_a_row() -> None:
    rows = {1: [0, 0, 0, 0, 9], 2: [0, 0, 0, 0, 20], 3: [0, 0, 0, 0, 30]}
    public = suppressed(by_score(rows, [0, 0, 0, 0, 59]))
    assert not has_table(public) and public["collections"][0]["measures"][1]["counts"] == [0, 0, 0, 0, 59]


@pytest.mark.parametrize(("rest", "is_shown"), [(0, True), (1, False), (9, False), (10, True)])
def test_answers_in_no_row_are_none_or_ten(rest: int, is_shown: bool) -> None:
    rows = {2: [0, 20, 0, 0, 0], 3: [0, 0, 30, 0, 0]}
    assert has_table(suppressed(by_score(rows, [rest, 20, 30, 0, 0]))) == is_shown


def test_a_table_by_a_suppressed_score_is_suppressed() -> None:
    document = by_score({2: [0, 20, 0, 0, 0]}, [0, 20, 0, 0, 0])
    document["collections"][0]["measures"][0]["counts"] = [0, 9, 0, 0, 0]
    assert not has_table(suppressed(document))


def test_a_table_split_in_two_suppresses_both() -> None:
    rows = {2: [0, 40, 0, 0, 0], 3: [0, 0, 40, 0, 0]}
    whole = by_score(rows, [0, 40, 40, 0, 0])
    parts = [by_score({2: [0, n, 0, 0, 0], 3: [0, 0, 20, 0, 0]}, [0, n, 20, 0, 0])["collections"][0] for n in (5, 35)]
    split = a_feedback(collections=[parts[0] | {"channel": "phone"}, parts[1] | {"collection_id": "b"}])
    public = published(whole | {"collections": [whole["collections"][0] | {"channel": None}]}, split)
    assert has_table(public[0])
    for collection in public[1]["collections"]:
        assert "counts" in collection["measures"][1] and "by_score" not in collection["measures"][1]


# Rule 4: versions.


def test_a_part_split_off_suppresses_the_rest() -> None:
    public = published(quarter({None: [0, 0, 5, 10, 10]}), quarter({"a": [0, 0, 2, 9, 9], "b": [0, 0, 3, 1, 1]}))  # type: ignore[dict-item]
    assert (shown(public[0]), shown(public[1])) == ({"all"}, set())


def test_a_split_suppresses_means_and_respondents() -> None:
    def of(unit: str | None, respondents: int) -> Document:
        return office(unit, [], respondents=respondents, measures=[a_measure("ease", [], reported_mean="4.2")])

    public = published(a_feedback(collections=[of(None, 30)]), a_feedback(collections=[of("a", 22), of("b", 8)]))
    assert (shown(public[0]), shown(public[1])) == ({"all"}, set())
    assert not any({"respondents", "offered", "customers_at_point"} & item.keys() for item in public[1]["collections"])


def test_a_small_part_taken_in_suppresses_the_sum() -> None:
    assert (
        shown(published(quarter({"a": [0, 0, 2, 9, 9], "b": [0, 0, 3, 1, 1]}), quarter({"a": [0, 0, 5, 10, 10]}))[1])
        == set()
    )


def test_moving_a_small_office_hides_the_other_alone() -> None:
    first = quarter({"a": [0, 0, 3, 1, 1], "b": [0, 0, 5, 10, 10], "c": [0, 0, 10, 10, 10]})
    second = quarter({"b": [0, 0, 8, 11, 11], "c": [0, 0, 10, 10, 10]})
    assert shown(published(first, second)[1]) == {"c"}


def test_a_moved_office_hides_in_later_versions() -> None:
    versions = [
        quarter({"a": [0, 0, 3, 1, 1], "b": [0, 0, 5, 10, 10]}),
        quarter({"b": [0, 0, 8, 11, 11]}),
        quarter({"b": [0, 0, 9, 11, 11]}),
    ]
    assert [shown(document) for document in published(*versions)] == [{"b"}, set(), set()]


def test_renaming_collections_changes_nothing() -> None:
    first = quarter({"a": [0, 0, 3, 1, 1], "b": [0, 0, 5, 10, 10]})
    second = a_feedback(collections=[item | {"collection_id": f"new-{item['unit']}"} for item in first["collections"]])
    assert shown(published(first, second)[1]) == {"new-b"}


def test_a_survey_taken_into_another_hides_it() -> None:
    """Two surveys at one place become one."""
    small = office("a", [0, 0, 3, 1, 1], collection_id="spring", survey_title="Spring survey")
    large = office("a", [0, 0, 5, 10, 10])
    both = office("a", [0, 0, 8, 11, 11])
    public = published(a_feedback(collections=[large, small]), a_feedback(collections=[both]))
    assert (shown(public[0]), shown(public[1])) == ({"a"}, set())


def test_a_shrunk_office_hides_the_grown_one() -> None:
    """Also once it has grown again: it was the difference of what the other published."""
    versions = [
        quarter({"a": [0, 0, 4, 10, 10], "b": [0, 0, 5, 10, 10], "c": [0, 0, 20, 0, 0]}),
        quarter({"a": [0, 0, 3, 1, 1], "b": [0, 0, 6, 19, 19], "c": [0, 0, 20, 0, 0]}),
        quarter({"a": [0, 0, 3, 9, 9], "b": [0, 0, 6, 19, 19], "c": [0, 0, 20, 0, 0]}),
    ]
    assert [shown(document) for document in published(*versions)] == [{"a", "b", "c"}, {"c"}, {"c"}]


def test_another_survey_does_not_hide_what_was_lost() -> None:
    """At one place, one survey loses a few to another office, and a new one begins."""
    first = quarter({"a": [0, 0, 5, 20, 20], "b": [0, 0, 3, 1, 1]})
    new = office("a", [0, 0, 10, 10, 10], collection_id="autumn", survey_title="Autumn survey")
    second = quarter({"a": [0, 0, 4, 18, 18], "b": [0, 0, 4, 3, 3]})
    assert shown(published(first, a_feedback(collections=[*second["collections"], new]))[1]) == set()


def test_a_late_office_hides_no_other() -> None:
    first = {"a": [0, 0, 5, 10, 10], "b": [0, 0, 6, 10, 10]}
    small, large = quarter({**first, "c": [0, 0, 0, 1, 1]}), quarter({**first, "c": [0, 0, 0, 20, 1]})
    assert shown(published(quarter(first), small)[1]) == {"a", "b"}
    assert shown(published(quarter(first), large)[1]) == {"a", "b", "c"}


def test_offices_and_their_two_totals_are_linked() -> None:
    """Historical figures may overlap, with a warning: 28 offices, and totals by channel of 14 each."""
    offices = [
        office(f"u{n}", [0, 0, 0, 4 if n == 5 else 30, 0], channel="phone" if n % 2 else "website") for n in range(28)
    ]
    totals = [
        office(None, [0, 0, 0, sum(item["respondents"] for item in offices if item["channel"] == channel), 0])
        | {"collection_id": channel, "channel": channel}
        for channel in ("phone", "website")
    ]
    public = suppressed(a_feedback(origin="historical", collections=[*offices, *totals]))
    assert shown(public) == {"website", *(item["collection_id"] for item in offices if item["channel"] == "website")}


def test_two_collections_of_one_place_are_linked() -> None:
    """Historical figures with a total that states no more than its part."""
    doubled = [office(None, [0, 0, 0, 4, 0]), office(None, [0, 0, 0, 40, 0], collection_id="total")]
    assert shown(suppressed(a_feedback(origin="historical", collections=doubled))) == set()


def test_an_erasure_changes_no_suppression(sqlite_store: Store) -> None:
    """Every version is settled by public parts alone."""
    first = quarter({"all": [0, 0, 5, 10, 10], "b": [0, 0, 3, 1, 1]})
    second = quarter({"all": [0, 0, 8, 11, 11]})
    publish_quarters(sqlite_store, first)
    erased = Change(
        record_type="feedback",
        record_id="dos-ca/dos-ca-passports/2026-Q1",
        action="erase",
        erasure=Erasure(1, False),
        note="Asked for",
    )
    append(sqlite_store, OPERATOR, now, erased)
    publish_quarter(sqlite_store, second)
    public = msgspec.json.decode(sqlite_store.public("feedback", "dos-ca/dos-ca-passports/2026-Q1").body)
    assert shown(public) == set()


# Honest quarters stay useful, and quick.


def many(count: int, small: int, random: Random) -> Offices:
    sizes = [random.randint(2, 7) if place < small else random.randint(12, 400) for place in range(count)]
    return {f"u{place}": [size // 8, 0, 0, size // 4, size - size // 8 - size // 4] for place, size in enumerate(sizes)}


def later(offices: Offices, random: Random) -> Offices:
    """The same offices once a few late answers are in."""
    return {unit: [count + random.choice((0, 0, 0, 1)) for count in counts] for unit, counts in offices.items()}


@pytest.mark.parametrize("seed", range(5))
def test_sixty_offices_hide_only_four_small_ones(seed: int) -> None:
    random = Random(seed)
    versions = [many(60, 4, random)]
    for _ in range(3):
        versions.append(later(versions[-1], random))
    for offices, document in zip(versions, published(*map(quarter, versions)), strict=True):
        assert shown(document) >= {unit for unit, counts in offices.items() if int(unit[1:]) >= 4}


def calls_to_settle(offices: int) -> int:
    """Count the calls that it takes to settle a quarter of so many offices, restated three times."""
    random = Random(1)
    versions = [many(offices, offices // 16, random)]
    for _ in range(3):
        versions.append(later(versions[-1], random))
    documents, count = [quarter(version) for version in versions], 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        published(*documents)
    finally:
        sys.setprofile(None)
    return count


def test_work_grows_with_the_number_of_offices() -> None:
    assert calls_to_settle(800) < 5 * calls_to_settle(200)
