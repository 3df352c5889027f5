"""The routes that write: one to put a record of each type, and one for each other action of its lifecycle."""

from typing import Any

from anyio.to_thread import run_sync
from litestar import Request, Response, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec

from api.contract.messages import Written
from api.http.bodies import BODY, json_body
from api.middleware.auth import bearer
from api.resources.records import record_id_of, record_path, refusing
from api.server.concurrency import in_turn
from api.writes.action_bodies import DOCUMENT, acts_of, change_asked, sent_body
from api.writes.perform import Act, asked_act, carry_out, response, with_document
from inventory.access.api_keys import Key
from inventory.calendar.fiscal import Clock
from inventory.ledger.store import Store
from inventory.records.lifecycle import Action
from inventory.records.registry import RecordType
from inventory.writes.change import Change
from inventory.writes.idempotency import Answer

WRITTEN = ResponseSpec(Written, description="It is kept: the receipt, and what is still wrong with the record")
NEW = ResponseSpec(Written, description="It is new and kept: the receipt, and what is still wrong with the record")


def write_routes(store: Store, kind: RecordType, now: Clock) -> list[HTTPRouteHandler]:
    """What may be written of a type of record."""
    return [_put_route(store, kind, now), *(_act_route(store, kind, action, now) for action in acts_of(kind))]


def _put_route(store: Store, kind: RecordType, now: Clock) -> HTTPRouteHandler:
    @put(
        record_path(kind),
        operation_id=f"put{kind.struct.__name__}",
        tags=[kind.struct.__name__],
        summary=f"Keep {kind.one} as it is sent",
        description=_put_words(kind),
        responses={200: WRITTEN, 201: NEW, **refusing(400, 401, 403, 404, 409, 412, 415, 422, 428)},
        opt={BODY: kind.struct},
        status_code=200,
    )
    async def put_one(request: Request[Any, Any, Any]) -> Response[bytes]:
        key, record_id = bearer(request), record_id_of(request, kind)
        action, raw = _keeping(kind, key), await json_body(request)
        change = Change(record_type=kind.name, record_id=record_id, action=action.name)
        act = await asked_act(request, change)
        return response(await in_turn(request, put_document, store, now, act, raw))

    return put_one


def put_document(store: Store, now: Clock, act: Act, raw: Any) -> Answer:
    """Keep a record as it is sent, from the version that the request says."""
    return carry_out(store, now, with_document(store, now, act, raw), must_say_base=True)


def _act_route(store: Store, kind: RecordType, action: Action, now: Clock) -> HTTPRouteHandler:
    name = kind.struct.__name__

    @post(
        f"{record_path(kind)}/{action.name}",
        operation_id=f"{action.name}{name}",
        tags=[name],
        summary=f"{action.name.capitalize()} {kind.one}",
        responses={200: WRITTEN, **refusing(400, 401, 403, 404, 409, 410, 412, 415, 422)},
        opt={BODY: sent_body(kind, action)},
        status_code=200,
    )
    async def act_on_one(request: Request[Any, Any, Any]) -> Response[bytes]:
        bearer(request)
        sent = await json_body(request, needed=False)
        change = await run_sync(change_asked, kind, action, record_id_of(request, kind), sent)
        act = await asked_act(request, change)
        return response(await in_turn(request, _act, store, now, act, sent or {}))

    return act_on_one


def _act(store: Store, now: Clock, act: Act, sent: dict[str, Any]) -> Answer:
    if DOCUMENT in sent:
        act = with_document(store, now, act, sent[DOCUMENT])
    return carry_out(store, now, act)


def _keeping(kind: RecordType, key: Key) -> Action:
    """Saving, for those who may; for others who may propose, proposing."""
    proposes = kind.proposes
    if proposes is not None and key.role not in kind.saves.roles and key.role in proposes.roles:
        return proposes
    return kind.saves


def _put_words(kind: RecordType) -> str:
    words = f"If-Match says from which version it was made, unless it is new. It is then {kind.saves.to_state}."
    if kind.proposes is not None:
        words += f" Of those who may not save but propose {kind.one}, it is {kind.proposes.to_state}."
    return words
