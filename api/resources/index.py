"""What the API has: its routes, and the schemas it serves."""

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from msgspec import Struct

from api.contract.paths import API
from api.http.lists import whole_of
from api.resources.records import UNCHANGED, refusing
from inventory.records.registry import Model

METHODS = ("get", "put", "post")


class Route(Struct, frozen=True):
    """An operation: its method, its path with variable parts in braces, and what it does."""

    method: str
    path: str
    summary: str


class Routes(Struct, frozen=True):
    """Every operation of the API."""

    items: list[Route]
    next: None = None


class SchemaTold(Struct, frozen=True):
    """A record type, what it is, and where its JSON Schema is."""

    record_type: str
    description: str
    path: str


class Schemas(Struct, frozen=True):
    """The schema of every record type."""

    items: list[SchemaTold]
    next: None = None


def index_routes(model: Model) -> list[HTTPRouteHandler]:
    """The routes that say what there is."""

    @get(
        "/",
        operation_id="getIndex",
        tags=["Reference"],
        summary="What the API has",
        responses={200: ResponseSpec(Routes, description="Every operation"), **UNCHANGED, **refusing(406)},
    )
    async def index(request: Request[Any, Any, Any]) -> Response[bytes]:
        return whole_of(request, _routes(request), Route)

    @get(
        "/schemas",
        operation_id="listSchemas",
        tags=["Reference"],
        summary="The schema of every record type",
        responses={200: ResponseSpec(Schemas, description="The schemas"), **UNCHANGED, **refusing(406)},
    )
    async def list_schemas(request: Request[Any, Any, Any]) -> Response[bytes]:
        schemas = [
            SchemaTold(kind.name, kind.shape.description, f"{API}/schemas/{kind.name}") for kind in model.values()
        ]
        return whole_of(request, schemas, SchemaTold)

    return [index, list_schemas]


def _routes(request: Request[Any, Any, Any]) -> list[Route]:
    paths = sorted((request.app.openapi_schema.paths or {}).items())
    asked = [
        (method, path, getattr(item, method)) for path, item in paths if path.startswith(API) for method in METHODS
    ]
    return [Route(method.upper(), path, one.summary or "") for method, path, one in asked if one is not None]
