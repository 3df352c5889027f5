"""What the inventory means: code lists, rules and schemas."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from api.records import refusals
from datapackage.beside import code_documents
from inventory.codes import CODE_LISTS
from inventory.errors import NotFound
from inventory.faults import SHAPE_FAULTS
from inventory.record_types import Model
from inventory.rules import RULES


class RuleTold(Struct, frozen=True):
    """A rule as published."""

    id: str
    applies_to: str
    severity: str
    clause: str | None
    why: str


class CodeList(Struct, frozen=True):
    """A code list: its codes with label, definition, source and days of validity."""

    name: str
    source: str
    description: str
    codes: list[dict[str, Any]]


def reference_routes(model: Model) -> list[HTTPRouteHandler]:
    """The routes of codes, rules and schemas."""

    @get("/codes", operation_id="listCodeLists", tags=["Reference"], summary="Every code list")
    async def list_codes() -> list[CodeList]:
        return [_code_list(name) for name in CODE_LISTS]

    @get(
        "/codes/{name:str}",
        operation_id="getCodeList",
        tags=["Reference"],
        summary="One code list",
        responses=refusals(404),
    )
    async def get_codes(name: FromPath[str]) -> CodeList:
        if name not in CODE_LISTS:
            raise NotFound(f"There is no code list {name}; there are {', '.join(CODE_LISTS)}")
        return _code_list(name)

    @get("/rules", operation_id="listRules", tags=["Reference"], summary="Every rule, with its clause and reason")
    async def list_rules() -> list[RuleTold]:
        rules = [RuleTold(r.id, r.of.__name__, r.severity, r.clause, r.why) for r in RULES.values()]
        return rules + [RuleTold(code, "Part", "error", None, why) for code, why in SHAPE_FAULTS.items()]

    @get(
        "/schemas/{record_type:str}",
        operation_id="getSchema",
        tags=["Reference"],
        summary="The JSON Schema of a record type",
        responses=refusals(404),
    )
    async def get_schema(record_type: FromPath[str]) -> Response[bytes]:
        if record_type not in model:
            raise NotFound(f"There is no record type {record_type}; there are {', '.join(model)}")
        schema = msgspec.json.schema(model[record_type].struct)
        return Response(msgspec.json.encode(schema), media_type="application/schema+json")

    return [list_codes, get_codes, list_rules, get_schema]


def _code_list(name: str) -> CodeList:
    codes = CODE_LISTS[name]
    description = " ".join((codes.__doc__ or "").split())
    mine = [entry for entry in code_documents() if entry["list"] == name]
    entries = [{k: v for k, v in entry.items() if k not in ("list", "source")} for entry in mine]
    return CodeList(name, codes.source, description, entries)
