"""Mapping of one row of another system to our values, by the columns and codes of a crosswalk."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from datapackage.crosswalks.definition import SPECIAL, ColumnRule, Crosswalk, Target, target
from datapackage.crosswalks.functions.agreements import AGREEMENTS
from datapackage.crosswalks.functions.cell_forms import FORMS
from datapackage.sheets.sheet import Grid, Numbered, outside
from datapackage.tables.cells import VALUES, is_count
from inventory.problems import ERROR, WARNING, Problem, Severity
from inventory.records.registry import Document, RecordType
from inventory.schema.fields import Field
from inventory.validation.shape_problems import shown


class Drawn(Struct):
    """The values mapped from one row.

    special, named: values of specials, and the columns they came from. owner: the id of its organization. origins:
    row and column by JSON pointer.
    """

    number: int
    given: dict[str, str]
    document: Document = {}
    special: dict[str, str] = {}
    named: dict[str, str] = {}
    origins: dict[str, tuple[int, str]] = {}
    problems: list[Problem] = []
    normalized: int = 0
    owner: str | None = None

    @property
    def year(self) -> int:
        """Return the fiscal year of the row; 0 if it has none."""
        year = self.special.get("@year", "")
        return int(year) if is_count(year) else 0


class Drawing:
    """A mapping of the rows of one grid."""

    def __init__(self, grid: Grid, by: Crosswalk, kind: RecordType) -> None:
        self.rules = {name: rule for name, rule in by.rules.items() if name in grid.header}
        self._grid, self._by = grid, by
        self._targets = {name: target(kind.shape, rule.to) for name, rule in self.rules.items()}
        # Columns that fill gaps come last, and the year comes before columns that use it.
        self._order = sorted(self.rules, key=lambda name: (self.rules[name].otherwise, self.rules[name].to != "@year"))

        lists: dict[tuple[str, ...], list[str]] = {}
        for name, rule in self.rules.items():
            if rule.at is not None:
                lists.setdefault((rule.to, *sorted(rule.beside.values())), []).append(name)
        self._together = list(lists.values())
        self._constants = {to: target(kind.shape, to) for to in by.constants}

    def drawn(self, numbered: Numbered) -> Drawn:
        """Return all values of one row."""
        number, row = numbered
        given = {name: cell for name, cell in zip(self._grid.header, row, strict=False) if name and cell}
        drawn = Drawn(number, given)
        if beyond := outside(self._grid.header, row):
            message = "The row has cells that stand under no column"
            drawn.problems.append(cell_problem(self._grid, "unknown-field", ERROR, number, None, message, beyond))
        for name in self._order:
            cell = self._decoded(given.get(name, ""), drawn)
            if cell.strip() and cell.strip() not in self.rules[name].none:
                self._take(name, cell, drawn)
        for names in self._together:
            blank = [name for name in names if not given.get(name, "").strip()]
            for name in blank if len(blank) < len(names) else ():  # one missing number among several is a problem
                self._place(name, self.rules[name], self._target(name), None, drawn)
        for to, found in self._constants.items():
            self._set_constant(found, self._by.constants[to], drawn)
        drawn.problems += self._not_taken(drawn)
        return drawn

    def _not_taken(self, drawn: Drawn) -> Iterator[Problem]:
        """Yield warnings on values of the row that no field takes."""
        for name in self._by.mentioned:
            if cell := drawn.given.get(name, "").strip():
                message = f"The cell was left out: {self._by.ignored[name]}"
                yield cell_problem(self._grid, "not-taken-as-given", WARNING, drawn.number, name, message, cell)
        for one in AGREEMENTS[self._by.agreeing](drawn.given) if self._by.agreeing else ():
            cell = drawn.given[one.column]
            yield cell_problem(
                self._grid, "contradicts-itself", WARNING, drawn.number, one.column, one.told, cell, one.expected
            )

    def _target(self, name: str) -> Target:
        found = self._targets[name]
        assert found is not None  # crosswalks are checked before they are used
        return found

    def _decoded(self, cell: str, drawn: Drawn) -> str:
        for coded, plain in self._by.decode.items():
            if coded in cell:
                cell = cell.replace(coded, plain)
                drawn.normalized += 1
        return cell

    def _take(self, name: str, cell: str, drawn: Drawn) -> None:
        rule, found = self.rules[name], self._targets[name]
        formed = FORMS[rule.form](cell) if rule.form else None
        if formed is not None and formed.told:
            drawn.problems.append(
                cell_problem(self._grid, "not-taken-as-given", WARNING, drawn.number, name, formed.told, cell)
            )
        text = cell if formed is None else formed.value
        if text is None:
            return
        if rule.to.startswith("@"):
            drawn.special.setdefault(rule.to, text.strip())
            drawn.named.setdefault(rule.to, name)
        elif found is not None:
            pieces = [piece.strip() for piece in text.split(rule.split)] if rule.split else [text]
            for piece in dict.fromkeys(filter(None, pieces)):
                self._put(name, rule, found, piece, drawn)

    def _put(self, name: str, rule: ColumnRule, found: Target, text: str, drawn: Drawn) -> None:
        codes = self._by.codes.get(rule.codes or "")
        if codes is not None and text not in codes:
            drawn.problems.append(self._unknown_code(name, found, text, drawn.number, codes))
            return
        self._place(name, rule, found, _spelled(found.value, codes[text] if codes is not None else text), drawn)

    def _place(self, name: str, rule: ColumnRule, found: Target, value: Any, drawn: Drawn) -> None:
        holder, pointer = self._holder(rule, found, drawn)
        last = found.value.name
        pointer += f"/{last}"
        if found.value.many:
            items = holder.setdefault(last, [])
            pointer += f"/{_set_at(items, rule.at - 1, value) if rule.at else _added(items, value)}"
        elif not (rule.otherwise and last in holder):
            holder[last] = value
        drawn.origins.setdefault(pointer, (drawn.number, name))
        if found.lists and found.lists[-1] not in self._by.one:
            drawn.origins.setdefault(pointer.rpartition("/")[0], (drawn.number, name))

    def _holder(self, rule: ColumnRule, found: Target, drawn: Drawn) -> tuple[Document, str]:
        """Return the part that takes the value, created if necessary, and its pointer."""
        holder, pointer = drawn.document, ""
        beside = self._beside(rule, found, drawn)
        for depth, step in enumerate(found.steps[:-1], start=1):
            pointer += f"/{step.name}"
            if not step.many:
                holder = holder.setdefault(step.name, {})
                continue
            path, items = ".".join(found.path[:depth]), holder.setdefault(step.name, [])
            index = 0 if path in self._by.one else _index(items, step, beside)
            if index == len(items):
                items.append(dict(beside) if path == found.lists[-1] else {})
            holder, pointer = items[index], f"{pointer}/{index}"
        return holder, pointer

    def _set_constant(self, found: Target | None, text: str, drawn: Drawn) -> None:
        """Set a constant in a part that the row has values for."""
        holder: Any = drawn.document
        assert found is not None  # crosswalks are checked before they are used
        for step in found.steps[:-1]:
            holder = holder.get(step.name)
            holder = holder[0] if step.many and holder else holder
            if not holder:
                return
        holder.setdefault(found.value.name, _spelled(found.value, text))

    def _unknown_code(self, name: str, found: Target, text: str, row: int, codes: Iterable[str]) -> Problem:
        message, expected = "The crosswalk does not say what this code means", "one of " + ", ".join(codes)
        problem = cell_problem(self._grid, "unknown-code", ERROR, row, name, message, text, expected)
        return msgspec.structs.replace(problem, pointer="/" + "/".join(found.path))

    def _beside(self, rule: ColumnRule, found: Target, drawn: Drawn) -> Document:
        kinds = {field.name: field.kind for field in found.item.fields} if found.item else {}
        # Missing values are left out, so that validation reports them.
        filled = {name: drawn.special.get(value) if value in SPECIAL else value for name, value in rule.beside.items()}
        return {name: VALUES.get(kinds[name], str)(value) for name, value in filled.items() if value is not None}


def _spelled(field: Field, text: str) -> Any:
    spelled = VALUES.get(field.kind)
    return spelled(text) if spelled else text


def _added(items: list[Any], value: Any) -> int:
    if value not in items:
        items.append(value)
    return items.index(value)


def _set_at(items: list[Any], place: int, value: Any) -> int:
    items.extend([None] * (place + 1 - len(items)))
    items[place] = value
    return place


def _index(items: list[Document], step: Field, beside: Document) -> int:
    """Return the index of the item that a column maps to: the one with the same key, else a new one."""
    keys = [key.name for key in step.part.key] if step.part else []
    if keys and beside.keys() >= set(keys):
        for index, item in enumerate(items):
            if all(item.get(name) == beside[name] for name in keys):
                return index
    return len(items)


def cell_problem(
    grid: Grid,
    code: str,
    severity: Severity,
    row: int,
    column: str | None,
    message: str,
    value: str | None = None,
    expected: str | None = None,
) -> Problem:
    """Return a problem of one cell."""
    place = msgspec.structs.asdict(grid.place(row, column))
    return Problem(code=code, severity=severity, message=message, value=shown(value), expected=expected, **place)
