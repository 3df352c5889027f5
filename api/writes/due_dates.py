"""OMB sets a due date where the calendar tells it: the same as putting it among the due dates."""

from functools import cache
from typing import Any, cast, get_type_hints

import msgspec
from litestar import Request, Response, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from api.contract.paths import API
from api.http.bodies import BODY, json_body
from api.middleware.auth import bearer
from api.resources.records import refusing
from api.server.concurrency import in_turn
from api.writes.perform import asked_act, response
from api.writes.routes import NEW, WRITTEN, put_document
from inventory.calendar.fiscal import Clock
from inventory.ledger.store import Store
from inventory.records.registry import Document, RecordType
from inventory.schema.fields import Part
from inventory.writes.change import Change


@cache
def due_date_body(kind: RecordType) -> type[Part]:
    """The type of what is sent: a due date whose period the address tells."""
    hints = get_type_hints(kind.struct, include_extras=True)
    keys = {field.name for field in kind.shape.key}
    fields = [
        (field.name, hints[field.name]) for field in kind.shape.fields if field.required and field.name not in keys
    ]
    more = [(field.name, hints[field.name], None) for field in kind.shape.fields if not field.required]
    doc = {"__doc__": "A due date whose period the address tells."}
    made = msgspec.defstruct("CalendarDay", [*fields, *more], bases=(Part,), namespace=doc, frozen=True, kw_only=True)
    return cast("type[Part]", made)


def calendar_put_route(store: Store, kind: RecordType, now: Clock) -> HTTPRouteHandler:
    """The route that sets a due date."""

    @put(
        "/calendar/{period:str}",
        operation_id="putCalendarDay",
        tags=["Deadlines"],
        summary="Set a due date",
        description="As under `/due_dates`, where it is read; the parts of its period may be left out.",
        responses={200: WRITTEN, 201: NEW, **refusing(400, 401, 403, 404, 409, 412, 415, 422, 428)},
        opt={BODY: due_date_body(kind)},
        status_code=200,
    )
    async def put_day(request: Request[Any, Any, Any], period: FromPath[str]) -> Response[bytes]:
        bearer(request)
        raw = await json_body(request)
        asked = await asked_act(request, Change(record_type=kind.name, record_id=period, action=kind.saves.name))
        # There it is read: what the calendar tells is a year's.
        act = msgspec.structs.replace(asked, path=f"{API}/{kind.table}/{period}")
        raw = {**_parts(period), **raw} if isinstance(raw, dict) else raw
        return response(await in_turn(request, put_document, store, now, act, raw))

    return put_day


def _parts(period: str) -> Document:
    """The fields that the id of a due date is made of."""
    year, _, obligation = period.partition("-")
    return {"fiscal_year": int(year) if year.isascii() and year.isdigit() else year, "obligation": obligation}
