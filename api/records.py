"""The routes of one record type: its list without filters, one of it, and its versions. The same for every type."""

import datetime
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, Parameter
from litestar.response import Stream
from msgspec import Struct

from api.auth import asker
from api.headers import VARY, is_unchanged
from api.lists import Page, accepted, after_cursor, answer, current, list_type
from api.problems import ProblemDetails
from api.stored_bytes import StoredBytes
from catalog.index import Query
from catalog.search import Search
from inventory.engines import is_remote
from inventory.errors import NotFound
from inventory.ledger import Entry
from inventory.public_reads import position_on, public_page_at
from inventory.record_types import RecordType
from inventory.sight import Shown, seen
from inventory.store import Published, Store

AsOf = Annotated[datetime.date | None, Parameter(description="As public at the end of that day in Washington.")]
Limit = Annotated[int, Parameter(ge=1, le=1000, description="Records a page.")]
Cursor = Annotated[str | None, Parameter(description="Where the page before ended: its `next`.")]


class Version(Struct, frozen=True):
    """One public act on a record."""

    version: int
    action: str
    state: str
    recorded_at: str
    public_seq: int
    seq: int
    link: str


class Versions(Struct, frozen=True):
    """The public acts on a record, oldest first."""

    items: list[Version]
    next: None = None


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """The problems a route may answer with."""
    spec = ResponseSpec(ProblemDetails, media_type="application/problem+json", description="What is wrong")
    return dict.fromkeys(statuses, spec)


def list_responses(kind: RecordType) -> dict[int, ResponseSpec]:
    """What a list may answer; its other forms are described in `openapi.py`."""
    return {200: ResponseSpec(list_type(kind), description=f"A page of {kind.table}"), **refusals(400, 406)}


def record_routes(store: Store, kind: RecordType) -> list[HTTPRouteHandler]:
    """One record of a type, and its versions. Its list is a route of its own, for it may have filters."""
    name, path = kind.struct.__name__, record_path(kind)
    shown = {200: ResponseSpec(kind.struct, description=kind.shape.description)}

    def read(request: Request[Any, Any, Any], as_of: datetime.date | None) -> Response[bytes]:
        record_id = record_id_of(request, kind)
        if as_of is not None:
            return one(request, kind, store.public(kind.name, record_id, position(store, as_of)))
        return one(request, kind, seen(store, asker(request), kind, record_id))

    @get(
        path,
        operation_id=f"get{name}",
        tags=[name],
        summary=f"One {kind.name}, as public",
        responses={**shown, **refusals(400, 404, 410), 304: ResponseSpec(None, description="Not modified")},
    )
    async def get_one(request: Request[Any, Any, Any], as_of: FromQuery[AsOf] = None) -> Response[bytes]:
        # The one read that is quicker than to hand it to a thread; every other one would hold up whoever else asks.
        if as_of is None and not is_remote(store.engine):
            return read(request, None)
        return await run_sync(read, request, as_of)

    @get(
        f"{path}/versions",
        operation_id=f"list{name}Versions",
        tags=[name],
        summary=f"Every public act on one {kind.name}",
        responses=refusals(400, 404, 410),
        sync_to_thread=True,
    )
    def list_versions(request: Request[Any, Any, Any]) -> Versions:
        record_id = record_id_of(request, kind)
        store.public(kind.name, record_id)
        return Versions([_version(entry) for entry in store.log(kind.name, record_id) if entry.public_seq])

    @get(
        f"{path}/versions/{{version:int}}",
        operation_id=f"get{name}Version",
        tags=[name],
        summary=f"One {kind.name}, in one of its public versions",
        responses={**shown, **refusals(400, 404, 410), 304: ResponseSpec(None, description="Not modified")},
        sync_to_thread=True,
    )
    def get_version(request: Request[Any, Any, Any], version: FromPath[int]) -> Response[bytes]:
        record_id = record_id_of(request, kind)
        numbers = [e.public_seq for e in store.log(kind.name, record_id) if e.public_seq and e.version == version]
        if not numbers:
            raise NotFound(f"There is no public version {version} of {kind.name} {record_id}")
        return one(request, kind, store.public(kind.name, record_id, numbers[-1]))

    return [get_one, list_versions, get_version]


def list_route(store: Store, kind: RecordType) -> HTTPRouteHandler:
    """The list of a record type that has no filters."""
    states = sorted(kind.public_states)

    @get(
        f"/{kind.table}",
        operation_id=f"list{kind.struct.__name__}s",
        tags=[kind.struct.__name__],
        summary=f"Every public {kind.name}",
        responses=list_responses(kind),
        sync_to_thread=True,
    )
    def list_all(
        request: Request[Any, Any, Any],
        cursor: FromQuery[Cursor] = None,
        limit: FromQuery[Limit] = 100,
        as_of: FromQuery[AsOf] = None,
    ) -> Response[bytes] | Stream:
        upto = position(store, as_of)

        def page(after: str, most: int) -> list[Published]:
            if upto is None:
                return store.public_page(kind.name, states, after, most)
            return public_page_at(store, kind.name, upto, after, most)

        return listed(request, store, kind, page, cursor, limit)

    return list_all


def one(request: Request[Any, Any, Any], kind: RecordType, found: Shown) -> Response[bytes]:
    """A record, or 304 where the client has it."""
    etag = tag(kind, found)
    headers = {"ETag": etag, "Psi-State": found.state, "Psi-Version": str(found.version), "Vary": VARY}
    if is_unchanged(request, etag):
        return Response(b"", status_code=304, headers=headers)
    return StoredBytes(current(kind, found), headers=headers)


def tag(kind: RecordType, found: Shown) -> str:
    """The tag of a record in the shape of today: after a new upcaster, it is not what a client has."""
    return found.etag if kind.schema_version == 1 else f'{found.etag[:-1]}.{kind.schema_version}"'


def listed(
    request: Request[Any, Any, Any], store: Store, kind: RecordType, page: Page, cursor: str | None, limit: int
) -> Response[bytes] | Stream:
    """A list in the form the client asks for."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name not in ("cursor", "limit")]
    query = "".join(f"{_quoted(name)}={_quoted(value)}&" for name, value in asked)
    path = f"{request.url.path}?{query}"
    return answer(accepted(request), kind, store.model, page, after_cursor(cursor), limit, path)


def searched(
    request: Request[Any, Any, Any],
    store: Store,
    search: Search,
    query: Query,
    cursor: str | None,
    limit: int,
    as_of: datetime.date | None,
) -> Response[bytes] | Stream:
    """A list of what fits a query, in the form the client asks for."""
    upto = position(store, as_of)

    def page(after: str, most: int) -> list[Published]:
        return search.page(query, after, most, upto)

    return listed(request, store, store.model[query.record_type], page, cursor, limit)


def record_path(kind: RecordType) -> str:
    """The path of one record, its variable parts in braces."""
    return f"/{kind.table}/" + "/".join(f"{{{name}:str}}" for name in kind.id_segments)


def record_id_of(request: Request[Any, Any, Any], kind: RecordType) -> str:
    """The id of the record that a request is about."""
    return "/".join(str(request.path_params[name]) for name in kind.id_segments)


def position(store: Store, day: datetime.date | None) -> int | None:
    """The public position that is asked about; None for now."""
    return None if day is None else position_on(store, day)


def _version(entry: Entry) -> Version:
    return msgspec.convert(msgspec.structs.asdict(entry), Version)


def _quoted(text: str) -> str:
    return quote(text, safe="")
