"""OpenAPI 3.1, with component schemas that are msgspec's own."""

from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig

from api.health import Health
from api.ledgers import Changes, PublicEntry
from api.problems import ProblemDetails
from api.records import Version, Versions
from api.reference import CodeList, CodeLists, Rules, RuleTold
from inventory.ledger import ChainState
from inventory.record_types import Model

OPENAPI = OpenAPIConfig(title="Public Services Inventory", version="1", path="/openapi", render_plugins=[])
EDGE = (
    ProblemDetails,
    Version,
    Versions,
    CodeList,
    CodeLists,
    RuleTold,
    Rules,
    PublicEntry,
    Changes,
    ChainState,
    Health,
)


def components(model: Model) -> dict[str, Any]:
    """The component schemas, as msgspec states them."""
    types = [kind.struct for kind in model.values()]
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
    return schema
