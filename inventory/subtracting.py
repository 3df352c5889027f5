"""Which published answers would give withheld ones away to whoever subtracts them from each other.

Cells are the answers to one question, and those of them who gave one point of an overall score. A withheld cell is
given away where a published total, less published cells of its kind, is exactly that cell. A total is a cell, or all
published cells of its kind in a version together. What is taken off it are cells of one version and, of those that this
one hides, what another version shows of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import sub
from typing import Any

from msgspec import Struct

from inventory.summing import Cell, Counts, Group, Name, Steps, Summands, TooMany

Item = dict[str, Any]
A_CELL = 20
"""As many steps as it takes to look at a cell once more."""


class Earlier(Struct, frozen=True):
    """A version of a quarter that was made public before: all of it, and what of it is shown."""

    whole: Item
    shown: Item


class Search:
    """Looks for what is given away, again and again while something is withheld for it; for so many steps in all.

    earlier: every version that was public, oldest first. fewest: cells of fewer answers are to stay unknown.
    """

    def __init__(self, earlier: Sequence[Earlier], fewest: int, most_steps: int) -> None:
        self._earlier, self._fewest, self._most_steps = list(reversed(earlier)), fewest, most_steps
        self._steps: dict[Group, Steps] = {}

    def given_away(self, whole: Item, shown: Item) -> set[Name]:
        """What else to withhold, so that none of them can be had from what is shown now and was before."""
        versions = [Earlier(whole, shown), *self._earlier]
        opened = [list(_cells(version.shown)) for version in versions]
        hidden = [_hidden(version.whole, cells) for version, cells in zip(versions, opened, strict=True)]
        known = [_filled(own, cells, opened) for own, cells in zip(hidden, opened, strict=True)]
        few = {(cell.group, cell.counts) for cells in hidden for cell in cells if sum(cell.counts) < self._fewest}
        of_group = {key: [counts for _, counts in same] for key, same in groupby(sorted(few, key=repr), key=_group)}
        found: set[Name] = set()
        for group, counts in of_group.items():
            alike = Alike([_of(group, cells) for cells in opened], [_of(group, cells) for cells in known], group[-1])
            steps = self._steps.setdefault(group, Steps(self._most_steps // len(of_group)))
            found |= alike.to_withhold(counts, steps)
        return found | (_rows_given_away(versions, self._fewest) if self._earlier else set())


def name_of(collection: Item, measure: Item) -> Name:
    """The name of a measure's cell."""
    return (collection["collection_id"], measure["measure"], measure["scale"], measure["question"])


def row_name(name: Name, row: Item) -> Name:
    """The name of the cell of those who gave one point of an overall score."""
    return (*name, row["overall"], row["point"])


def size(row: Item) -> int:
    """How many answers an item has."""
    return sum(row.get("counts", ()))


def total(measure: Item) -> int:
    """How many answered a question: by its counts or, where it has none, by overall score at least."""
    by_overall: Counter[str] = Counter()
    for row in measure.get("by_score", ()):
        by_overall[row["overall"]] += size(row)
    return max(size(measure), *by_overall.values(), 0)


def _cells(document: Item) -> Iterator[Cell]:
    for collection, measure in _measures(document):
        name = name_of(collection, measure)
        group = name[1:3]
        yield from _cell(name, group, measure)
        for row in measure.get("by_score", ()):
            yield from _cell(row_name(name, row), (*group, row["overall"], row["point"]), row)


def _cell(name: Name, group: Group, item: Item) -> Iterator[Cell]:
    if size(item):
        counts = tuple(item["counts"])
        yield Cell(name, (*group, len(counts)), counts)


def _measures(document: Item) -> Iterator[tuple[Item, Item]]:
    for collection in document.get("collections", ()):
        for measure in collection.get("measures", ()):
            yield collection, measure


def _hidden(whole: Item, shown: Sequence[Cell]) -> list[Cell]:
    names = {cell.name for cell in shown}
    return [cell for cell in _cells(whole) if cell.name not in names]


def _filled(hidden: Sequence[Cell], shown: Sequence[Cell], versions: Sequence[Sequence[Cell]]) -> list[Cell]:
    """What is shown of a version, and of what it hides the newest that another version shows."""
    newest = {cell.name: cell for cells in reversed(versions) for cell in cells}
    return [*shown, *(newest[cell.name] for cell in hidden if cell.name in newest)]


def _of(group: Group, cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.group == group]


class Alike:
    """The cells of one group in every version: what each shows (opened), and what is known of it."""

    def __init__(self, opened: Sequence[Sequence[Cell]], known: Sequence[Sequence[Cell]], length: int) -> None:
        now, *before = opened
        old = {cell.counts for cells in before for cell in cells}
        self._fresh = [cell for cell in now if cell.counts not in old]
        self._totals = [*([cell] for cells in opened for cell in cells), *opened]
        names = {cell.name for cell in self._fresh}
        self._sums = [_sum(total, length) for total in self._totals]
        self._total_is_fresh = [not names.isdisjoint(cell.name for cell in total) for total in self._totals]
        self._known = [(Summands(cells, length), not names.isdisjoint(cell.name for cell in cells)) for cells in known]

    def to_withhold(self, few: Iterable[Counts], steps: Steps) -> set[Name]:
        """The smallest of the cells shown only now of every way to have one of these.

        All cells shown only now, where there is too much to look through.
        """
        fresh = sorted(self._fresh, key=lambda cell: (sum(cell.counts), repr(cell.name)))
        found: set[Name] = set()
        try:
            steps.take(A_CELL * sum(map(len, self._totals)))
            for counts in few:
                for parts in self._ways(counts, steps):
                    mine = [cell.name for cell in fresh if cell in parts]
                    # What is withheld already for another way does not lead here any more.
                    if found.isdisjoint(mine):
                        found.update(mine[:1])
        except TooMany:
            return {cell.name for cell in fresh}
        return found

    def _ways(self, few: Counts, steps: Steps) -> Iterator[list[Cell]]:
        """The ways to have the few: a total of any version less what is known of any; of each way, the cells in it.

        Only ways that may lead over a cell shown only now are looked for.
        """
        for total, sum_of_it, total_is_fresh in zip(self._totals, self._sums, self._total_is_fresh, strict=True):
            steps.take()
            rest = tuple(map(sub, sum_of_it, few))
            if not any(rest) or min(rest) < 0:
                continue
            for known, known_is_fresh in self._known:
                taken = known.adding_up_to(rest, steps) if total_is_fresh or known_is_fresh else None
                if taken is not None:
                    yield _apart(total, taken)


def _group(few: tuple[Group, Counts]) -> Group:
    return few[0]


def _apart(whole: Sequence[Cell], taken: Sequence[Cell]) -> list[Cell]:
    """The cells that stand on one side only; what stands on both says nothing."""
    left, right = Counter(cell.counts for cell in whole), Counter(cell.counts for cell in taken)
    return [cell for cell in (*whole, *taken) if left[cell.counts] != right[cell.counts]]


def _sum(cells: Iterable[Cell], length: int) -> Counts:
    return tuple(map(sum, zip(*(cell.counts for cell in cells), strict=True))) or (0,) * length


def _rows_given_away(versions: Sequence[Earlier], fewest: int) -> set[Name]:
    """Answers by overall score that versions of a measure give away between them: some fill another's rows.

    versions: the newest first, whose rows are withheld.
    """
    wholes = [_by_name(version.whole) for version in versions]
    shown = [_by_name(version.shown) for version in versions]
    found: set[Name] = set()
    for name in shown[0]:
        there = [place for place in range(len(versions)) if name in wholes[place] and name in shown[place]]
        for overall in {row["overall"] for row in wholes[0][name].get("by_score", ())}:
            rows = {place: _sizes(shown[place][name], overall) for place in there}
            if any(
                _fills(wholes[place][name], shown[place][name], filling, overall, fewest)
                for place in there
                for filling in _fillings(place, rows)
            ):
                shown_still = any(row["overall"] == overall for row in shown[0][name].get("by_score", ()))
                told = {row_name(name, row) for row in wholes[0][name]["by_score"] if row["overall"] == overall}
                found |= told if shown_still else {name}
    return found


Rows = dict[int, int]
"""How many answers the rows of an overall score have, by its point."""


def _fillings(place: int, rows: Mapping[int, Rows]) -> Iterator[Rows]:
    """What may stand for hidden rows of a version: those of the newest, or another's to it, and all others together."""
    for other in rows if place == 0 else (0,):
        if other != place:
            yield rows[other]
    if len(rows) > 2:
        yield {
            point: size for other in sorted(rows, reverse=True) if other != place for point, size in rows[other].items()
        }


def _by_name(document: Item) -> dict[Name, Item]:
    return {name_of(collection, measure): measure for collection, measure in _measures(document)}


def _sizes(item: Item, overall: str) -> Rows:
    return {row["point"]: size(row) for row in item.get("by_score", ()) if row["overall"] == overall}


def _fills(whole: Item, shown: Item, others: Rows, overall: str, fewest: int) -> bool:
    """Whether a measure's total, less its own rows and those of others in place of hidden ones, leaves a few."""
    if shown.get("withheld"):
        return False
    rows, known = _sizes(whole, overall), others | _sizes(shown, overall)
    hidden = [count for point, count in rows.items() if count and point not in known]
    left = total(shown) - sum(known[point] for point in known.keys() & rows.keys())
    return any(count < fewest for count in hidden) and (len(hidden) == 1 or 0 < left < fewest)
