"""The rows of a sheet below a main one, gathered by the row that they belong to."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec import Struct

from datapackage.layouts import Key, Layout, cells_at
from datapackage.sheets import Numbered


class Run(Struct):
    """Rows that belong to one row above, with their numbers. stray: some may hold what leads nowhere."""

    numbers: Sequence[int]
    rows: Sequence[Sequence[str]]
    stray: bool = False

    def numbered(self) -> Iterator[Numbered]:
        """Each row with its number."""
        return zip(self.numbers, self.rows, strict=True)


Runs = dict[Key, Run]
"""By the key of the row above."""


def gathered(layout: Layout, key_width: int, order: Mapping[Key, int]) -> "Below":
    """The rows of a sheet, to be taken by the keys of their main rows. `order` tells the places of those keys."""
    if not order:
        return Unclaimed(layout, key_width)
    places = layout.inherited[:key_width]
    beginnings = layout.sheet.beginnings if places == list(range(key_width)) else None
    in_order = _in_order(beginnings(key_width), order) if beginnings is not None else None
    if in_order is None:
        in_order = _in_order((map(cells_at(places), rows) for _, rows in layout.sheet.blocks()), order)
    return Alongside(layout, key_width) if in_order else Held(layout, key_width)


def _in_order(blocks: Iterable[Iterable[Key] | None], order: Mapping[Key, int]) -> bool | None:
    """Whether rows with these main keys stand in the order of the main rows; None where a block does not tell."""
    last = 0
    for keys in blocks:
        if keys is None:
            return None
        places = [order.get(key, -1) for key in keys]
        if places and (places[0] < last or places != sorted(places)):
            return False
        last = places[-1] if places else last
    return True


class Below(ABC):
    """The rows of a sheet below a main one. key_width: of how many cells the key of a main row is."""

    def __init__(self, layout: Layout, key_width: int) -> None:
        self.name, self.layout, self._key_width = layout.sheet.table.name, layout, key_width

    @abstractmethod
    def take(self, key: Key) -> Runs:
        """The rows below a main row."""

    def orphans(self) -> Iterable[Numbered]:
        """In the end: the rows that belong to none."""
        return ()

    def _runs(self) -> Iterator[tuple[Key, Key, Run]]:
        """The rows as they come, with the keys of the main row and of the row above."""
        main_of = _main_of(self._key_width, len(self.layout.inherited))
        for numbers, rows in self.layout.sheet.blocks():
            stray, start = self.layout.may_stray(rows), 0
            for parent, same in groupby(map(self.layout.parent_of, rows)):
                end = start + len(list(same))
                yield main_of(parent), parent, Run(numbers[start:end], rows[start:end], stray)
                start = end


class Alongside(Below):
    """Rows that stand in the order of the main table, read as they are taken."""

    def __init__(self, layout: Layout, key_width: int) -> None:
        super().__init__(layout, key_width)
        self._rest = self._runs()
        self._next = next(self._rest, None)

    def take(self, key: Key) -> Runs:
        taken: Runs = {}
        while self._next is not None and self._next[0] == key:
            _add(taken, self._next[1], self._next[2])
            self._next = next(self._rest, None)
        return taken


class Held(Below):
    """Rows in any order, held by key."""

    def __init__(self, layout: Layout, key_width: int) -> None:
        super().__init__(layout, key_width)
        self._held: dict[Key, Runs] = {}
        for main, parent, run in self._runs():
            _add(self._held.setdefault(main, {}), parent, run)

    def take(self, key: Key) -> Runs:
        return self._held.pop(key, {})

    def orphans(self) -> Iterable[Numbered]:
        return sorted(row for runs in self._held.values() for run in runs.values() for row in run.numbered())


class Unclaimed(Below):
    """Rows of a sheet whose main rows are not there, or do not say which they are."""

    def take(self, key: Key) -> Runs:
        return {}

    def orphans(self) -> Iterable[Numbered]:
        return self.layout.sheet.read()


def _add(runs: Runs, parent: Key, run: Run) -> None:
    known = runs.setdefault(parent, run)
    if known is not run:
        known.numbers = [*known.numbers, *run.numbers]
        known.rows = [*known.rows, *run.rows]
        known.stray |= run.stray


def _main_of(key_width: int, width: int) -> Callable[[Any], Key]:
    """Leads from the key of the row above to that of the main row, which it begins with."""
    if key_width == width:
        return lambda key: key
    return itemgetter(0 if key_width == 1 else slice(key_width))
