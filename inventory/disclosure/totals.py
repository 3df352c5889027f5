"""Totals under other labels: collections that hold the answers of others, though their labels differ."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from inventory.disclosure.coverage import Coverage, coverage_of

Item = dict[str, Any]
Name = tuple[str, ...]
"""The respondents, or a measure and its scale."""
Counts = tuple[int, ...]
ROUNDS = 3
"""Totals of totals of totals are found; deeper ones are not looked for."""


class _Group:
    """The sum of collections that share a moment, transaction point, channel, unit or survey, or of all."""

    def __init__(self, figures: Sequence[dict[Name, Counts]], members: Sequence[int]) -> None:
        self.members = set(members)
        self.sums: dict[Name, Counts] = {}
        self._stated: Counter[Name] = Counter()
        for member in members:
            self._stated.update(figures[member].keys())
            for name, counts in figures[member].items():
                self.sums[name] = _added(self.sums.get(name, ()), counts)

    def is_total(self, position: int, figures: dict[Name, Counts]) -> bool:
        """Whether every figure of a collection that others here have is the sum of theirs."""
        own = position in self.members
        others = len(self.members) - own
        stated = {name: self._stated[name] - own for name in figures}
        shared = [name for name, number in stated.items() if number == others or (number and len(name) > 1)]
        return others > 1 and bool(shared) and all(self.sums[name] == _times(figures[name], 1 + own) for name in shared)


def totals(collections: Sequence[Item]) -> Iterator[tuple[int, set[int]]]:
    """Yield each collection that is the sum of others, with theirs, all by position.

    Compared are all others, and all that share a moment, transaction point, channel, unit or survey.
    """
    figures = [_figures(item) for item in collections]
    covered = [coverage_of(item) for item in collections]
    left = set(range(len(collections)))
    for _ in range(ROUNDS):
        found = dict(_found(figures, covered, sorted(left)))
        yield from found.items()
        left -= found.keys()
        if not found:
            return


def _found(
    figures: Sequence[dict[Name, Counts]], covered: Sequence[Coverage], left: Sequence[int]
) -> Iterator[tuple[int, set[int]]]:
    by_sum: dict[tuple[Name, Counts], list[_Group]] = defaultdict(list)
    for members in _grouped(covered, left):
        group = _Group(figures, members)
        for name, counts in group.sums.items():
            by_sum[name, counts].append(group)
    for position in left:
        for name, counts in figures[position].items():
            if not any(counts):
                continue
            near = (*by_sum.get((name, counts), ()), *by_sum.get((name, _times(counts, 2)), ()))
            for group in near:
                if group.is_total(position, figures[position]):
                    yield position, group.members - {position}


def _grouped(covered: Sequence[Coverage], left: Sequence[int]) -> Iterator[list[int]]:
    groups: dict[tuple[int, str | None], list[int]] = defaultdict(list)
    for position in left:
        groups[-1, None].append(position)
        for place, value in enumerate(covered[position]):
            if value is not None:
                groups[place, value].append(position)
    return (members for members in groups.values() if len(members) > 1)


def _figures(collection: Item) -> dict[Name, Counts]:
    found: dict[Name, Counts] = {}
    if "respondents" in collection:
        found["respondents",] = (collection["respondents"],)
    for measure in collection.get("measures", ()):
        if any(measure.get("counts", ())):
            found[measure["measure"], measure["scale"]] = tuple(measure["counts"])
    return found


def _added(one: Counts, other: Counts) -> Counts:
    return tuple(map(sum, zip_longest(one, other, fillvalue=0)))


def _times(counts: Counts, times: int) -> Counts:
    return tuple(count * times for count in counts)
