"""Rows of another system as our documents, through a crosswalk, with the organizations they name."""

from collections.abc import Iterator
from typing import Any

import msgspec

from datapackage.crosswalks.definition import SOURCE_IDS, Crosswalk, covered, misfit, needed
from datapackage.crosswalks.functions.states import SETTLED
from datapackage.crosswalks.map_row import Drawing, Drawn, cell_problem
from datapackage.crosswalks.merge_rows import Joining
from datapackage.crosswalks.yearly import by_year, yearly
from datapackage.external.organizations import Organizations
from datapackage.external.providers_and_services import PARTIES, Parties
from datapackage.formats.located import Input, Located, Place
from datapackage.sheets.sheet import Grid
from datapackage.tables.cells import VALUES
from inventory.errors import Unreadable
from inventory.problems import ERROR, WARNING, Problem
from inventory.records.registry import Document, Model
from inventory.validation.check import check


class ColumnPlaces:
    """A lookup of the cell that a value of a document came from."""

    def __init__(self, grid: Grid, origins: dict[str, tuple[int, str]], row: int) -> None:
        self._grid, self._origins, self._row = grid, origins, row

    def at(self, pointer: str) -> Place:
        """Return the cell of the value at that pointer, or the row."""
        if f"{pointer}/0" in self._origins:  # the place of a list of numbers is that of its first number
            pointer += "/0"
        while pointer and pointer not in self._origins:
            pointer = pointer.rpartition("/")[0]
        row, column = self._origins.get(pointer, (self._row, None))
        return self._grid.place(row, column)


class CrosswalkedInput(Input):
    """A grid of another system as our documents. It can be read more than once."""

    def __init__(self, grid: Grid, by: Crosswalk, model: Model, organizations: Organizations, parties: Parties) -> None:
        self._grid, self._by, self._organizations, self._parties = grid, by, organizations, parties
        self._kind = model[by.record_type]
        self._drawing = Drawing(grid, by, self._kind)
        self._columns = {rule.to: name for name, rule in reversed(self._drawing.rules.items())}
        self._needed, self._covers = needed(by, self._kind), covered(by, self._kind, grid.header)
        if wrong := misfit(by, self._kind, grid.header):
            raise Unreadable(f"{grid.name} {wrong}")
        twice = sorted({name for name in grid.header if name not in ("", *by.ignored) and grid.header.count(name) > 1})
        if twice:
            raise Unreadable(f"{grid.name} has the column {', '.join(twice)} twice")
        self._documents: list[Located] | None = None

    def __iter__(self) -> Iterator[Located]:
        if self._documents is None:
            self._documents = list(self._read())
        return iter(self._documents)

    def _read(self) -> Iterator[Located]:
        yield from self._unknown_columns()
        rows = [self._drawing.drawn(numbered) for numbered in self._grid.read()]
        for drawn in rows:
            self._parties.name(drawn, self._grid)
        # Names with a parent come first, so that the match of a name alone does not depend on the order of rows.
        for drawn in sorted(rows, key=lambda drawn: not {"@organization", "@parent"} <= drawn.special.keys()):
            yield from self._with_owner(drawn)
        groups: dict[tuple[object, ...], list[Drawn]] = {}
        pieces = []
        for drawn in rows:
            if self._lacking(drawn):
                pieces.append(drawn)
            else:
                groups.setdefault(self._identity(drawn), []).append(drawn)
        if pieces and self._by.joined is not None:  # all rows belong to one submission
            pieces = [Joining(self._kind.shape, pieces).one]
        yield from map(self._piece, pieces)
        for group in groups.values():
            if self._by.one:
                yield self._located(self._as_one(group))
                continue
            one, twice = by_year(group, yearly(self._kind.shape))
            yield self._located(one)
            yield from (self._located(self._repeated(drawn)) for drawn in twice)

    def _unknown_columns(self) -> Iterator[Located]:
        for name in self._grid.header:
            if name and name not in self._by.columns and name not in self._by.ignored:
                message = "The crosswalk does not mention this column"
                problem = cell_problem(self._grid, "unknown-field", ERROR, 1, name, message)
                yield Located(record_type="", raw=None, problems=(problem,), whole=False, **self._place(1))

    def _with_owner(self, drawn: Drawn) -> Iterator[Located]:
        """Set the owner of the row, and yield its organizations that are not known yet, parents first."""
        name, above = drawn.special.get("@organization"), drawn.special.get("@parent")
        if name is None and above is not None:
            name, above = above, None
        if name is None or any(self._lacks(drawn, other) for other in self._needed if other != "@organization"):
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

    def _as_one(self, rows: list[Drawn]) -> Drawn:
        """Return the rows of one record as one. Contradicting figures are left out and reported."""
        joined = Joining(self._kind.shape, rows)
        message, expected = (
            "Rows of one record tell this figure differently, so the record goes without it",
            "the same in all rows",
        )
        for row, column, value in joined.contradictions:
            problem = cell_problem(self._grid, "told-differently", WARNING, row, column, message, str(value), expected)
            joined.one.problems.append(problem)
        if self._by.settled is not None:
            SETTLED[self._by.settled](joined.one.document, joined.one.origins, joined.left_out)
        return joined.one

    def _lacking(self, drawn: Drawn) -> list[str]:
        return [name for name in self._needed if self._lacks(drawn, name)]

    def _lacks(self, drawn: Drawn, name: str) -> bool:
        if name == "@organization":
            return drawn.owner is None and not {"@organization", "@parent"} & drawn.special.keys()
        return PARTIES.get(name, name) not in (drawn.special if name == "@id" else drawn.document)

    def _identity(self, drawn: Drawn) -> tuple[object, ...]:
        """Return the identity of the row's record: its owner and the source's id, or its key."""
        if "@id" in self._needed:
            return drawn.owner or self._kind.owner_named(drawn.document), drawn.special["@id"]
        return tuple(drawn.document[field.name] for field in self._kind.shape.key)

    def _document(self, drawn: Drawn) -> Document:
        document = dict(drawn.document)
        if drawn.owner is not None:
            document.setdefault(self._kind.owner[0], drawn.owner)
            drawn.origins.setdefault(f"/{self._kind.owner[0]}", (drawn.number, self._columns["@organization"]))
        if "@id" in self._needed:
            document[SOURCE_IDS] = [self._source_id(drawn)]
            drawn.origins.setdefault(f"/{self._kind.shape.key[0].name}", (drawn.number, self._columns["@id"]))
        return document

    def _located(self, drawn: Drawn) -> Located:
        return Located(
            record_type=self._kind.name,
            raw=self._document(drawn),
            problems=tuple(drawn.problems),
            places=ColumnPlaces(self._grid, drawn.origins, drawn.number),
            given=drawn.given,
            normalized=drawn.normalized,
            covers=self._covers,
            **self._place(drawn.number),
        )

    def _source_id(self, drawn: Drawn) -> Document:
        drawn.origins[f"/{SOURCE_IDS}/0/id"] = (drawn.number, self._columns["@id"])
        given = {"id": drawn.special["@id"]} if "@id" in drawn.special else {}
        source_id = {"system": self._by.system, **given}
        if "@year" not in drawn.special:
            return source_id
        drawn.origins[f"/{SOURCE_IDS}/0/fiscal_year"] = (drawn.number, self._columns["@year"])
        return {**source_id, "fiscal_year": VALUES["integer"](drawn.special["@year"])}

    def _repeated(self, drawn: Drawn) -> Drawn:
        column = self._columns[self._needed[0]]
        given = "/".join(str(part) for part in self._identity(drawn)[1 if "@id" in self._needed else 0 :])
        message = "A row before it is of the same record" + (" and year" if drawn.year else "") + "; that one counts"
        drawn.problems.append(cell_problem(self._grid, "duplicate", ERROR, drawn.number, column, message, given))
        return drawn

    def _piece(self, drawn: Drawn) -> Located:
        """Return a row that forms no record, with all its problems."""
        message, problems = "A record cannot be kept without this value", list(drawn.problems)
        for column in (self._columns[name] for name in self._lacking(drawn)):
            # A cell that was rejected already has a problem.
            if not any(problem.field == column and problem.severity == ERROR for problem in problems):
                problems.append(cell_problem(self._grid, "missing", ERROR, drawn.number, column, message))
        problems += self._other_faults(drawn)
        place = self._place(drawn.number)
        return Located(record_type="", raw=drawn.given, problems=tuple(problems), whole=False, **place)

    def _other_faults(self, drawn: Drawn) -> Iterator[Problem]:
        document, places = self._document(drawn), ColumnPlaces(self._grid, drawn.origins, drawn.number)
        ours = {*self._kind.owner[:1], *(key.name for key in self._kind.shape.key), f"{SOURCE_IDS}/0/id"}
        for problem in check(self._kind, document).problems:
            if problem.code != "missing" or problem.pointer[1:] not in ours:
                # The row forms no record, so the problem points into the file only.
                yield msgspec.structs.replace(problem, pointer="", **msgspec.structs.asdict(places.at(problem.pointer)))

    def _place(self, number: int) -> dict[str, Any]:
        return {"file": self._grid.file, "sheet": self._grid.sheet, "row": number}
