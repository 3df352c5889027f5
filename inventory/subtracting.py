"""Which published answers would give withheld ones away to whoever subtracts them from each other.

Cells are the answers to one question, and those of them who gave one point of an overall score. A withheld cell is
given away where a published total, less published cells of its kind, is exactly that cell. A total is a cell, or all
published cells of its kind in a version together. What is taken off it are cells of one version and, of those that this
one hides, what another version shows of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

Item = dict[str, Any]
Name = tuple[Any, ...]
"""A cell within a quarter: collection, measure, scale, question, and for answers by score the score and its point."""
Counts = tuple[int, ...]
Group = tuple[Any, ...]
MOST_STEPS = 20_000
"""After so many steps a sum that was not found counts as found: rather too much is withheld than too little."""


class Earlier(Struct, frozen=True):
    """A version of a quarter that was made public before: all of it, and what of it is shown."""

    whole: Item
    shown: Item


class Cell(Struct, frozen=True):
    """The answers of one cell. Only cells of one group may hold each other."""

    name: Name
    group: Group
    counts: Counts


def given_away(whole: Item, shown: Item, earlier: Sequence[Earlier], fewest: int) -> set[Name]:
    """What else to withhold, so that no cell of fewer answers can be had from what is shown now and was before.

    earlier: every version that was public, oldest first.
    """
    versions = [Earlier(whole, shown), *reversed(earlier)]
    opened = [list(_cells(version.shown)) for version in versions]
    hidden = [_hidden(version.whole, cells) for version, cells in zip(versions, opened, strict=True)]
    known = [_filled(own, cells, opened) for own, cells in zip(hidden, opened, strict=True)]
    few = {(cell.group, cell.counts) for cells in hidden for cell in cells if sum(cell.counts) < fewest}
    found: set[Name] = set()
    for group, counts in sorted(few, key=repr):
        found |= set(_to_withhold(counts, *([_of(group, cells) for cells in lists] for lists in (opened, known))))
    return found | (_rows_given_away(versions, fewest) if earlier else set())


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


def _to_withhold(few: Counts, opened: Sequence[Sequence[Cell]], known: Sequence[Sequence[Cell]]) -> Iterator[Name]:
    """The smallest of the cells shown only now by which the few can be had, for the first way there is."""
    now, *before = opened
    old = {cell.counts for cells in before for cell in cells}
    fresh = [cell for cell in now if cell.counts not in old]
    for parts in _ways(few, opened, known, {cell.name for cell in fresh}):
        new = [cell for cell in fresh if cell in parts]
        if new:
            yield min(new, key=lambda cell: (sum(cell.counts), repr(cell.name))).name
            return


def _ways(
    few: Counts, opened: Sequence[Sequence[Cell]], known: Sequence[Sequence[Cell]], fresh: set[Name]
) -> Iterator[list[Cell]]:
    """The ways to have the few: a total of any version less what is known of any; of each way, the cells in it.

    Only ways that may lead over a cell shown only now (its name is fresh) are looked for.
    """
    for whole in (*([cell] for cells in opened for cell in cells), *map(list, opened)):
        rest = tuple(a - b for a, b in zip(_sum(whole, len(few)), few, strict=True))
        if not any(rest) or min(rest) < 0:
            continue
        for cells in known:
            if fresh.isdisjoint(cell.name for cell in (*whole, *cells)):
                continue
            taken = _adding_up_to(rest, cells)
            if taken is not None:
                yield _apart(whole, taken)


def _apart(whole: list[Cell], taken: list[Cell]) -> list[Cell]:
    """The cells that stand on one side only; what stands on both says nothing."""
    left, right = Counter(cell.counts for cell in whole), Counter(cell.counts for cell in taken)
    return [cell for cell in (*whole, *taken) if left[cell.counts] != right[cell.counts]]


def _sum(cells: Iterable[Cell], length: int) -> Counts:
    return tuple(map(sum, zip(*(cell.counts for cell in cells), strict=True))) or (0,) * length


def _adding_up_to(wanted: Counts, cells: Sequence[Cell]) -> list[Cell] | None:
    """Cells that add up to exactly that; None where there are none."""
    ordered = sorted(cells, key=lambda cell: cell.counts, reverse=True)
    left = [_sum(ordered[start:], len(wanted)) for start in range(len(ordered) + 1)]
    steps = iter(range(MOST_STEPS))

    def search(start: int, rest: Counts) -> list[Cell] | None:
        if not any(rest):
            return []
        if next(steps, None) is None:
            return list(ordered)
        if any(a < b for a, b in zip(left[start], rest, strict=True)):
            return None
        for place in range(start, len(ordered)):
            counts = ordered[place].counts
            if place > start and counts == ordered[place - 1].counts:
                continue
            if all(a >= b for a, b in zip(rest, counts, strict=True)):
                found = search(place + 1, tuple(a - b for a, b in zip(rest, counts, strict=True)))
                if found is not None:
                    return [ordered[place], *found]
        return None

    return search(0, wanted)


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
