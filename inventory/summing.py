"""Which cells add up to given counts.

Of a few every choice is tried, of many those of one, two or three, and of all but those. Where there are many, longer
sums say nothing: of twenty cells of any size some add up to nearly every number by chance, and whoever finds such a sum
does not know it from one that means something. Nor can all of them be tried.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import combinations
from operator import add, sub
from typing import Any

from msgspec import Struct

Name = tuple[Any, ...]
"""A cell within a quarter: collection, measure, scale, question, and for answers by score the score and its point."""
Counts = tuple[int, ...]
Group = tuple[Any, ...]
EVERY_CHOICE = 12
"""Of up to so many cells every choice is tried."""
OF_MANY = ((30, 3), (200, 2))
"""Of up to so many, choices of up to so many, and all but those; of more, single ones, and all but one."""


class Cell(Struct, frozen=True):
    """The answers of one cell. Only cells of one group may hold each other."""

    name: Name
    group: Group
    counts: Counts


class TooMany(Exception):
    """There is more to look through than is done."""


class Steps:
    """How much is looked through: a step takes about a microsecond."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, count: int = 1) -> None:
        """Raises TooMany."""
        if self._left < count:
            raise TooMany
        self._left -= count


class Summands:
    """Cells of which some may add up to something."""

    def __init__(self, cells: Iterable[Cell], length: int) -> None:
        self._cells = sorted(cells, key=lambda cell: cell.counts, reverse=True)
        self._left = [(0,) * length]
        for cell in reversed(self._cells):
            self._left.append(tuple(map(add, self._left[-1], cell.counts)))
        self._left.reverse()

    def adding_up_to(self, wanted: Counts, steps: Steps) -> list[Cell] | None:
        """Some that add up to exactly that; None where there are none, as far as is tried. Raises TooMany."""
        if len(self._cells) <= EVERY_CHOICE:
            return self._choice(wanted, steps, 0)
        steps.take(2)
        taken, left = self._sums.get(wanted), self._sums.get(tuple(map(sub, self._left[0], wanted)))
        return taken if taken is not None or left is None else self._without(left)

    def _choice(self, wanted: Counts, steps: Steps, start: int) -> list[Cell] | None:
        if not any(wanted):
            return []
        if any(a < b for a, b in zip(self._left[start], wanted, strict=True)):
            return None
        for place in range(start, len(self._cells)):
            steps.take()
            cell = self._cells[place]
            if place > start and cell.counts == self._cells[place - 1].counts:
                continue
            rest = tuple(map(sub, wanted, cell.counts))
            if min(rest) >= 0 and (found := self._choice(rest, steps, place + 1)) is not None:
                return [cell, *found]
        return None

    @cached_property
    def _sums(self) -> dict[Counts, list[Cell]]:
        """The sums of none and of a few, with those they are of; where several add up to one, the fewest."""
        most = next((most for cells, most in OF_MANY if len(self._cells) <= cells), 1)
        return {
            tuple(map(sum, zip(self._left[-1], *(cell.counts for cell in few), strict=True))): list(few)
            for count in range(most, -1, -1)
            for few in combinations(self._cells, count)
        }

    def _without(self, others: Sequence[Cell]) -> list[Cell]:
        left = Counter(cell.counts for cell in others)
        kept = []
        for cell in self._cells:
            if left[cell.counts]:
                left[cell.counts] -= 1
            else:
                kept.append(cell)
        return kept
