"""The attacker of disclosure control: bounds of suppressed figures, by integer programming over all that is public.

The attacker reads the public part of every version of a quarter, as of its day, and knows more than a reader would: of
each restatement which collections it split, merged, moved, erased or filled (not how many people went which way), and
that answers are whole numbers. So every collection of every version is a sum of the same unknown groups of people, one
for each way through the versions, and each published number is an equation. In a collection, no more answer a question
than answer anything; where only whole collections moved, the same holds of every group. Scores and pools are sums of
published figures and say nothing new.

The attacker does not use the promise itself, that a suppressed number lies between 1 and 9. Nor does it assume how many
questions each late answer is to: two versions that differ by few answers show that difference, which is not promised.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from inventory.records.registry import Document
from tests.inventory.disclosure.restated import POINTS, Person, Quarter

FEWEST, WIDTH, MOST = 10, 10, 500
"""The threshold; so many values every suppressed number has at least; more people than a quarter has."""
NOISE = 1e-6
MEASURES = ("satisfaction", "ease")
Way = tuple[int | None, ...]
"""The collection of each version through which a group of people went."""
Row = dict[tuple[object, ...], float]
"""A linear expression: by name of an unknown, how often it counts."""


class Attacker:
    """All that is known of a quarter. tables: whether tables by score are read; without them, only their margins."""

    def __init__(self, quarter: Quarter, public: list[Document], tables: bool = True) -> None:
        self._quarter, self._tables = quarter, tables
        self._groups = _ways(quarter)
        self._index: dict[tuple[object, ...], int] = {}
        self._rows: list[tuple[Row, float, float]] = []
        self._solutions: list[np.ndarray] = []
        for version, document in enumerate(public):
            for collection in document["collections"]:
                self._read(version, collection)
        if not quarter.one_by_one:
            for group in range(len(self._groups)):
                self._relate([group])
        matrix = np.zeros((len(self._rows), len(self._index)))
        for line, (row, _, _) in enumerate(self._rows):
            for name, times in row.items():
                matrix[line, self._index[name]] = times
        lower, upper = ([row[side] for row in self._rows] for side in (1, 2))
        self._constraint = LinearConstraint(matrix, lower, upper)

    def most(self, wanted: Row) -> float:
        """Return the largest value that an expression may have, and remember how."""
        costs = np.zeros(len(self._index))
        for name, times in wanted.items():
            costs[self._index[name]] -= times
        # What happened satisfies every equation. HiGHS's presolve sometimes overlooks that.
        for presolve in (True, False):
            found = milp(
                costs,
                constraints=self._constraint,
                bounds=Bounds(0, MOST),
                integrality=np.ones(len(costs)),
                options={"presolve": presolve},
            )
            if found.success:
                break
        assert found.success, found.message
        self._solutions.append(np.round(found.x))
        return -float(found.fun)

    def knows(self, wanted: Row) -> bool:
        """Whether an expression can have one value only."""
        return self.most(wanted) - self.least(wanted) < 0.5

    def values(self, wanted: Row) -> list[float]:
        """Return the values that an expression has in all solutions found so far."""
        places = [self._index[name] for name in wanted]
        return [float(np.dot(found[places], list(wanted.values()))) for found in self._solutions]

    def least(self, wanted: Row) -> float:
        """Return the smallest value that an expression may have."""
        return -self.most({name: -times for name, times in wanted.items()})

    def of(self, version: int, number: int, *names: tuple[object, ...]) -> Row:
        """Return the sum of these unknowns over all people of a collection."""
        return self._sum(self._groups_in(version, number), *names)

    def _groups_in(self, version: int, number: int) -> list[int]:
        return [place for place, way in enumerate(self._groups) if way[version] == number]

    def _sum(self, groups: list[int], *names: tuple[object, ...]) -> Row:
        row = {(group, *name): 1.0 for group in groups for name in names}
        for name in row:
            self._index.setdefault(name, len(self._index))
        return row

    def _know(self, row: Row, lower: float, upper: float = np.inf) -> None:
        self._rows.append((row, lower, upper))

    def _read(self, version: int, collection: Document) -> None:
        groups = self._groups_in(version, int(collection["collection_id"][1:]))
        everyone = self._sum(groups, ("all",))
        respondents = collection.get("respondents", 0)
        if "respondents" in collection:
            self._know(everyone, respondents, respondents)
        self._relate(groups)
        for measure in collection.get("measures", ()):
            name = measure["measure"]
            for point, count in zip(POINTS, measure.get("counts", ()), strict=False):
                self._know(self._sum(groups, (name, point)), count, count)
            if "reported_mean" in measure:
                total, mean = self._sum(groups, ("total", name)), float(measure["reported_mean"])
                self._know(total, (mean - 0.005) * respondents, (mean + 0.005) * respondents)
            if "by_score" in measure and self._tables:
                counts = {row["point"]: row["counts"] for row in measure["by_score"]}
                for score, (place, point) in product(POINTS, enumerate(POINTS)):
                    count = counts.get(score, [0, 0, 0])[place]
                    self._know(self._sum(groups, ("both", score, point)), count, count)

    def _relate(self, groups: list[int]) -> None:
        """What holds of the answers of any people together."""
        everyone = self._sum(groups, ("all",))
        if self._quarter.kind == "means":
            for name in MEASURES:
                total = self._sum(groups, ("total", name))
                self._know(_less(total, everyone, POINTS[0]), 0)
                self._know(_less(everyone, total, 1, POINTS[-1]), 0)
            return
        for name in MEASURES:
            self._know(_less(everyone, self._sum(groups, *((name, point) for point in POINTS))), 0)
        if self._quarter.kind == "tables":
            for mine in POINTS:
                scored = self._sum(groups, *(("both", mine, point) for point in POINTS))
                eased = self._sum(groups, *(("both", point, mine) for point in POINTS))
                self._know(_less(self._sum(groups, ("satisfaction", mine)), scored), 0)
                self._know(_less(self._sum(groups, ("ease", mine)), eased), 0)


def _less(one: Row, other: Row, times: float = 1, of_one: float = 1) -> Row:
    """Return one expression less so many times another."""
    return {name: count * of_one for name, count in one.items()} | {
        name: -count * times for name, count in other.items()
    }


def _ways(quarter: Quarter) -> list[Way]:
    """Return every way through the versions that the restatements leave open."""
    steps = [
        {(person.at[version], person.at[version + 1]) for person in quarter.people}
        for version in range(len(quarter.versions) - 1)
    ]
    ways: set[Way] = {(person.at[0],) for person in quarter.people}
    for step in steps:
        ways = {(*way, there) for way in ways for here, there in step if way[-1] == here}
    return sorted((way for way in ways if any(at is not None for at in way)), key=repr)


def found(quarter: Quarter, public: list[Document]) -> Iterator[str]:
    """Yield what the attacker finds out that it should not, in words."""
    attacker: Attacker | None = None
    unseen = _unseen(quarter, public)
    for version, document in enumerate(public):
        for collection in document["collections"]:
            number = int(collection["collection_id"][1:])
            people = quarter.members(version, number)
            for name, answers in _figures(quarter.kind, people):
                if not 0 < len(answers) < FEWEST or any(way[version] == number for way in unseen):
                    continue  # ten and more are suppressed only to protect fewer
                attacker = attacker or Attacker(quarter, public)
                for fault in _faults(attacker, quarter.kind, (version, number), name, answers):
                    yield f"version {version + 1}, c{number}, {name}: {fault}"


def small_rows(quarter: Quarter, public: list[Document]) -> Iterator[str]:
    """Yield the rows of tables by score, of fewer than ten people, that tables give away and their margins do not.

    How many gave a score is published with it; how those few answered is what a table adds. Of answers that came late
    or moved one by one the versions show the difference, so such quarters are left out.
    """
    published = any("by_score" in m for document in public for c in document["collections"] for m in c["measures"])
    if not published or quarter.one_by_one:
        return
    attackers = [Attacker(quarter, public, tables) for tables in (True, False)]
    for version, document in enumerate(public):
        for collection in document["collections"]:
            number = int(collection["collection_id"][1:])
            for score in POINTS:
                gave = [p.ease for p in quarter.members(version, number) if p.satisfaction == score and p.ease]
                cells = [attackers[0].of(version, number, ("both", score, point)) for point in POINTS]
                if not 0 < len(gave) < FEWEST or not all(map(attackers[0].knows, cells)):
                    continue
                if not all(map(attackers[1].knows, cells)):
                    yield f"version {version + 1}, c{number}: how the {len(gave)} who gave {score} answered"


def _figures(kind: str, people: list[Person]) -> Iterator[tuple[str, list[int]]]:
    """Yield the numbers of people that a collection has, with the answers that each counts."""
    yield "all", [0 for _ in people]
    for name in MEASURES:
        yield name, [answer for person in people if (answer := getattr(person, name)) is not None]


def _unseen(quarter: Quarter, public: list[Document]) -> list[Way]:
    """Return the ways that lead through no collection of which anything is published.

    Any number of people may have gone them, so nothing bounds the figures of a collection on such a way from above.
    """
    seen = {
        (version, int(collection["collection_id"][1:]))
        for version, document in enumerate(public)
        for collection in document["collections"]
        if "respondents" in collection or any(not measure.get("withheld") for measure in collection["measures"])
    }
    return [way for way in _ways(quarter) if seen.isdisjoint(enumerate(way))]


def _faults(attacker: Attacker, kind: str, cell: tuple[int, int], name: str, answers: list[int]) -> Iterator[str]:
    everyone, true = attacker.of(*cell, ("all",)), len(answers)
    counts = not (kind == "means" or name == "all")
    wanted = attacker.of(*cell, *((name, point) for point in POINTS)) if counts else everyone
    if not _spans(attacker, wanted, true, WIDTH - 1):
        yield f"{true} is from {attacker.least(wanted):.0f} to {attacker.most(wanted):.0f}"
    if name == "all" or len(set(answers)) == 1:
        return  # where all that is published of a group is alike, its parts are alike, too
    mean, margin = sum(answers) / true, 0.05 if kind == "means" else 0.0
    parts = {point: attacker.of(*cell, (name, point)) for point in POINTS} if counts else {}
    above, below = (
        {unknown: point - mean - off for point, part in parts.items() for unknown in part}
        if counts
        else _less(attacker.of(*cell, ("total", name)), everyone, mean + off)
        for off in (margin, -margin)
    )
    if max(attacker.values(above), default=0) > NOISE or min(attacker.values(below), default=0) < -NOISE:
        return
    if attacker.most(above) < NOISE and attacker.least(below) > -NOISE:
        yield f"the mean is {mean:.2f}"


def _spans(attacker: Attacker, wanted: Row, true: int, width: int) -> bool:
    """Whether solutions lie at least so far apart."""
    for solve in (attacker.values, attacker.most, attacker.least):
        solve(wanted)
        found = [true, *attacker.values(wanted)]
        if max(found) - min(found) > width - 0.5:
            return True
    return False
