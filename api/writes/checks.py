"""Dry runs: a document is checked as if it were kept, and nothing is."""

from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, Parameter

from api.contract.answer_bounds import Room
from api.contract.media_types import JSON
from api.contract.messages import Tried
from api.http.bodies import BODY, json_body
from api.http.parameters import one_of
from api.middleware.auth import bearer
from api.resources.records import refusing
from api.server.concurrency import read_soon
from inventory.calendar.fiscal import Clock
from inventory.errors import NotFound
from inventory.ledger.store import Store
from inventory.problems import errors
from inventory.records.registry import INVENTORY
from inventory.writes.writer import dry_run

ACTIONS = sorted({action.name for kind in INVENTORY.values() for action in kind.actions if action.checked})
"""The actions that look whether a record has errors."""


ForAction = Annotated[
    str | None,
    Parameter(
        description="The action that it is checked for; kept as a draft, if not said.", schema_extra=one_of(ACTIONS)
    ),
]


def check_route(store: Store, now: Clock) -> HTTPRouteHandler:
    """The route of dry runs."""

    @post(
        "/checks/{record_type:str}",
        operation_id="checkRecord",
        tags=["Checks"],
        summary="Tell every problem of a document, and keep nothing",
        responses={200: ResponseSpec(Tried, description="Every problem"), **refusing(400, 401, 404, 413, 415)},
        opt={BODY: tuple(kind.struct for kind in store.model.values())},
        status_code=200,
    )
    async def check_one(
        request: Request[Any, Any, Any], record_type: FromPath[str], action: FromQuery[ForAction] = None
    ) -> Response[bytes]:
        key = bearer(request)
        if record_type not in store.model:
            raise NotFound(f"There is no record type {record_type}; there are {', '.join(store.model)}")
        raw = await json_body(request)
        found = await read_soon(partial(dry_run, store, key.actor, now, record_type, raw, action or ""))
        blocking, room = len(errors(found.problems)), Room()
        tried = Tried(
            record_type=record_type,
            errors=blocking,
            warnings=len(found.problems) - blocking,
            normalized=found.normalized,
            problems=room.take_problems("problems", found.problems),
            left_out=room.left_out,
        )
        return Response(msgspec.json.encode(tried), media_type=JSON)

    return check_one
