"""Answers of few stay unknown, also to whoever subtracts what is published from what is published."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.record_types import Document
from inventory.store import Store
from inventory.subtracting import Earlier, Search
from inventory.withholding import FEWEST, MOST_STEPS, withheld
from tests.builders import a_collection, a_feedback, a_measure
from tests.quarters import publish_quarters

Person = tuple[int, int, int | None]
"""Whom somebody answered of three collections in either version, their satisfaction, and what they said of ease."""
PEOPLE = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2), st.sampled_from([0, 1, 1, None])),
    min_size=15,
    max_size=60,
)
Counts = tuple[int, ...]


def quarter(people: list[tuple[int, int, int | None]], by_score: bool = True) -> Document:
    """The quarter that these people's answers make: collection, satisfaction and ease of each, on three points."""
    collections = []
    for place in sorted({place for place, *_ in people}):
        here = [(score, ease) for where, score, ease in people if where == place]
        rows = [
            {"overall": "satisfaction", "point": point + 1, "counts": counted(e for s, e in here if s == point)}
            for point in sorted({score for score, _ in here})
        ]
        measures = [
            a_measure("satisfaction", counted(score for score, _ in here), scale="likert_3"),
            a_measure("ease", counted(ease for _, ease in here), scale="likert_3", by_score=rows if by_score else []),
        ]
        collections.append(a_collection(collection_id=f"c{place}", respondents=len(here), measures=measures))
    return a_feedback(collections=collections)


def counted(points: Any) -> list[int]:
    """How many gave each of three points; those who gave none are in none."""
    found = Counter(points)
    return [found[point] for point in range(3)]


def cells(document: Document) -> Iterator[tuple[tuple[str, ...], tuple[Any, ...], Counts]]:
    """The cells of a document: name, kind and counts."""
    for collection in document.get("collections", ()):
        for measure in collection["measures"]:
            kind: tuple[Any, ...] = (measure["measure"],)
            for item, group in [
                (measure, kind),
                *((row, (*kind, row["overall"], row["point"])) for row in measure.get("by_score", ())),
            ]:
                if sum(item.get("counts", ())):
                    yield (collection["collection_id"], *map(str, group)), group, tuple(item["counts"])


def few_hidden(whole: Document, shown: Document) -> list[tuple[tuple[Any, ...], Counts]]:
    """The withheld cells of few."""
    public = {name for name, _, _ in cells(shown)}
    return [(kind, counts) for name, kind, counts in cells(whole) if name not in public and sum(counts) < FEWEST]


def sums(vectors: list[Counts]) -> Iterator[tuple[Counts, frozenset[int]]]:
    """The sum of every choice of these, with the choice."""
    for size in range(len(vectors) + 1):
        for chosen in combinations(range(len(vectors)), size):
            yield tuple(sum(vectors[i][point] for i in chosen) for point in range(3)), frozenset(chosen)


def by_subtraction(versions: Sequence[Earlier], kind: tuple[Any, ...]) -> set[Counts]:
    """All that can be had of a kind from the cells shown: a cell or a pool, less any choice of what a version tells.

    That is its cells, and of those it hides the newest that another version shows. The newest version comes first; what
    those before it give away by themselves is not today's to mend, so it is left out.
    """
    shown = [{name: counts for name, own, counts in cells(version.shown) if own == kind} for version in versions]
    old = {counts for names in shown[1:] for counts in names.values()}
    newest = {name: counts for names in reversed(shown) for name, counts in names.items()}
    known = [
        {**{name: newest[name] for name, own, _ in cells(version.whole) if own == kind and name in newest}, **names}
        for version, names in zip(versions, shown, strict=True)
    ]
    totals = [[counts] for names in shown for counts in names.values()] + [list(names.values()) for names in shown]
    found = set()
    for total, taken in product(totals, map(list, (names.values() for names in known))):
        for subtracted, chosen in sums(taken):
            sides = Counter(total), Counter(taken[i] for i in chosen)
            if any(sides[0][counts] != sides[1][counts] and counts not in old for counts in sides[0] | sides[1]):
                found.add(minus([sum(column) for column in zip(*total, (0, 0, 0), strict=True)], subtracted))
    return found


def minus(a: Any, b: Any) -> Counts:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def assert_nothing_few_can_be_had(*versions: Earlier) -> None:
    """The newest version comes first."""
    for kind, counts in [few for version in versions for few in few_hidden(version.whole, version.shown)]:
        assert counts not in by_subtraction(versions, kind)
    newest, *before = versions
    assert_rows_do_not_fill_up(newest, *before)
    for version in before:
        assert_rows_do_not_fill_up(newest, version)
        assert_rows_do_not_fill_up(version, newest)
        assert_rows_do_not_fill_up(version, *(other for other in versions if other is not version))


def assert_rows_do_not_fill_up(version: Earlier, *others: Earlier) -> None:
    """What the counts of a measure leave, less the answers by score of it and of the others, is no row of few."""
    rows = [{name: counts for name, kind, counts in cells(each.shown) if len(kind) > 1} for each in (version, *others)]
    hidden = {name: counts for name, kind, counts in cells(version.whole) if len(kind) > 1 and name not in rows[0]}
    filled = {name: counts for names in reversed(rows) for name, counts in names.items()}
    for name, kind, counts in cells(version.shown):
        mine = [hidden[n] for n in hidden if n[0] == name[0] and n[1] == kind[0]] if len(kind) == 1 else []
        known = {n: found for n, found in filled.items() if n[0] == name[0] and n[1] == kind[0]}
        left = minus(counts, [sum(column) for column in zip(*known.values(), (0, 0, 0), strict=True)])
        for few in mine:
            assert sum(few) >= FEWEST or few != left


def published(wholes: Iterable[Document], most_steps: int = MOST_STEPS) -> list[Earlier]:
    """These versions as they are made public one after the other; the newest comes first."""
    versions: list[Earlier] = []
    for whole in wholes:
        versions.insert(0, Earlier(whole, withheld(whole, versions[::-1], most_steps=most_steps)))
    return versions


@given(PEOPLE)
@settings(deadline=None)
def test_nothing_withheld_can_be_had_from_a_quarter(people: list[tuple[int, int, int, int | None]]) -> None:
    whole = quarter([(place, score, ease) for place, _, score, ease in people])
    assert_nothing_few_can_be_had(*published([whole]))


@given(PEOPLE, PEOPLE)
@settings(max_examples=300, deadline=None)
@pytest.mark.slow
def test_nothing_withheld_can_be_had_from_two_versions(
    people: list[tuple[int, int, int, int | None]], late: list[tuple[int, int, int, int | None]]
) -> None:
    first = quarter([(place, score, ease) for place, _, score, ease in people])
    second = quarter([(place, score, ease) for _, place, score, ease in (*people, *late[:5])])
    assert_nothing_few_can_be_had(*published([first, second]))


@given(PEOPLE, st.integers(0, 40))
@settings(deadline=None)
def test_what_is_not_looked_through_is_withheld_too(
    people: list[tuple[int, int, int, int | None]], most_steps: int
) -> None:
    """Versions in which everybody stands elsewhere, and so few steps that hardly a sum is found."""
    wholes = [quarter([(row[:2][place], row[2], row[3]) for row in people]) for place in (0, 1)]
    for versions in published(wholes, most_steps), published(wholes[:1], most_steps):
        assert_nothing_few_can_be_had(*versions)


def many(random: Random, small: int, large: int) -> Document:
    """A quarter of so many offices with few answers each, and so many with more."""
    sizes = [random.randint(3, 9) for _ in range(small)]
    sizes += [round(random.lognormvariate(5, 0.8)) + 12 for _ in range(large)]
    counts = [Counter(random.choices(range(5), [1, 1, 2, 5, 9], k=size)) for size in sizes]
    return a_feedback(
        collections=[
            a_collection(collection_id=f"c{place}", measures=[a_measure("ease", [found[point] for point in range(5)])])
            for place, found in enumerate(counts)
        ]
    )


@pytest.mark.parametrize(("small", "large"), [(2, 28), (4, 56), (12, 140)])
def test_many_offices_are_shown_though_some_are_small(small: int, large: int) -> None:
    """Of many cells some add up to nearly every number by chance: that gives nobody away, and hides nobody."""
    whole = many(Random(4), small, large)
    shown = sum("counts" in item["measures"][0] for item in withheld(whole)["collections"])
    assert 0.9 * large <= shown <= large


@pytest.mark.parametrize("offices", [12, 14, 20, 30, 60])
def test_many_offices_are_shown_though_the_quarter_is_restated(offices: int) -> None:
    """A few answers came late, here and there: twice."""
    random = Random(7)
    wholes = [many(random, 2, offices - 2)]
    for _ in range(2):
        late = [
            [count + random.choice((0, 0, 1, 2)) for count in item["measures"][0]["counts"]]
            for item in wholes[-1]["collections"]
        ]
        wholes.append(of_counts(late))
    for version in published(wholes):
        large = sum(sum(item["measures"][0]["counts"]) >= FEWEST for item in version.whole["collections"])
        shown = sum("counts" in item["measures"][0] for item in version.shown["collections"])
        assert 0.85 * large <= shown <= large


def test_of_many_offices_the_small_one_is_not_what_their_total_leaves() -> None:
    """All of them together, and each by itself but one."""
    whole = many(Random(5), 1, 60)
    total = [
        sum(column) for column in zip(*(item["measures"][0]["counts"] for item in whole["collections"]), strict=True)
    ]
    whole["collections"].append(a_collection(collection_id="all", measures=[a_measure("ease", total)]))
    shown = {item["collection_id"] for item in withheld(whole)["collections"] if "counts" in item["measures"][0]}
    assert "c0" not in shown and len(shown) == 60


def test_there_is_an_end_to_looking_for_sums() -> None:
    """Of what cannot be looked through, all that is shown only now is withheld."""
    whole = many(Random(6), 300, 300)
    shown = {most: withheld(whole, most_steps=most) for most in (1_000, MOST_STEPS)}
    counts = {most: [counts for *_, counts in cells(found)] for most, found in shown.items()}
    assert counts[1_000] == [] and len(counts[MOST_STEPS]) > 250


def test_what_is_given_away_in_very_many_ways_is_withheld_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these was before without the few who came: one look finds them all, and another that none is left."""
    looks: list[int] = []
    looked = Search.given_away

    def counting(search: Search, whole: Document, shown: Document) -> Any:
        looks.append(1)
        return looked(search, whole, shown)

    monkeypatch.setattr(Search, "given_away", counting)
    before = [[0, 0, 0, 0, 10_000 - number] for number in range(300)]
    first = of_counts(before)
    second = of_counts([*([1, 0, 0, 0, counts[4] + 1] for counts in before), [1, 0, 0, 0, 1]])
    shown = withheld(second, [Earlier(first, withheld(first))])
    assert not any("counts" in item["measures"][0] for item in shown["collections"])
    assert len(looks) <= 4


def of_counts(every: list[list[int]]) -> Document:
    """A quarter with a collection for each of these answers to one question."""
    return a_feedback(
        collections=[
            a_collection(collection_id=f"c{place}", measures=[a_measure("ease", counts)])
            for place, counts in enumerate(every)
        ]
    )


MOVING = st.lists(
    st.tuples(st.lists(st.integers(0, 3), min_size=4, max_size=4), st.integers(0, 2), st.sampled_from([0, 1, 1, None])),
    min_size=15,
    max_size=60,
)
"""Whom somebody answered of four collections in each of four versions, their satisfaction, what they said of ease."""


@given(MOVING, st.lists(st.integers(0, 20), min_size=2, max_size=3), st.booleans())
@settings(max_examples=300, deadline=None)
@pytest.mark.slow
def test_nothing_withheld_can_be_had_from_any_of_many_versions(
    people: list[tuple[list[int], int, int | None]], late: list[int], by_score: bool
) -> None:
    """Three or four versions: some people come late, and in each version all may stand elsewhere."""
    cuts = [len(people) - count for count in sorted((*late, 0), reverse=True)]
    wholes = [
        quarter([(places[version], score, ease) for places, score, ease in people[: max(cut, 1)]], by_score)
        for version, cut in enumerate(cuts)
    ]
    versions = published(wholes)
    for place in range(len(versions)):
        assert_nothing_few_can_be_had(*versions[place:])


def restated_twice() -> list[Document]:
    """All in one, then something else, then a total of the first told apart: of its three parts one is of few."""
    versions = [
        {"all": [0, 0, 25, 40, 40]},
        {"all": [0, 0, 13, 30, 30]},
        {"online": [0, 0, 11, 20, 20], "phone": [0, 0, 12, 18, 18], "desk": [0, 0, 2, 2, 2]},
    ]
    return [
        a_feedback(
            collections=[
                a_collection(collection_id=name, respondents=sum(counts), measures=[a_measure("ease", counts)])
                for name, counts in version.items()
            ]
        )
        for version in versions
    ]


def told(document: Document) -> dict[str, bool]:
    """Which collections show the answers to their question."""
    return {item["collection_id"]: "counts" in item["measures"][0] for item in document["collections"]}


def test_a_total_of_two_versions_ago_does_not_tell_what_is_left() -> None:
    wholes = restated_twice()
    newest, second, _ = published(wholes)
    assert told(newest.shown) == {"online": True, "phone": False, "desk": False}
    assert told(withheld(wholes[-1], [second])) == {"online": True, "phone": True, "desk": False}


def test_the_ledger_tries_every_version_that_was_public(sqlite_store: Store) -> None:
    publish_quarters(sqlite_store, *restated_twice())
    public = sqlite_store.public("feedback", "dos-ca/dos-ca-passports/2026-Q1")
    assert told(msgspec.json.decode(public.body)) == {"online": True, "phone": False, "desk": False}


@given(PEOPLE)
@settings(deadline=None)
def test_no_few_answers_are_shown(people: list[tuple[int, int, int, int | None]]) -> None:
    shown = withheld(quarter([(place, score, ease) for place, _, score, ease in people]))
    assert all(sum(counts) >= FEWEST for _, _, counts in cells(shown))
    assert all(item.get("respondents", FEWEST) >= FEWEST for item in shown.get("collections", ()))


def two_versions(first: list[tuple[str, list[int]]], second: list[tuple[str, list[int]]]) -> list[Document]:
    """What is shown of ease in the second version, when the first was public."""
    old, new = (
        a_feedback(
            collections=[
                a_collection(collection_id=name, respondents=sum(counts), measures=[a_measure("ease", counts)])
                for name, counts in version
            ]
        )
        for version in (first, second)
    )
    return [item["measures"][0] for item in withheld(new, [Earlier(old, withheld(old))])["collections"]]


def test_a_small_part_split_off_takes_a_second_with_it() -> None:
    online, phone = two_versions(
        [("all", [0, 0, 5, 10, 10])], [("online", [0, 0, 2, 9, 9]), ("phone", [0, 0, 3, 1, 1])]
    )
    assert "counts" not in phone and "counts" not in online


def test_a_small_part_moved_away_takes_a_second_with_it() -> None:
    first = [("online", [0, 0, 5, 10, 10]), ("phone", [0, 0, 10, 10, 10])]
    online, phone = two_versions(first, [("online", [0, 0, 14, 18, 18]), ("phone", [0, 0, 1, 2, 2])])
    assert "counts" not in phone and "counts" not in online


def test_a_small_part_taken_in_stays_unknown() -> None:
    [everyone] = two_versions([("online", [0, 0, 2, 9, 9]), ("phone", [0, 0, 3, 1, 1])], [("all", [0, 0, 5, 10, 10])])
    assert "counts" not in everyone


def test_a_total_beside_its_parts_does_not_tell_the_small_one() -> None:
    whole = a_feedback(
        collections=[
            a_collection(collection_id=name, respondents=sum(counts), measures=[a_measure("ease", counts)])
            for name, counts in [("all", [0, 0, 5, 10, 10]), ("online", [0, 0, 2, 9, 9]), ("phone", [0, 0, 3, 1, 1])]
        ]
    )
    everyone, online, _ = withheld(whole)["collections"]
    assert everyone["measures"][0]["counts"] == [0, 0, 5, 10, 10]
    assert online["measures"][0]["withheld"] and "respondents" not in online


def test_a_restatement_far_from_what_is_withheld_is_shown_whole() -> None:
    first = [("online", [0, 0, 20, 90, 90]), ("phone", [0, 0, 3, 1, 1])]
    online, phone = two_versions(first, [("online", [0, 0, 25, 95, 95]), ("phone", [0, 0, 3, 1, 1])])
    assert online["counts"] == [0, 0, 25, 95, 95] and "counts" not in phone


def rows_shown(rows: dict[int, list[int]], counts: list[int] | None) -> Document:
    """A quarter with one driver and its answers by satisfaction."""
    by_score = [{"overall": "satisfaction", "point": point, "counts": row} for point, row in rows.items()]
    measure = a_measure("ease", counts or [], by_score=by_score)
    return a_feedback(collections=[a_collection(measures=[measure])])


def points(document: Document) -> set[int]:
    return {row["point"] for row in document["collections"][0]["measures"][0].get("by_score", ())}


def test_a_point_that_nobody_gave_does_not_open_the_others() -> None:
    rows = {1: [0, 0, 0, 0, 0], 2: [0, 1, 0, 0, 0], 3: [0, 0, 20, 0, 0], 4: [0, 0, 0, 30, 0]}
    assert points(withheld(rows_shown(rows, [0, 1, 20, 30, 0]))) == {1, 4}


def test_one_row_is_never_withheld_alone() -> None:
    rows = {1: [9, 0, 0, 0, 0], 2: [0, 20, 0, 0, 0], 3: [0, 0, 30, 0, 0]}
    assert points(withheld(rows_shown(rows, [14, 20, 30, 0, 0]))) == {3}


def test_rows_without_counts_of_their_measure_are_withheld_in_pairs_too() -> None:
    rows = {1: [9, 0, 0, 0, 0], 2: [0, 20, 0, 0, 0], 3: [0, 0, 30, 0, 0]}
    assert points(withheld(rows_shown(rows, None))) == {3}


def test_rows_shown_before_do_not_fill_up_those_withheld_now() -> None:
    counts = [12, 0, 30, 40, 0]
    old = rows_shown({1: [5, 0, 0, 0, 0], 2: [7, 0, 0, 0, 0], 3: [0, 0, 30, 0, 0], 4: [0, 0, 0, 40, 0]}, counts)
    new = rows_shown(
        {1: [35, 0, 0, 0, 0], 2: [7, 0, 0, 0, 0], 3: [0, 0, 30, 0, 0], 4: [0, 0, 0, 40, 0]}, [42, 0, 30, 40, 0]
    )
    assert points(withheld(old)) == {3, 4} and points(withheld(new)) == {1, 4}
    assert points(withheld(new, [Earlier(old, withheld(old))])) == set()


@pytest.mark.parametrize("fewest", [1, 5, 30])
def test_the_bound_can_be_another(fewest: int) -> None:
    [online] = withheld(
        a_feedback(collections=[a_collection(measures=[a_measure("ease", [1, 1, 1, 1, 1])])]), (), fewest
    )["collections"]
    assert ("counts" in online["measures"][0]) == (fewest <= 5)
