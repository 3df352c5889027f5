"""OpenAPI 3.1, with component schemas that are msgspec's own."""

from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from api.deadlines import Board, FiscalCalendar
from api.health import Health
from api.index import API, Route, Routes, Schemas, SchemaTold
from api.keys import KeyRotation, Keys, KeyWanted, Refusals
from api.ledgers import Changes
from api.lists import list_type
from api.media import CSV, NDJSON
from api.outcomes import PublicEntry
from api.problems import ProblemDetails
from api.records import Version, Versions
from api.reference import CodeList, CodeLists, Rules, RuleTold
from api.scores import ScoreList
from inventory.board import Owed
from inventory.due_dates import Dated
from inventory.keys import Issued
from inventory.ledger import ChainState
from inventory.record_types import Model

FORMS = {
    NDJSON: {
        "type": "string",
        "description": "One item a line, as JSON; where there are pages, all that follow the cursor.",
    },
    CSV: {"type": "string", "description": "The main table; where there are pages, all that follow the cursor."},
}
EDGE = (
    ProblemDetails,
    Version,
    Versions,
    CodeList,
    CodeLists,
    RuleTold,
    Rules,
    ScoreList,
    Route,
    Routes,
    SchemaTold,
    Schemas,
    PublicEntry,
    Changes,
    ChainState,
    FiscalCalendar,
    Board,
    Dated,
    Owed,
    Health,
    Keys,
    KeyWanted,
    KeyRotation,
    Issued,
    Refusals,
)


def _nowhere(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    raise NotFoundException()


# Litestar cannot be kept from adding pages of its own, which load scripts from elsewhere; nobody comes to them.
OPENAPI = OpenAPIConfig(
    title="Public Services Inventory",
    version="1",
    openapi_router=Router("/openapi", route_handlers=[], include_in_schema=False, guards=[_nowhere]),
    render_plugins=[JsonRenderPlugin()],
)


def components(model: Model) -> dict[str, Any]:
    """The component schemas, as msgspec states them."""
    types = [type_ for kind in model.values() for type_ in (kind.struct, list_type(kind))]
    _, schemas = msgspec.json.schema_components([*types, *EDGE], ref_template="#/components/schemas/{name}")
    return schemas


def openapi_route(model: Model, public_url: str) -> HTTPRouteHandler:
    """The route of the description."""
    made: list[bytes] = []

    @get("/openapi.json", operation_id="getOpenapi", include_in_schema=False)
    async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
        if not made:
            made.append(msgspec.json.encode(description(request.app, model, public_url)))
        return Response(made[0], media_type="application/json")

    return openapi


def description(app: Litestar, model: Model, public_url: str) -> dict[str, Any]:
    """The whole description of the API, as people reach it."""
    schema = app.openapi_schema.to_schema()
    schema["servers"] = [{"url": public_url}]
    schema.setdefault("components", {}).setdefault("schemas", {}).update(components(model))
    beside = ("codes", "rules", "board", "scores", "calendar/{period}")
    lists = {f"/api/v1/{name}" for name in (*(kind.table for kind in model.values()), *beside)}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            if path in lists or path in (API, f"{API}/schemas"):
                answers["200"]["content"] |= {form: {"schema": FORMS[form]} for form in FORMS}
            if path.startswith("/api/"):
                answers.setdefault("400", _refusal("What is wrong with the parameters"))
                answers.setdefault("429", _refusal("Asked too often; Retry-After says when to ask again"))
            if method in ("put", "post"):
                answers.setdefault("408", _refusal("The body did not arrive in time"))
                answers.setdefault("413", _refusal("The body is too large"))
                answers.setdefault("503", _refusal("It was not begun; Retry-After says when to send it again"))
    return schema


def _refusal(description: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    return {"description": description, "content": {"application/problem+json": problem}}
