"""The routes of one record type: its list without filters, one of it, and its versions. The same for every type."""

import datetime
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, Parameter, QueryParameter
from litestar.response import Stream
from msgspec import Struct

from api.contract.media_types import PROBLEM
from api.http.caching import VARY, is_unchanged
from api.http.lists import For, Page, after_cursor, answer, list_name, list_type, whole_of
from api.http.parameters import one_of
from api.http.raw_json import StoredBytes
from api.http.representation import LISTED, Fields, current, telling
from api.http.state_filter import states_asked
from api.middleware.auth import asker
from api.middleware.problems import ProblemDetails
from api.server.concurrency import read_at_leisure, read_soon
from api.server.inline_reads import read_at_once
from catalog.index import Query
from catalog.search import Search
from inventory.access.feed import seen_acts, seen_version
from inventory.access.records import Shown, seen
from inventory.errors import NotFound
from inventory.ledger.as_of import position_on
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor
from inventory.records.registry import RecordType

AsOf = Annotated[datetime.date | None, Parameter(description="As public at the end of that day in Washington.")]
Limit = Annotated[int, Parameter(ge=1, le=1000, description="Records a page.")]
EVERY_STATE = "Every state in the asker's sight, if not said; what is not public needs a key."
Cursor = Annotated[str | None, Parameter(description="Where the page before ended: its `next`.")]


class Version(Struct, frozen=True, omit_defaults=True):
    """One act on a record. actor, note: of what the asker reaches. public_seq: null where it changed nothing public."""

    version: int
    action: str
    state: str
    recorded_at: str
    public_seq: int | None
    seq: int
    link: str
    actor: str | None = None
    note: str | None = None


class Versions(Struct, frozen=True):
    """The acts on a record in the asker's sight, oldest first."""

    items: list[Version]
    next: None = None


def refusing(*statuses: int) -> dict[int, ResponseSpec]:
    """The problems a route may answer with."""
    spec = ResponseSpec(ProblemDetails, media_type=PROBLEM, description="What is wrong")
    return dict.fromkeys(statuses, spec)


UNCHANGED = {304: ResponseSpec(None, description="Not modified")}


def list_responses(kind: RecordType) -> dict[int, ResponseSpec]:
    """What a list may answer; its other forms are described in `api/openapi/document.py`."""
    return {
        200: ResponseSpec(list_type(kind), description=f"A page of {kind.table}"),
        **UNCHANGED,
        **refusing(400, 401, 406),
    }


def record_routes(store: Store, kind: RecordType) -> list[HTTPRouteHandler]:
    """One record of a type, and its versions. Its list is a route of its own, for it may have filters."""
    name, path = kind.struct.__name__, record_path(kind)
    shown = {200: ResponseSpec(kind.struct, description=kind.shape.description)}

    def read(request: Request[Any, Any, Any], as_of: datetime.date | None) -> Response[bytes]:
        record_id = record_id_of(request, kind)
        if as_of is not None:
            return one(request, store, kind, public_on(store, asker(request), kind, record_id, as_of))
        return one(request, store, kind, seen(store, asker(request), kind, record_id))

    def read_public(request: Request[Any, Any, Any], store: Store) -> Response[bytes]:
        return one(request, store, kind, store.public(kind.name, record_id_of(request, kind)))

    @get(
        path,
        operation_id=f"get{name}",
        tags=[name],
        summary=f"One {kind.words}, as public",
        responses={**shown, **refusing(400, 404, 410), **UNCHANGED},
        opt={LISTED: kind},
    )
    async def get_one(
        request: Request[Any, Any, Any], fields: FromQuery[Fields] = None, as_of: FromQuery[AsOf] = None
    ) -> Response[bytes]:
        if as_of is None and asker(request) is None:
            return await read_at_once(request, partial(read_public, request))
        return await read_soon(partial(read, request, as_of))

    @get(
        f"{path}/versions",
        operation_id=f"list{name}Versions",
        tags=[name],
        summary=f"Every act on one {kind.words} in sight",
        responses={
            200: ResponseSpec(Versions, description="The acts"),
            **UNCHANGED,
            **refusing(400, 404, 406, 410),
        },
        sync_to_thread=True,
    )
    def list_versions(
        request: Request[Any, Any, Any], form: For = None, as_of: FromQuery[AsOf] = None
    ) -> Response[bytes]:
        acts = seen_acts(store, asker(request), kind, record_id_of(request, kind), position(store, as_of))
        return whole_of(request, [msgspec.convert(item.facts, Version) for item in acts], Version)

    @get(
        f"{path}/versions/{{version:int}}",
        operation_id=f"get{name}Version",
        tags=[name],
        summary=f"One {kind.words}, in one of its versions in sight",
        responses={**shown, **refusing(400, 404, 410), **UNCHANGED},
        opt={LISTED: kind},
        sync_to_thread=True,
    )
    def get_version(
        request: Request[Any, Any, Any],
        version: FromPath[int],
        fields: FromQuery[Fields] = None,
        as_of: FromQuery[AsOf] = None,
    ) -> Response[bytes]:
        actor, record_id = asker(request), record_id_of(request, kind)
        return one(request, store, kind, seen_version(store, actor, kind, record_id, version, position(store, as_of)))

    return [get_one, list_versions, get_version]


def list_route(store: Store, kind: RecordType, search: Search) -> HTTPRouteHandler:
    """The list of a record type that has no filters but its states."""
    InState = Annotated[
        str | None,
        QueryParameter(name="state", description=EVERY_STATE, schema_extra=one_of(kind.listed_states)),
    ]

    @get(
        f"/{kind.table}",
        operation_id=f"list{kind.struct.__name__}s",
        tags=[kind.struct.__name__],
        summary=f"Every {kind.words} in sight",
        responses=list_responses(kind),
        opt={LISTED: kind},
    )
    async def list_all(
        request: Request[Any, Any, Any],
        in_state: InState = None,
        fields: FromQuery[Fields] = None,
        form: For = None,
        cursor: FromQuery[Cursor] = None,
        limit: FromQuery[Limit] = 100,
        as_of: FromQuery[AsOf] = None,
    ) -> Response[bytes] | Stream:
        query = Query(record_type=kind.name, states=states_asked(request, kind, in_state))
        return await searched(request, store, search, query, cursor, limit, as_of)

    return list_all


def one(request: Request[Any, Any, Any], store: Store, kind: RecordType, found: Shown) -> Response[bytes]:
    """A record, or 304 where the client has it."""
    etag = tag(kind, found)
    headers = {"ETag": etag, "Psi-State": found.state, "Psi-Version": str(found.version), "Vary": VARY}
    if is_unchanged(request, etag):
        return Response(b"", status_code=304, headers=headers)
    if request.scope["query_string"]:
        return StoredBytes(telling(request, kind, store.model).line(found), headers=headers)
    return StoredBytes(current(kind, found), headers=headers)


def tag(kind: RecordType, found: Shown) -> str:
    """The tag of a record in the shape of today: after a new upcaster, it is not what a client has."""
    return found.etag if kind.schema_version == 1 else f'{found.etag[:-1]}.{kind.schema_version}"'


def listed(
    request: Request[Any, Any, Any], store: Store, kind: RecordType, page: Page, cursor: str | None, limit: int
) -> Response[bytes] | Stream:
    """A list in the form and with the fields that the client asks for."""
    return answer(request, telling(request, kind, store.model), page, after_cursor(list_name(request), cursor), limit)


async def searched(
    request: Request[Any, Any, Any],
    store: Store,
    search: Search,
    query: Query,
    cursor: str | None,
    limit: int,
    as_of: datetime.date | None,
) -> Response[bytes] | Stream:
    """A list of what fits a query, in the form the client asks for."""

    def look() -> Response[bytes] | Stream:
        upto, actor = position(store, as_of), asker(request)

        def page(after: str, most: int) -> Sequence[Shown]:
            return search.page(query, after, most, upto, actor)

        return listed(request, store, store.model[query.record_type], page, cursor, limit)

    # What was public on a day is in no index: one is made for whoever looks for something there.
    return await (read_soon(look) if as_of is None or query.asks_nothing else read_at_leisure(request, look))


def record_path(kind: RecordType) -> str:
    """The path of one record, its variable parts in braces."""
    return f"/{kind.table}/" + "/".join(f"{{{name}:str}}" for name in kind.id_segments)


def record_id_of(request: Request[Any, Any, Any], kind: RecordType) -> str:
    """The id of the record that a request is about."""
    return "/".join(str(request.path_params[name]) for name in kind.id_segments)


def public_on(store: Store, actor: Actor | None, kind: RecordType, record_id: str, day: datetime.date) -> Shown:
    """A record as public at the end of a day. Raises Withdrawn; NotFound, which tells of the day who sees it now."""
    try:
        return store.public(kind.name, record_id, position_on(store, day))
    except NotFound:
        seen(store, actor, kind, record_id)
        raise NotFound(f"{kind.name} {record_id} was not public on {day}") from None


def position(store: Store, day: datetime.date | None) -> int | None:
    """The public position that is asked about; None for now."""
    return None if day is None else position_on(store, day)
