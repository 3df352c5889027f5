"""Whether the service works, for whoever watches over it."""

import sqlite3
from pathlib import Path
from typing import Any

import structlog
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from api.problems import NO_DATABASE, RETRY, problem
from api.records import refusing
from datapackage.shelf import current_release
from inventory.store import Store

log = structlog.get_logger()


class Health(Struct, frozen=True):
    """That the service works. public_seq: how many public acts the ledger holds. release: the current one, if any."""

    status: str
    public_seq: int
    release: str | None


def health_route(store: Store, releases: Path) -> HTTPRouteHandler:
    """The route of the service's health."""

    @get(
        "/health",
        operation_id="getHealth",
        tags=["Health"],
        summary="Whether the service works",
        responses={200: ResponseSpec(Health, description="It works"), **refusing(503)},
    )
    async def health(request: Request[Any, Any, Any]) -> Response[Any]:
        try:
            # In a thread of its own: that many read is no sickness.
            return Response(await run_sync(look, limiter=own_thread))
        except (SQLAlchemyError, sqlite3.Error) as fault:
            log.error("database", error=str(fault))
            return problem(request, 503, NO_DATABASE, headers=RETRY)

    own_thread = CapacityLimiter(1)

    def look() -> Health:
        return Health("ok", store.chain().public_seq, current_release(releases))

    return health
