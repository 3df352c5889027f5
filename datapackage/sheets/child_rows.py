"""Child rows of a sheet, grouped by the row that they belong to."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any

from msgspec import Struct

from datapackage.sheets.columns import Key, Layout, Rows, cells_at
from datapackage.sheets.sheet import Numbered
from datapackage.sheets.typed_rows import TypedRows


class Run(Struct, gc=False):
    """A run of rows that belong to one parent row, with their numbers.

    stray: some may hold cells that belong to no field. items: the typed items of the rows; None unless each is
    certain.
    """

    numbers: Sequence[int]
    rows: Sequence[Sequence[str]]
    stray: bool = False
    items: Sequence[Any] | None = None

    def numbered(self) -> Iterator[Numbered]:
        """Yield each row with its number."""
        return zip(self.numbers, self.rows, strict=True)


Runs = dict[Key, Run]
"""Runs by the key of the parent row."""


def gathered(layout: Layout, key_width: int, order: Mapping[Key, int], typed: TypedRows | None = None) -> "Below":
    """Return a sheet's rows, to be taken by the keys of their main rows. `order` gives the places of those keys.

    typed: a converter of rows to typed values, for rows read in order.
    """
    if not order:
        return Unclaimed(layout, key_width)
    places = layout.inherited[:key_width]
    beginnings = layout.sheet.beginnings if places == list(range(key_width)) else None
    in_order = _in_order(beginnings(key_width), order) if beginnings is not None else None
    if in_order is None:
        in_order = _in_order((map(cells_at(places), rows) for _, rows in layout.sheet.blocks()), order)
    return Alongside(layout, key_width, typed) if in_order else Held(layout, key_width)


def _in_order(blocks: Iterable[Iterable[Key] | None], order: Mapping[Key, int]) -> bool | None:
    """Return whether rows with these main keys are in the order of the main rows; None if a block cannot be judged."""
    last = 0
    for keys in blocks:
        if keys is None:
            return None
        try:
            places = [last, *map(order.__getitem__, keys)]
        except KeyError:
            return False
        if places != sorted(places):
            return False
        last = places[-1]
    return True


class Below(ABC):
    """The child rows of a sheet. key_width: the number of cells in the key of a main row."""

    def __init__(self, layout: Layout, key_width: int, typed: TypedRows | None = None) -> None:
        self.name, self.layout, self._key_width, self._typed = layout.sheet.table.name, layout, key_width, typed

    @abstractmethod
    def take(self, key: Key) -> Runs:
        """Return the rows below a main row."""

    def orphans(self) -> Iterable[Numbered]:
        """Return the rows that belong to no main row. Call it last."""
        return ()

    def _runs(self) -> Iterator[tuple[Key, Key, Run]]:
        """Yield the rows in file order, with the keys of the main row and of the parent row."""
        main_of = _main_of(self._key_width, len(self.layout.inherited))
        for numbers, rows, parents in self._whole_lists():
            stray, start = self.layout.may_stray(rows), 0
            typed = self._typed.block(rows) if self._typed and not stray else None
            ends = [end for end, (one, other) in enumerate(pairwise(parents), start=1) if one != other]
            for end in (*ends, len(rows)):
                items = typed.between(start, end) if typed else None
                parent = parents[start]
                yield main_of(parent), parent, Run(numbers[start:end], rows[start:end], stray, items)
                start = end

    def _whole_lists(self) -> Iterator[tuple[Sequence[int], Rows, list[Key]]]:
        """Yield the rows in blocks with the keys of their parent rows. Lists no longer than a block are not split."""
        numbers: Sequence[int] = ()
        rows: Rows = ()
        parents: list[Key] = []
        for more_numbers, more in self.layout.sheet.blocks():
            numbers, rows = [*numbers, *more_numbers], [*rows, *more]
            parents += map(self.layout.parent_of, more)
            cut = len(parents) - 1
            while cut and parents[cut - 1] == parents[-1]:
                cut -= 1
            cut = cut or len(parents)
            yield numbers[:cut], rows[:cut], parents[:cut]
            numbers, rows, parents = numbers[cut:], rows[cut:], parents[cut:]
        if parents:
            yield numbers, rows, parents


class Alongside(Below):
    """Rows in the order of the main table, read as they are taken."""

    def __init__(self, layout: Layout, key_width: int, typed: TypedRows | None) -> None:
        super().__init__(layout, key_width, typed)
        self._rest = self._runs()
        self._next = next(self._rest, None)

    def take(self, key: Key) -> Runs:
        taken: Runs = {}
        while self._next is not None and self._next[0] == key:
            _, parent, run = self._next
            if parent in taken:
                _join(taken[parent], run)
            else:
                taken[parent] = run
            self._next = next(self._rest, None)
        return taken


class Held(Below):
    """Rows in any order, held in memory by key."""

    def __init__(self, layout: Layout, key_width: int) -> None:
        super().__init__(layout, key_width)
        self._held: dict[Key, Runs] = {}
        for main, parent, run in self._runs():
            runs = self._held.setdefault(main, {})
            if runs.setdefault(parent, run) is not run:
                _join(runs[parent], run)

    def take(self, key: Key) -> Runs:
        return self._held.pop(key, {})

    def orphans(self) -> Iterable[Numbered]:
        return sorted(row for runs in self._held.values() for run in runs.values() for row in run.numbered())


class Unclaimed(Below):
    """Rows of a sheet whose main rows are missing or have no key."""

    def take(self, key: Key) -> Runs:
        return {}

    def orphans(self) -> Iterable[Numbered]:
        return self.layout.sheet.read()


def _join(known: Run, run: Run) -> None:
    known.numbers, known.rows = _joined(known.numbers, run.numbers), _joined(known.rows, run.rows)
    known.stray |= run.stray
    known.items = None


def _joined(known: Sequence[Any], more: Sequence[Any]) -> list[Any]:
    """Extend a list in place, because a run may be joined once for each of its rows."""
    joined = known if isinstance(known, list) else list(known)
    joined += more
    return joined


def _main_of(key_width: int, width: int) -> Callable[[Any], Key]:
    """Return a function from the key of a parent row to the key of its main row, which is its prefix."""
    if key_width == width:
        return lambda key: key
    return itemgetter(0 if key_width == 1 else slice(key_width))
