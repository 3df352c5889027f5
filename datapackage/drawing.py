"""Drawing our values from the cells of one row of another system, by the columns and codes of a crosswalk."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from datapackage.cells import VALUES
from datapackage.crosswalk import SPECIAL, ColumnRule, Crosswalk, Target, target
from datapackage.crosswalks.forms import FORMS
from datapackage.sheets import Grid, Numbered, outside
from inventory.faults import shown
from inventory.problems import ERROR, WARNING, Problem, Severity
from inventory.record_types import Document, RecordType


class Drawn(Struct):
    """What was drawn from one row. owner: the id of its organization. origins: by JSON pointer, the row and column."""

    number: int
    given: dict[str, str]
    document: Document = {}
    special: dict[str, str] = {}
    origins: dict[str, tuple[int, str]] = {}
    problems: list[Problem] = []
    normalized: int = 0
    owner: str | None = None

    @property
    def year(self) -> int:
        """The fiscal year the row tells of; 0 where it names none."""
        told = self.special.get("@year", "")
        return int(told) if told.isdecimal() else 0


class Drawing:
    """How to draw from the rows of one grid."""

    def __init__(self, grid: Grid, by: Crosswalk, kind: RecordType) -> None:
        self.rules = {name: rule for name, rule in by.rules.items() if name in grid.header}
        self._grid, self._by = grid, by
        self._targets = {name: target(kind.shape, rule.to) for name, rule in self.rules.items()}
        # What fills gaps comes last, and the year comes before what bears it.
        self._order = sorted(self.rules, key=lambda name: (self.rules[name].otherwise, self.rules[name].to != "@year"))

    def drawn(self, numbered: Numbered) -> Drawn:
        """Everything one row says."""
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
        return drawn

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
        elif found is not None:
            pieces = [piece.strip() for piece in text.split(rule.split)] if rule.split else [text]
            for piece in dict.fromkeys(filter(None, pieces)):
                self._put(name, rule, found, piece, drawn)

    def _put(self, name: str, rule: ColumnRule, found: Target, text: str, drawn: Drawn) -> None:
        codes = self._by.codes.get(rule.codes or "")
        if codes is not None and text not in codes:
            drawn.problems.append(self._unknown_code(name, found, text, drawn.number, codes))
            return
        text = codes[text] if codes is not None else text
        spelled = VALUES.get(found.value.kind)
        value: Any = spelled(text) if spelled else text
        holder = drawn.document
        for step in found.path[:-1]:
            holder = holder.setdefault(step, {})
        last, pointer = found.path[-1], "/" + "/".join(found.path)
        if found.item is not None:
            items = holder.setdefault(last, [])
            items.append({found.item.name: value, **self._beside(rule, found, drawn)})
            pointer += f"/{len(items) - 1}"
        elif found.field.many:
            items = holder.setdefault(last, [])
            if value not in items:
                items.append(value)
            pointer += f"/{items.index(value)}"
        elif not (rule.otherwise and last in holder):
            holder[last] = value
        drawn.origins.setdefault(pointer, (drawn.number, name))

    def _unknown_code(self, name: str, found: Target, text: str, row: int, codes: Iterable[str]) -> Problem:
        message, expected = "The crosswalk does not say what this code means", "one of " + ", ".join(codes)
        problem = cell_problem(self._grid, "unknown-code", ERROR, row, name, message, text, expected)
        return msgspec.structs.replace(problem, pointer="/" + "/".join(found.path))

    def _beside(self, rule: ColumnRule, found: Target, drawn: Drawn) -> Document:
        kinds = {field.name: field.kind for field in found.field.part.fields} if found.field.part else {}
        # What a row does not say is left out, so that it is told to be missing.
        filled = {name: drawn.special.get(value) if value in SPECIAL else value for name, value in rule.beside.items()}
        return {name: VALUES.get(kinds[name], str)(value) for name, value in filled.items() if value is not None}


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
    """A problem of one cell."""
    place: dict[str, Any] = {"file": grid.file, "sheet": grid.sheet, "row": row, "field": column}
    return Problem(code=code, severity=severity, message=message, value=shown(value), expected=expected, **place)
