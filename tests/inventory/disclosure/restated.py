"""Random quarters of made-up people, restated honestly: split, merged, moved, erased, corrected and added to.

Each person answers satisfaction and ease on three points, or leaves one out, and stands in at most one collection of a
version. A quarter is made of counts, of counts with tables by score, or of reported means alone.
"""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from msgspec import Struct

from inventory.disclosure.coverage import Coverage, overlapping

Item = dict[str, Any]
POINTS = (1, 2, 3)
MOMENTS, CHANNELS, SURVEYS = (None, "arrival", "decision"), (None, "website", "phone"), (None, "spring", "autumn")
KINDS = ("counts", "tables", "means")
TRIES = 20


class Person(Struct):
    """Answers to two questions; None where one was left out. at: the collection of each version, by its number."""

    satisfaction: int | None
    ease: int | None
    at: list[int | None]


class Quarter(Struct):
    """Versions of a quarter: where each collection of a version stands, and the people in them.

    one_by_one: whether some answers came late or moved one by one, not with a whole collection.
    """

    kind: str
    people: list[Person]
    versions: list[dict[int, Coverage]]
    one_by_one: bool = False

    def members(self, version: int, number: int) -> list[Person]:
        """Return the people in a collection of a version."""
        return [person for person in self.people if person.at[version] == number]

    def document(self, version: int) -> Item:
        """Return a version as its provider reports it, without the people who are in no collection."""
        made = [
            _collection(self.kind, at, self.members(version, n)) | {"collection_id": f"c{n}"}
            for n, at in self.versions[version].items()
        ]
        return {"provider_id": "p", "service_id": "s", "fiscal_year": 2026, "quarter": 1, "collections": made}


def a_restated_quarter(random: Random) -> Quarter:
    """Return a quarter of two to five collections and one to four versions."""
    numbers = count()
    quarter = Quarter(random.choice(KINDS), [], [{}])
    for _ in range(random.randint(2, 5)):
        _open(quarter, random, next(numbers), _size(random))
    for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3))):
        _restate(quarter, random, numbers)
    return quarter


def _restate(quarter: Quarter, random: Random, numbers: "count[int]") -> None:
    """Begin the next version: the last one with one to three changes to collections that are each changed once."""
    quarter.versions.append(dict(quarter.versions[-1]))
    for person in quarter.people:
        person.at.append(person.at[-1])
    untouched = list(quarter.versions[-1])
    random.shuffle(untouched)
    for _ in range(random.randint(1, 3)):
        change = random.choice(CHANGES)
        need = 2 if change in (_merge, _shift) else 1
        if len(untouched) >= need:
            change(quarter, random, [untouched.pop() for _ in range(need)], numbers)


def _split(quarter: Quarter, random: Random, chosen: list[int], numbers: "count[int]") -> None:
    """Some of a collection get one of their own: a few, or each as chance has it."""
    people = quarter.members(-1, chosen[0])
    leaving = random.sample(people, min(len(people), random.choice((random.randint(1, 12), len(people) // 2))))
    number = next(numbers)
    if _place(quarter, random, number, quarter.versions[-1][chosen[0]]):
        for person in leaving:
            person.at[-1] = number


def _merge(quarter: Quarter, random: Random, chosen: list[int], numbers: "count[int]") -> None:
    """One collection moves into another, and its place stays or loses the coordinates in which they differ."""
    into, away = chosen
    places, sites = quarter.versions[-1], quarter.versions[-1].copy()
    gone = places.pop(away)
    for person in quarter.members(-1, away):
        person.at[-1] = into
    shared = Coverage(*(one if one == other else None for one, other in zip(sites[into], gone, strict=True)))
    if random.random() < 0.5 and _is_free(quarter, into, shared):
        places[into] = shared


def _erase(quarter: Quarter, random: Random, chosen: list[int], numbers: "count[int]") -> None:
    """A collection is taken back."""
    del quarter.versions[-1][chosen[0]]
    for person in quarter.members(-1, chosen[0]):
        person.at[-1] = None


def _add(quarter: Quarter, random: Random, chosen: list[int], numbers: "count[int]") -> None:
    """An office reports late."""
    _open(quarter, random, next(numbers), _size(random))


def _late(quarter: Quarter, random: Random, chosen: list[int], numbers: "count[int]") -> None:
    """Answers to a collection come late."""
    quarter.one_by_one = True
    _fill(quarter, random, chosen[0], random.randint(1, 15))


def _shift(quarter: Quarter, random: Random, chosen: list[int], numbers: "count[int]") -> None:
    """Some answers of the first version were counted in the wrong one of two collections, which keeps ten and more.

    What moves one by one out of a collection that is suppressed before and after is not promised to stay unknown.
    """
    if len(quarter.versions) > 2:
        return
    quarter.one_by_one = True
    people = quarter.members(-1, chosen[0])
    for person in random.sample(people, random.randint(0, max(0, len(people) - 10))):
        person.at[-1] = chosen[1]


def _describe(quarter: Quarter, random: Random, chosen: list[int], numbers: "count[int]") -> None:
    """A collection's place is stated otherwise, or its survey is."""
    number = chosen[0]
    field = random.choice(("moment_id", "channel", "unit", "survey"))
    place = quarter.versions[-1][number]._replace(**{field: getattr(_any_place(random), field)})
    if _is_free(quarter, number, place):
        quarter.versions[-1][number] = place


CHANGES: tuple[Callable[[Quarter, Random, list[int], "count[int]"], None], ...] = (
    _split,
    _split,
    _merge,
    _merge,
    _erase,
    _add,
    _late,
    _shift,
    _describe,
)


def _open(quarter: Quarter, random: Random, number: int, size: int) -> None:
    if _place(quarter, random, number, None):
        _fill(quarter, random, number, size)


def _place(quarter: Quarter, random: Random, number: int, near: Coverage | None) -> bool:
    """Find a place for a collection that overlaps no other. A part of another stands near it, as a rule."""
    for _ in range(TRIES):
        place = _any_place(random)
        if near is not None:
            place = (
                near._replace(unit=place.unit or "u1") if random.random() < 0.8 else place._replace(survey=near.survey)
            )
        if _is_free(quarter, number, place):
            quarter.versions[-1][number] = place
            return True
    return False


def _any_place(random: Random) -> Coverage:
    unit = random.choice((None, *(f"u{number}" for number in range(1, 7))))
    return Coverage(random.choice(MOMENTS), None, random.choice(CHANNELS), unit, random.choice(SURVEYS))


def _is_free(quarter: Quarter, number: int, place: Coverage) -> bool:
    """Whether the rule `collections-overlap` allows a collection to stand there."""
    others = [at for other, at in quarter.versions[-1].items() if other != number]
    return not any(list(overlapping([other, place], [("ease",)] * 2)) for other in others)


def _fill(quarter: Quarter, random: Random, number: int, size: int) -> None:
    """Add people to a collection of the newest version. Some collections think alike, and some leave questions out."""
    weights = random.choice(((1, 1, 1), (1, 2, 9), (0, 0, 1), (6, 1, 0)))
    skips = 0.0 if quarter.kind == "means" else random.choice((0.0, 0.0, 0.2, 0.5))
    before: list[int | None] = [None] * (len(quarter.versions) - 1)
    for _ in range(size):
        first, second = (None if random.random() < skips else random.choices(POINTS, weights)[0] for _ in range(2))
        quarter.people.append(Person(first, second, [*before, number]))


def _size(random: Random) -> int:
    return random.choice((random.randint(1, 9), random.randint(8, 14), random.randint(10, 60)))


def _collection(kind: str, at: Coverage, people: list[Person]) -> Item:
    place = {name: value for name, value in zip(Coverage._fields[:4], at, strict=False) if value is not None}
    survey = {} if at.survey is None else {"survey_title": at.survey}
    given = [name for name in ("satisfaction", "ease") if people or kind != "means"]
    measures = [_measure(kind, name, people) for name in given]
    return place | survey | {"respondents": len(people), "measures": measures}


def _measure(kind: str, name: str, people: list[Person]) -> Item:
    answers = [getattr(person, name) for person in people]
    measure: Item = {"measure": name, "scale": "likert_3", "question": 1}
    if kind == "means":
        return measure | {"reported_mean": str(round(Decimal(sum(answers)) / len(answers), 2))}
    measure["counts"] = counted(answers)
    if kind == "tables" and name == "ease":
        rows = [(point, counted([p.ease for p in people if p.satisfaction == point])) for point in POINTS]
        measure["by_score"] = [
            {"overall": "satisfaction", "point": point, "counts": counts} for point, counts in rows if any(counts)
        ]
    return measure


def counted(answers: list[int | None]) -> list[int]:
    """Return how many gave each point."""
    found = Counter(answers)
    return [found[point] for point in POINTS]
