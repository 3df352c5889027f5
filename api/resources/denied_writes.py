"""The list of attempts at writes that were refused, for who administers keys."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery
from litestar.response import Stream
from msgspec import Struct

from api.contract.media_types import CSV, EXCEL, NDJSON
from api.http.lists import NO_CURSOR, For, accepted, after_cursor, chosen, csv_lines, list_name, paged, streamed
from api.http.lists import cursor as cursor_at
from api.middleware.auth import bearer
from api.resources.records import UNCHANGED, Cursor, Limit, refusing
from api.server.concurrency import read_soon
from inventory.access.denied_writes import NEWEST, Refusal, numbered
from inventory.errors import Unreadable
from inventory.ledger.store import Store


class Refusals(Struct, frozen=True):
    """A page of the attempts at writes that were refused, newest first."""

    items: list[Refusal]
    next: str | None


def refusal_route(store: Store) -> HTTPRouteHandler:
    """The route of the list."""

    @get(
        "/refusals",
        operation_id="listRefusals",
        tags=["Keys"],
        summary="The attempts at writes that were refused, newest first",
        responses={
            200: ResponseSpec(Refusals, description="The attempts"),
            **UNCHANGED,
            **refusing(400, 401, 403, 406),
        },
    )
    async def list_refusals(
        request: Request[Any, Any, Any],
        form: For = None,
        cursor: FromQuery[Cursor] = None,
        limit: FromQuery[Limit] = 100,
    ) -> Response[bytes] | Stream:
        attempts = numbered(store, bearer(request).actor, _number(after_cursor(list_name(request), cursor)))
        return await read_soon(partial(_refused, request, attempts, limit))

    return list_refusals


def _number(after: str) -> int:
    """The number of the attempt at which a page ended. Raises Unreadable."""
    if not after:
        return NEWEST
    if not re.fullmatch("[0-9]{1,10}", after) or int(after) > NEWEST:
        raise Unreadable(NO_CURSOR)
    return int(after)


def _refused(
    request: Request[Any, Any, Any], attempts: Iterator[tuple[int, Refusal]], limit: int
) -> Response[bytes] | Stream:
    """Refused attempts in the form the client asks for: JSON by the page, the others all of them. Raises NotOffered."""
    form = chosen(accepted(request))
    if form == NDJSON:
        return streamed(request, form, (msgspec.json.encode(one) + b"\n" for _, one in attempts))
    if form in (CSV, EXCEL):
        fields = Refusal.__struct_fields__
        grid = chain([fields], ([getattr(one, field) for field in fields] for _, one in attempts))
        return streamed(request, form, csv_lines(grid, form))
    page = list(islice(attempts, limit + 1))
    following = cursor_at(list_name(request), str(page[limit - 1][0])) if len(page) > limit else None
    return paged(request, [msgspec.json.encode(one) for _, one in page[:limit]], following, limit)
