"""Rows of another system through a crosswalk: documents of ours, with the organizations they name."""

from collections.abc import Iterator, Sequence
from typing import Any

from slugify import slugify

from datapackage.crosswalk import Crosswalk
from datapackage.drawing import Drawing, Drawn, cell_problem
from datapackage.organizations import Organizations
from datapackage.readers import Input, Located, Place
from datapackage.sheets import Grid
from inventory.errors import Unreadable
from inventory.problems import ERROR
from inventory.record_types import Document, Model


class ColumnPlaces:
    """Finds the cell that a value of a document was drawn from."""

    def __init__(self, grid: Grid, origins: dict[str, tuple[int, str]], row: int) -> None:
        self._grid, self._origins, self._row = grid, origins, row

    def at(self, pointer: str) -> Place:
        """The cell of the value at that pointer, or the row."""
        while pointer and pointer not in self._origins:
            pointer = pointer.rpartition("/")[0]
        row, column = self._origins.get(pointer, (self._row, None))
        return Place(self._grid.sheet, row, column, self._grid.file)


class CrosswalkedInput(Input):
    """A grid of another system as documents of ours. May be read again and again."""

    def __init__(self, grid: Grid, by: Crosswalk, model: Model, organizations: Organizations) -> None:
        self._grid, self._by, self._organizations = grid, by, organizations
        self._kind = model[by.record_type]
        self._drawing = Drawing(grid, by, self._kind)
        self._columns = {rule.to: name for name, rule in reversed(self._drawing.rules.items())}
        missing = {"@id", "@organization"} - self._columns.keys()
        if missing:
            wanted = [name for name, rule in by.rules.items() if rule.to in missing]
            raise Unreadable(f"{grid.name} lacks what the crosswalk asks for: a column {' or '.join(wanted)}")
        self._documents: list[Located] | None = None

    def __iter__(self) -> Iterator[Located]:
        if self._documents is None:
            self._documents = list(self._read())
        return iter(self._documents)

    def _read(self) -> Iterator[Located]:
        yield from self._unknown_columns()
        groups: dict[tuple[str, str], list[Drawn]] = {}
        for numbered in self._grid.read():
            drawn = self._drawing.drawn(numbered)
            yield from self._with_owner(drawn)
            if drawn.owner is None:
                yield self._piece(drawn)
            else:
                groups.setdefault((drawn.owner, drawn.special["@id"]), []).append(drawn)
        for rows in groups.values():
            yield from (self._located(drawn) for drawn in _by_year(rows))

    def _unknown_columns(self) -> Iterator[Located]:
        for name in self._grid.header:
            if name and name not in self._by.columns and name not in self._by.ignored:
                message = "The crosswalk does not mention this column"
                problem = cell_problem(self._grid, "unknown-field", ERROR, 1, name, message)
                yield Located(record_type="", raw=None, problems=(problem,), whole=False, **self._place(1))

    def _with_owner(self, drawn: Drawn) -> Iterator[Located]:
        """Say to whom the row belongs; yield the organizations that are not known yet, those above first."""
        name, above = drawn.special.get("@organization"), drawn.special.get("@parent")
        if name is None and above is not None:
            name, above = above, None
        if name is None or "@id" not in drawn.special:
            return
        parent = None
        if above is not None and above != name:
            found = self._organizations.resolve(above, drawn.special.get("@parent_code"), None)
            parent = found.organization_id
            yield from self._proposed(found.proposed, drawn)
        own = drawn.special.get("@organization_code" if drawn.special.get("@organization") else "@parent_code")
        found = self._organizations.resolve(name, own, parent)
        yield from self._proposed(found.proposed, drawn)
        drawn.owner = found.organization_id

    def _proposed(self, document: Document | None, drawn: Drawn) -> Iterator[Located]:
        if document is not None:
            yield Located(record_type="organization", raw=document, proposed=True, **self._place(drawn.number))

    def _located(self, drawn: Drawn) -> Located:
        given_id, key = drawn.special["@id"], self._kind.shape.key[0].name
        slug = slugify(given_id)
        record_id = f"{drawn.owner}-{slug}" if self._kind.name == "service" else slug
        identity: Document = {key: record_id, "organization_id": drawn.owner}
        if self._kind.name == "service":
            identity["source_ids"] = [{"system": self._by.system, "id": given_id}]
        drawn.origins[f"/{key}"] = (drawn.number, self._columns["@id"])
        drawn.origins["/organization_id"] = (drawn.number, self._columns["@organization"])
        return Located(
            record_type=self._kind.name,
            raw={**identity, **drawn.document},
            problems=tuple(drawn.problems),
            places=ColumnPlaces(self._grid, drawn.origins, drawn.number),
            given=drawn.given,
            normalized=drawn.normalized,
            **self._place(drawn.number),
        )

    def _piece(self, drawn: Drawn) -> Located:
        lacking = "@id" if "@id" not in drawn.special else "@organization"
        message = "A record cannot be kept without this value"
        problem = cell_problem(self._grid, "missing", ERROR, drawn.number, self._columns[lacking], message)
        problems = (*drawn.problems, problem)
        return Located(record_type="", raw=drawn.given, problems=problems, whole=False, **self._place(drawn.number))

    def _place(self, number: int) -> dict[str, Any]:
        return {"file": self._grid.file, "sheet": self._grid.sheet, "row": number}


def _by_year(rows: Sequence[Drawn]) -> list[Drawn]:
    """Rows of one record: the latest year tells its facts, the earlier ones add what is kept by year.

    Rows that tell of the same year stay apart, so that the second is named as occurring twice.
    """
    latest = sorted(rows, key=lambda drawn: drawn.special.get("@year", ""), reverse=True)
    years = [drawn.special.get("@year") for drawn in latest]
    if len(set(years)) < len(rows):
        return list(rows)
    first, *earlier = latest
    yearly = {name for name, value in first.document.items() if _is_yearly(value)}
    yearly |= {name for drawn in earlier for name, value in drawn.document.items() if _is_yearly(value)}
    for drawn in earlier:
        for name in yearly:
            for index, item in enumerate(drawn.document.get(name, ())):
                items = first.document.setdefault(name, [])
                items.append(item)
                origin = drawn.origins.get(f"/{name}/{index}")
                if origin:
                    first.origins[f"/{name}/{len(items) - 1}"] = origin
        first.problems += drawn.problems
        first.normalized += drawn.normalized
    return [first]


def _is_yearly(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) and "fiscal_year" in item for item in value)
