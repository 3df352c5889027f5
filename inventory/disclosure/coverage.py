"""Which customers a collection counts: its moment or transaction point, channel, unit and survey."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

Item = dict[str, Any]


class Coverage(NamedTuple):
    """The customers that a collection counts. None stands for any."""

    moment_id: str | None = None
    transaction_point: str | None = None
    channel: str | None = None
    unit: str | None = None
    survey: str | None = None

    @property
    def place(self) -> "Coverage":
        """The coverage without its survey."""
        return self._replace(survey=None)


STATED = ("moment_id", "transaction_point", "channel", "unit", "instrument_id", "survey_title")
"""The fields of a collection that state its coverage."""
PUNCTUATION = re.compile(r"[\W_]+")


def coverage_of(collection: Item) -> Coverage:
    """Return the coverage of a collection, given as a document or as its fields `STATED`.

    Labels that differ in letter case, spaces or punctuation alone are one: `North`, `north` and `North.`.
    """
    moment, point, channel, unit, survey, title = (_folded(collection.get(name)) for name in STATED)
    return Coverage(moment, point, channel, unit, survey or title)


def _folded(label: str | None) -> str | None:
    if label is None or (label.isalnum() and label.islower() and label.isascii()):
        return label
    return PUNCTUATION.sub(" ", unicodedata.normalize("NFKC", label).casefold()).strip() or None


def overlapping(covered: Sequence[Coverage], names: Sequence[Iterable[str]]) -> Iterator[tuple[int, int]]:
    """Yield pairs of positions, lower first, of collections that may count the same customers.

    Two overlap where no coordinate that both state differs and both have a name (a measure they ask) in common. Every
    position that overlaps a lower one is the second of some pair, and the pairs connect all that overlap; not every
    pair is listed, so that hundreds of collections take milliseconds.
    """
    by_name: dict[str, list[int]] = defaultdict(list)
    for position, own in enumerate(names):
        for name in own:
            by_name[name].append(position)
    found: set[tuple[int, int]] = set()
    for positions in by_name.values():
        found.update(_pairs(covered, positions))
    yield from sorted(found)


def _pairs(covered: Sequence[Coverage], positions: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The same of collections that ask one measure: grouped by which coordinates they state, then joined by value."""
    by_stated: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for position in positions:
        stated = tuple(place for place, value in enumerate(covered[position]) if value is not None)
        by_stated[stated].append(position)
    groups = list(by_stated.items())
    for number, (stated, mine) in enumerate(groups):
        for other, theirs in groups[number:]:
            common = [place for place in stated if place in other]
            left, right = (_by_value(covered, own, common) for own in (mine, theirs))
            for value in left.keys() & right.keys():
                for first, others in ((left[value][0], right[value]), (right[value][0], left[value])):
                    yield from ((min(first, one), max(first, one)) for one in others if one != first)


def _by_value(covered: Sequence[Coverage], positions: Iterable[int], common: Sequence[int]) -> dict[Any, list[int]]:
    found: dict[Any, list[int]] = defaultdict(list)
    for position in positions:
        found[tuple(covered[position][place] for place in common)].append(position)
    return found
