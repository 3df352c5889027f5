"""What the inventory means: code lists, rules and schemas."""

import datetime
from collections.abc import Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, Parameter
from msgspec import Struct

from api.contract.media_types import JSON, SCHEMA
from api.http.lists import For, accepted, chosen, tagged, whole, whole_of
from api.resources.records import UNCHANGED, refusing
from datapackage.contracts.json_schemas import record_schema
from datapackage.packages.derived_tables import code_documents, release_tables
from datapackage.tables.cells import Cell
from datapackage.tables.rows import rows
from inventory.codes import CODE_LISTS
from inventory.errors import NotFound
from inventory.problems import ERROR
from inventory.records.registry import Model
from inventory.validation.rules import EVERY_RECORD, RULES
from inventory.validation.shape_problems import SHAPE_FAULTS

ValidOn = Annotated[datetime.date | None, Parameter(description="Only what may be used on that day.")]
SHOWN = ResponseSpec(dict[str, Any], media_type=SCHEMA, description="A JSON Schema")


class RuleTold(Struct, frozen=True):
    """A rule as published.

    applies_to: a type of record, or every record. historical: its severity for figures taken over from earlier
    publications; none where no such record has any. since: the first quarter of which it is told; none: all.
    """

    id: str
    applies_to: str
    severity: str
    clause: str | None
    why: str
    historical: str | None = None
    since: str | None = None


class Rules(Struct, frozen=True):
    """Every rule."""

    items: list[RuleTold]
    next: None = None


class CodeList(Struct, frozen=True):
    """A code list: its codes with label, definition and days of validity, and where they come from."""

    name: str
    source: str
    description: str
    codes: list[dict[str, Any]]


class CodeLists(Struct, frozen=True):
    """Every code list."""

    items: list[CodeList]
    next: None = None


def reference_routes(model: Model) -> list[HTTPRouteHandler]:
    """The routes of codes, rules and schemas."""

    @get(
        "/codes",
        operation_id="listCodeLists",
        tags=["Reference"],
        summary="Every code list",
        responses={200: ResponseSpec(CodeLists, description="The code lists"), **UNCHANGED, **refusing(406)},
    )
    async def list_codes(
        request: Request[Any, Any, Any], form: For = None, as_of: FromQuery[ValidOn] = None
    ) -> Response[bytes]:
        lists = [_code_list(name, as_of) for name in CODE_LISTS]
        return whole(request, lists, _codes_grid(model, lists))

    @get(
        "/codes/{name:str}",
        operation_id="getCodeList",
        tags=["Reference"],
        summary="One code list",
        responses={200: ResponseSpec(CodeList, description="The code list"), **UNCHANGED, **refusing(400, 404, 406)},
    )
    async def get_codes(
        request: Request[Any, Any, Any],
        name: FromPath[str],
        form: For = None,
        as_of: FromQuery[ValidOn] = None,
    ) -> Response[bytes]:
        if name not in CODE_LISTS:
            raise NotFound(f"There is no code list {name}; there are {', '.join(CODE_LISTS)}")
        found = _code_list(name, as_of)
        if chosen(accepted(request)) == JSON:
            return tagged(request, msgspec.json.encode(found))
        return whole(request, found.codes, _codes_grid(model, [found]))

    @get(
        "/rules",
        operation_id="listRules",
        tags=["Reference"],
        summary="Every rule, with its clause and reason",
        responses={200: ResponseSpec(Rules, description="The rules"), **UNCHANGED, **refusing(406)},
    )
    async def list_rules(request: Request[Any, Any, Any], form: For = None) -> Response[bytes]:
        return whole_of(request, _rules(), RuleTold)

    @get(
        "/schemas/{record_type:str}",
        operation_id="getSchema",
        tags=["Reference"],
        summary="The JSON Schema of a record type",
        responses={200: SHOWN, **refusing(404)},
    )
    async def get_schema(record_type: FromPath[str]) -> Response[bytes]:
        if record_type not in model:
            raise NotFound(f"There is no record type {record_type}; there are {', '.join(model)}")
        return Response(msgspec.json.encode(record_schema(model[record_type])), media_type=SCHEMA)

    return [list_codes, get_codes, list_rules, get_schema]


def _code_list(name: str, day: datetime.date | None) -> CodeList:
    """A list, or of its codes those that may be used on a day."""
    whole = _every_code(name)
    if day is None:
        return whole
    valid = {str(code) for code in CODE_LISTS[name] if code.valid_on(day)}
    return msgspec.structs.replace(whole, codes=[code for code in whole.codes if code["code"] in valid])


@cache
def _every_code(name: str) -> CodeList:
    codes = CODE_LISTS[name]
    description = " ".join((codes.__doc__ or "").split())
    mine = [entry for entry in code_documents() if entry["list"] == name]
    entries = [{k: v for k, v in entry.items() if k not in ("list", "source")} for entry in mine]
    return CodeList(name, codes.source, description, entries)


def _rules() -> list[RuleTold]:
    rules = [
        RuleTold(
            rule.id,
            rule.applies_to,
            rule.severity,
            rule.clause,
            rule.why,
            rule.of_history,
            None if rule.first_quarter is None else str(rule.first_quarter),
        )
        for rule in RULES.values()
    ]
    return rules + [RuleTold(code, EVERY_RECORD, ERROR, None, why) for code, why in SHAPE_FAULTS.items()]


def _codes_grid(model: Model, lists: Iterable[CodeList]) -> list[Sequence[Cell]]:
    """These lists as in the table `codes` of a release: a row a code."""
    table = release_tables(model)["codes"]
    ordered = sorted(lists, key=attrgetter("name"))
    entries = ({**code, "list": one.name, "source": one.source} for one in ordered for code in one.codes)
    cells = [row for entry in entries for _, row in rows(table, entry)]
    return [[column.name for column in table.columns], *cells]
