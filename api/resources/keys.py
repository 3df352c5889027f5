"""Keys over HTTP, for who administers them."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath
from msgspec import Struct

from api.contract.media_types import JSON
from api.http.bodies import BODY, json_body
from api.http.lists import For, whole_of
from api.middleware.auth import bearer
from api.resources.records import UNCHANGED, refusing
from api.server.concurrency import in_turn, read_soon
from inventory.access.api_keys import DAYS, FOR_DAYS, LONGEST, Issued, Key, Wanted, issue, keys, revoke, rotate
from inventory.calendar.fiscal import Clock
from inventory.errors import Invalid, Unreadable
from inventory.ledger.store import Store
from inventory.problems import Problem
from inventory.records.lifecycle import GRANTS, Role
from inventory.schema.fields import Part, about, shape
from inventory.schema.scalars import Line, Slug
from inventory.validation.check import shape_faults
from inventory.validation.shape_problems import fault

ROLES = ", ".join(sorted(GRANTS[Role.OPERATOR]))
Days = Annotated[int, msgspec.Meta(ge=1, le=LONGEST)]
READ, ACTED = (401, 403, 406), (400, 401, 403, 404, 413, 415, 422)


class KeyWanted(Part, frozen=True, kw_only=True):
    """A key that is asked for."""

    holder: Annotated[Line, about("Holder", "The person who is to hold it, by name.")]
    role: Annotated[Line, about("Role", f"What it may do: {ROLES}.")]
    organization_id: Annotated[
        Slug | None, about("Organization", "It reaches this organization and those below it.")
    ] = None
    days: Annotated[Days, about("Days", f"{FOR_DAYS}.")] = DAYS


class KeyRotation(Part, frozen=True, kw_only=True):
    """What may be said of the key that takes the place of one."""

    days: Annotated[Days | None, about("Days", f"{FOR_DAYS}. As many as the old key, if not said.")] = None


class Keys(Struct, frozen=True):
    """The keys that an administrator may end, oldest first."""

    items: list[Key]
    next: None = None


def key_routes(store: Store, now: Clock) -> list[HTTPRouteHandler]:
    """The routes of keys."""

    @get(
        "/keys",
        operation_id="listKeys",
        tags=["Keys"],
        summary="The keys that you may end",
        responses={200: ResponseSpec(Keys, description="The keys"), **UNCHANGED, **refusing(*READ)},
    )
    async def list_keys(request: Request[Any, Any, Any], form: For = None) -> Response[bytes]:
        return whole_of(request, await read_soon(partial(keys, store, bearer(request).actor)), Key)

    @post(
        "/keys",
        operation_id="issueKey",
        tags=["Keys"],
        summary="Issue a key, never above your own role or reach; it is told this once",
        responses={201: ResponseSpec(Issued, description="The key, with its secret"), **refusing(*ACTED)},
        opt={BODY: KeyWanted},
    )
    async def issue_key(request: Request[Any, Any, Any]) -> Response[bytes]:
        actor, sent = bearer(request).actor, await _sent(request, KeyWanted)
        wanted = Wanted(holder=sent.holder, role=Role(sent.role), organization_id=sent.organization_id, days=sent.days)
        return _answer(await in_turn(request, issue, store, actor, now, wanted), 201)

    @post(
        "/keys/{key_id:str}/rotate",
        operation_id="rotateKey",
        tags=["Keys"],
        summary="Put a new key in the place of one, which opens nothing more",
        responses={201: ResponseSpec(Issued, description="The new key, with its secret"), **refusing(409, *ACTED)},
        opt={BODY: KeyRotation},
    )
    async def rotate_key(request: Request[Any, Any, Any], key_id: FromPath[str]) -> Response[bytes]:
        actor, sent = bearer(request).actor, await _sent(request, KeyRotation)
        return _answer(await in_turn(request, rotate, store, actor, now, key_id, sent.days), 201)

    @post(
        "/keys/{key_id:str}/revoke",
        operation_id="revokeKey",
        tags=["Keys"],
        summary="Let a key open nothing from now on",
        responses={200: ResponseSpec(Key, description="The key, as it ended"), **refusing(400, 401, 403, 404)},
        status_code=200,
    )
    async def revoke_key(request: Request[Any, Any, Any], key_id: FromPath[str]) -> Response[bytes]:
        _told_once(request)
        return _answer(await in_turn(request, revoke, store, bearer(request).actor, now, key_id))

    return [list_keys, issue_key, rotate_key, revoke_key]


async def _sent(request: Request[Any, Any, Any], type_: Any) -> Any:
    """What is sent, as that type. Raises Invalid, naming everything that is wrong."""
    _told_once(request)
    body = await json_body(request, needed=type_ is KeyWanted)
    return await to_thread.run_sync(_read_as, type_, {} if body is None else body)


def _read_as(type_: Any, body: Any) -> Any:
    if faults := [*shape_faults(shape(type_), body), *_no_role(body)]:
        raise Invalid("No key was made: something else has to be sent", faults)
    return msgspec.convert(body, type_)


def _no_role(body: Any) -> Iterator[Problem]:
    role = body.get("role") if isinstance(body, dict) else None
    if isinstance(role, str) and role not in GRANTS[Role.OPERATOR]:
        yield fault("unknown-code", "/role", None, role, expected=f"one of {ROLES}")


def _told_once(request: Request[Any, Any, Any]) -> None:
    if "idempotency-key" in request.headers:
        raise Unreadable("Here no Idempotency-Key is taken: a key is told once, and to keep the answer would keep it")


def _answer(value: Any, status: int = 200) -> Response[bytes]:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(value), status_code=status, media_type=JSON, headers=headers)
