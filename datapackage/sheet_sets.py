"""Sheets that belong together as located raw documents, each record type's main table with the tables below it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from datapackage.coverage import covers, untold
from datapackage.layouts import Layout
from datapackage.readers import Covers, Input, Located
from datapackage.rebuilding import Key, Rebuilder, Rebuilt, Rows, TablePlaces, orphan
from datapackage.sheets import Numbered, Sheet
from datapackage.tables import record_tables, with_children
from inventory.record_types import Model


class SheetSet(Input):
    """Sheets of one model as an input. May be read again and again.

    Where the rows of the tables below stand in the order of the main table's, as in a release, they are read alongside
    it in constant memory; those of a sheet in another order are held in memory.
    """

    def __init__(self, sheets: Sequence[Sheet], model: Model) -> None:
        self._layouts = {sheet.table.name: Layout(sheet) for sheet in sheets}
        self._mains = {name: record_tables(kind, model)[0] for name, kind in model.items()}
        self._sheets = {sheet.table.name: sheet for sheet in sheets}
        self._covers = {name: covers(main, self._sheets) for name, main in self._mains.items()}

    def __iter__(self) -> Iterator[Located]:
        for name in self._mains:
            yield from self.of(name)

    @property
    def untold(self) -> tuple[str, ...]:
        """Tables and columns that are not there, of the record types whose main table is."""
        mains = [main for main in self._mains.values() if main.name in self._sheets]
        return tuple(name for main in mains for name in untold(main, self._sheets))

    def of(self, stage: str) -> Iterator[Located]:
        """The documents of one record type; then the rows below it that belong to none."""
        if stage not in self._mains:
            return
        main, record_type = self._mains[stage], stage
        below = [self._layouts[t.name] for t in with_children(main) if t is not main and t.name in self._layouts]
        if main.name not in self._layouts:
            for layout in below:
                yield from (_orphaned(record_type, layout, row) for row in layout.sheet.read())
            return
        layout = self._layouts[main.name]
        rebuilder = Rebuilder(main, self._layouts)
        order: dict[Key, int] = {}
        for _, row in layout.sheet.read():
            order.setdefault(_key(layout.key, row), len(order))
        groups = [_grouped(inner, len(layout.key), order) for inner in below]
        seen: set[Key] = set()
        for numbered in layout.sheet.read():
            key = _key(layout.key, numbered[1])
            # The rows below a key go to the first main row that bears it; checking names the second.
            mine = {} if key in seen else {group.name: group.take(key) for group in groups}
            seen.add(key)
            yield _located(record_type, layout, numbered, rebuilder.rebuilt(numbered, mine), self._covers[stage])
        for inner, group in zip(below, groups, strict=True):
            yield from (_orphaned(record_type, inner, row) for row in group.orphans())


def _located(record_type: str, layout: Layout, numbered: Numbered, rebuilt: Rebuilt, told: Covers | None) -> Located:
    return Located(
        record_type=record_type,
        raw=rebuilt.raw,
        file=layout.sheet.file,
        sheet=layout.sheet.sheet,
        row=numbered[0],
        problems=tuple(rebuilt.problems),
        places=TablePlaces(rebuilt.origins),
        covers=told,
    )


def _orphaned(record_type: str, layout: Layout, numbered: Numbered) -> Located:
    number, row = numbered
    return Located(
        record_type=record_type,
        raw={name: cell for name, cell in zip(layout.sheet.header, row, strict=False) if cell},
        file=layout.sheet.file,
        sheet=layout.sheet.sheet,
        row=number,
        problems=(orphan(layout.sheet, number),),
        whole=False,
    )


def _key(indexes: list[int], row: Sequence[str]) -> Key:
    return tuple(row[index] if index < len(row) else "" for index in indexes)


class _Ordered:
    """The rows of a sheet that stand in the order of the main table, taken one key after another."""

    def __init__(self, layout: Layout, key_width: int) -> None:
        self.name, self._key = layout.sheet.table.name, layout.inherited[:key_width]
        self._rows = layout.sheet.read()
        self._next = next(self._rows, None)

    def take(self, key: Key) -> Rows:
        taken: Rows = []
        while self._next is not None and _key(self._key, self._next[1]) == key:
            taken.append(self._next)
            self._next = next(self._rows, None)
        return taken

    def orphans(self) -> Iterable[Numbered]:
        return ()


class _Held:
    """The rows of a sheet in any order, held by key."""

    def __init__(self, layout: Layout, key_width: int) -> None:
        self.name = layout.sheet.table.name
        self._groups: dict[Key, Rows] = {}
        for numbered in layout.sheet.read():
            self._groups.setdefault(_key(layout.inherited[:key_width], numbered[1]), []).append(numbered)

    def take(self, key: Key) -> Rows:
        return self._groups.pop(key, [])

    def orphans(self) -> Iterable[Numbered]:
        return sorted(row for rows in self._groups.values() for row in rows)


def _grouped(layout: Layout, key_width: int, order: Mapping[Key, int]) -> "_Ordered | _Held":
    last = -1
    for _, row in layout.sheet.read():
        place = order.get(_key(layout.inherited[:key_width], row), -1)
        if place < max(last, 0):
            return _Held(layout, key_width)
        last = place
    return _Ordered(layout, key_width)
