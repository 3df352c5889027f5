"""Sheets that belong together, as raw documents with locations: each record type's main table with its child tables."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from datapackage.formats.located import Covers, Input, Located
from datapackage.sheets.child_rows import Below, gathered
from datapackage.sheets.columns import Key, Layout
from datapackage.sheets.coverage import covers, untold
from datapackage.sheets.documents import Rebuilder, Rebuilding, Rebuilt, TablePlaces, located_record, orphan
from datapackage.sheets.sheet import Numbered, Sheet
from datapackage.sheets.typed_records import Assembler
from datapackage.sheets.typed_rows import TypedRows, typed_one_by_one, typed_rows
from datapackage.tables.projection import record_tables, with_children
from inventory.records.registry import Model
from inventory.validation.normalize import is_plain


class SheetSet(Input):
    """An input of sheets of one model. It can be read more than once.

    Child rows in the order of the main table, as in a release, are read in parallel in constant memory. Child rows
    in another order are held in memory.
    """

    def __init__(self, sheets: Sequence[Sheet], model: Model) -> None:
        self._model = model
        self._layouts = {sheet.table.name: Layout(sheet) for sheet in sheets}
        self._mains = {name: record_tables(kind, model)[0] for name, kind in model.items()}
        self._sheets = {sheet.table.name: sheet for sheet in sheets}
        self._orders: dict[str, dict[Key, int]] = {}
        self._covers = {name: covers(main, self._sheets) for name, main in self._mains.items()}

    def __iter__(self) -> Iterator[Located]:
        for name in self._mains:
            yield from self.of(name)

    def outline(self) -> Iterator[Located]:
        """Yield every document without its lists, from the main tables alone.

        Types without documents yield their pieces.
        """
        for name, main in self._mains.items():
            layout = self._layouts.get(main.name)
            rows = layout.sheet.read() if layout is not None else iter(())
            first = next(rows, None)
            if layout is None or first is None:
                yield from self.of(name)
                continue
            order: dict[Key, int] = {}
            for place, numbered in enumerate(chain([first], rows)):
                order.setdefault(layout.key_of(numbered[1]), place)
                yield _located(name, layout, numbered, Rebuilt(layout.item(numbered[1])), self._covers[name])
            self._orders[name] = order if _has_key(layout) else {}

    @property
    def untold(self) -> tuple[str, ...]:
        """Return missing tables and columns of the record types that have a main table."""
        mains = [main for main in self._mains.values() if main.name in self._sheets]
        return tuple(name for main in mains for name in untold(main, self._sheets))

    def of(self, stage: str) -> Iterator[Located]:
        """Yield the documents of one record type, then the child rows that belong to none."""
        if stage not in self._mains:
            return
        main = self._mains[stage]
        layout = self._layouts.get(main.name)
        below = [self._layouts[t.name] for t in with_children(main) if t is not main and t.name in self._layouts]
        order = self._order(stage, layout) if layout is not None else {}
        typed = typed_rows(self._model[stage], main, self._layouts) if layout is not None else {}
        groups = [gathered(inner, len(main.key), order, typed.get(inner.sheet.table.name)) for inner in below]
        if layout is not None:
            yield from self._records(stage, layout, order, groups, typed)
        for group in groups:
            yield from (_orphaned(stage, group.layout, row) for row in group.orphans())

    def _order(self, stage: str, layout: Layout) -> dict[Key, int]:
        """Return the place of the first main row with each key; empty if a key column is missing.

        The outline keeps it, because the documents are nearly always read next.
        """
        order = self._orders.pop(stage, None)
        if order is None:
            order = {}
            for place, (_, row) in enumerate(layout.sheet.read() if _has_key(layout) else ()):
                order.setdefault(layout.key_of(row), place)
        return order

    def _records(
        self,
        stage: str,
        layout: Layout,
        order: Mapping[Key, int],
        groups: Sequence[Below],
        typed: Mapping[str, TypedRows],
    ) -> Iterator[Located]:
        main, covered = self._mains[stage], self._covers[stage]
        rebuilder = Rebuilder(main, self._layouts)
        assembler = Assembler(main, self._layouts, typed) if typed else None
        for place, (number, row, values) in enumerate(typed_one_by_one(layout, typed.get(main.name))):
            key = layout.key_of(row)
            # Child rows go to the first main row with their key. Validation reports the second.
            asked = groups if order.get(key) == place else ()
            mine = {group.name: runs for group in asked if (runs := group.take(key))}
            record = assembler.record(values, key, mine) if assembler and values is not None else None
            if record is not None:
                yield located_record(stage, record, Rebuilding(rebuilder, (number, row), mine), covered)
            else:
                rebuilt = rebuilder.rebuilt((number, row), mine)
                yield _located(stage, layout, (number, row), rebuilt, covered, plain=is_plain(rebuilt.raw))


def _located(
    record_type: str,
    layout: Layout,
    numbered: Numbered,
    rebuilt: Rebuilt,
    covered: Covers | None,
    *,
    plain: bool = False,
) -> Located:
    return Located(
        record_type=record_type,
        raw=rebuilt.raw,
        file=layout.sheet.file,
        sheet=layout.sheet.sheet,
        row=numbered[0],
        problems=tuple(rebuilt.problems),
        places=TablePlaces(layout.sheet, numbered[0], rebuilt.lists),
        covers=covered,
        plain=plain,
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


def _has_key(layout: Layout) -> bool:
    return len(layout.key) == len(layout.sheet.table.key)
