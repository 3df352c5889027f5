"""OpenAPI 3.1, with component schemas that are msgspec's own."""

from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from api.contract.media_types import CSV, JSON, NDJSON
from api.contract.messages import Imported, PublicEntry, Tried, Written
from api.http.lists import list_type
from api.middleware.problems import ProblemDetails
from api.openapi.operations import SCHEMES, bodies, headers, media, tags, tell
from api.resources.deadlines import Board, FiscalCalendar
from api.resources.denied_writes import Refusals
from api.resources.health import Health
from api.resources.index import Route, Routes, Schemas, SchemaTold
from api.resources.keys import KeyRotation, Keys, KeyWanted
from api.resources.ledger import Changes
from api.resources.records import Version, Versions
from api.resources.reference import CodeList, CodeLists, Rules, RuleTold
from api.resources.scores import ScoreList
from api.writes.action_bodies import acts_of, sent_body
from api.writes.due_dates import due_date_body
from inventory.access.api_keys import Issued
from inventory.calendar.due_dates import Dated
from inventory.ledger.chain import ChainState
from inventory.records.registry import Model
from inventory.reports.board import Owed

FORMS = {
    NDJSON: {
        "type": "string",
        "description": "One item a line, as JSON; where there are pages, all that follow the cursor.",
    },
    CSV: {"type": "string", "description": "The main table; where there are pages, all that follow the cursor."},
}
INFO = {
    "description": "The federal public services inventory: what is public is read without a key, what is written needs "
    "one. Errors are problem details (RFC 9457). Every answer bears X-Request-Id, and RateLimit-Limit, -Remaining and "
    "-Reset where requests are counted.",
    "license": {"name": "CC0 1.0", "identifier": "CC0-1.0"},
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
    Written,
    Tried,
    Imported,
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
    records = [type_ for kind in model.values() for type_ in (kind.struct, list_type(kind))]
    acts = [sent_body(kind, action) for kind in model.values() for action in acts_of(kind)]
    acts += [due_date_body(kind) for kind in model.values() if kind.name == "due_date"]
    _, schemas = msgspec.json.schema_components([*records, *acts, *EDGE], ref_template="#/components/schemas/{name}")
    return schemas


def openapi_route(model: Model, public_url: str) -> HTTPRouteHandler:
    """The route of the description."""

    @get("/openapi.json", operation_id="getOpenapi", include_in_schema=False)
    async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(_encoded(request.app, model, public_url), media_type=JSON)

    return openapi


def described(app: Litestar, model: Model, public_url: str) -> Any:
    """The description as it is read."""
    return msgspec.json.decode(_encoded(app, model, public_url))


def _encoded(app: Litestar, model: Model, public_url: str) -> bytes:
    if "openapi" not in app.state:
        app.state["openapi"] = msgspec.json.encode(description(app, model, public_url))
    return bytes(app.state["openapi"])


def description(app: Litestar, model: Model, public_url: str) -> dict[str, Any]:
    """The whole description of the API, as people reach it."""
    schema = app.openapi_schema.to_schema()
    schema["info"] |= INFO
    schema["servers"], schema["tags"] = [{"url": public_url}], tags(model)
    told = schema.setdefault("components", {})
    told.setdefault("schemas", {}).update(components(model))
    told["securitySchemes"], told["headers"] = SCHEMES, headers()
    taken, files = bodies(app), media(app)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            if "406" in operation["responses"]:
                operation["responses"]["200"]["content"] |= {form: {"schema": FORMS[form]} for form in FORMS}
            name = operation["operationId"]
            tell(path, method, operation, taken.get(name, ()), files.get(name, ()), told["schemas"])
    return schema
