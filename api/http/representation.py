"""What is told of each record: all that is seen of it, or the fields that are asked for, as JSON and as rows."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import Parameter
from msgspec import Struct

from api.contract.errors import BadParameters
from api.http.parameters import no_code
from api.middleware.auth import asker
from datapackage.tables.cells import Cell
from datapackage.tables.projection import Table, main_table, public
from datapackage.tables.rows import rows
from inventory.access.records import Shown
from inventory.problems import Problem
from inventory.records.registry import Document, Model, RecordType

LISTED = "psi.listed"
"""Where a route says of which type of record its `fields` are."""
ABOUT = ("_state", "_version", "_etag")
"""What is told about a record beside its fields, where it is asked for."""
Fields = Annotated[
    str | None,
    Parameter(description="Only these fields, with commas between; also `_state`, `_version`, `_etag` of the record."),
]


class Telling(Struct, frozen=True, kw_only=True):
    """What is told of records of a type. fields: only these, in this order. private: the asker may see such fields."""

    kind: RecordType
    model: Model
    fields: tuple[str, ...] | None = None
    private: bool = False

    def line(self, item: Shown) -> bytes:
        """A record as JSON."""
        if self.fields is None:
            return current(self.kind, item)
        found = {**document_of(self.kind, item), **_about(item)}
        return msgspec.json.encode({name: found[name] for name in self.fields if name in found})

    def grid(self, items: Iterable[Shown]) -> Iterator[list[Cell]]:
        """Records as rows of the main table, the names of the columns first."""
        table = self._table()
        names = [column.name for column in table.columns]
        asked = self.fields if self.fields is not None else tuple(dict.fromkeys(c.path[0] for c in table.columns))
        chosen = [name for field in asked for name in _columns(table, field)]
        yield list(chosen)
        for item in items:
            _, row = next(rows(table, document_of(self.kind, item)))
            cells = {**dict(zip(names, row, strict=True)), **_about(item)}
            yield [cells[name] for name in chosen]

    def needing_columns(self) -> "Telling":
        """The same, where every field has a column. Raises BadParameters."""
        there = {column.path[0] for column in self._table().columns} | set(ABOUT)
        _refuse([_no_column(name, sorted(there)) for name in self.fields or () if name not in there])
        return self

    def _table(self) -> Table:
        table = main_table(self.kind.struct, self.kind.table, self.model)
        return table if self.private else public(table)


def telling(request: Request[Any, Any, Any], kind: RecordType, model: Model) -> Telling:
    """What a request asks to be told of records of a type."""
    private = asker(request) is not None
    asked = request.query_params.get("fields")
    fields = None if asked is None else tuple(dict.fromkeys(asked.split(",")))
    return Telling(kind=kind, model=model, fields=fields, private=private)


def field_problems(request: Request[Any, Any, Any], kind: RecordType) -> Iterator[Problem]:
    """The fields that are asked for and are none of the type, or none that the public may know of."""
    private = asker(request) is not None
    there = [*(field.name for field in kind.shape.fields if private or not field.private), *ABOUT]
    for name in dict.fromkeys(request.query_params.get("fields", "_state").split(",")):
        if name not in there:
            yield _no_field(name, there)


def current(kind: RecordType, item: Shown) -> bytes:
    """The stored bytes, or where they are of an earlier schema version, the document as it reads today."""
    if item.schema_version == kind.schema_version:
        return item.body
    return msgspec.json.encode(document_of(kind, item), order="sorted")


def document_of(kind: RecordType, item: Shown) -> Document:
    """The document as it reads today."""
    return kind.upcast(msgspec.json.decode(item.body), item.schema_version)


def _about(item: Shown) -> dict[str, Cell]:
    return {"_state": item.state, "_version": item.version, "_etag": item.etag}


def _columns(table: Table, field: str) -> list[str]:
    return [field] if field in ABOUT else [column.name for column in table.columns if column.path[0] == field]


def _no_field(name: str, there: Iterable[str]) -> Problem:
    return msgspec.structs.replace(no_code("fields", name[:100], there), message=f"There is no field {name[:100]}")


def _no_column(name: str, there: Iterable[str]) -> Problem:
    message = f"{name} is a list within a record and has no column in CSV; JSON and NDJSON hold it"
    return msgspec.structs.replace(no_code("fields", name, there), message=message)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BadParameters(problems)
