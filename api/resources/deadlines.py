"""Deadlines over HTTP: the calendar of a fiscal year, and the board of who owes what. In Washington days."""

import re
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, Parameter
from msgspec import Struct

from api.http.lists import For, whole
from api.http.parameters import A_SPAN, AN_ID, of_form
from api.resources.records import UNCHANGED, AsOf, position, refusing
from datapackage.packages.derived_tables import release_tables
from datapackage.tables.rows import rows
from inventory.calendar.due_dates import Dated, calendar
from inventory.calendar.fiscal import Clock, period_of, washington_day
from inventory.errors import NotFound
from inventory.ledger.store import Store
from inventory.records.documents import document
from inventory.reports.board import SPANS, Owed, board, set_days, span
from inventory.schema.scalars import YEARS


class FiscalCalendar(Struct, frozen=True):
    """All that falls due in a fiscal year."""

    items: list[Dated]
    next: None = None


class Board(Struct, frozen=True):
    """Who owes what, as the public may know."""

    items: list[Owed]
    next: None = None


Spanning = Annotated[
    str | None,
    Parameter(description=f"{SPANS}; the quarter that ended last, if not said.", schema_extra=of_form(A_SPAN)),
]
ByProvider = Annotated[str | None, Parameter(description="Id of a provider.", schema_extra=of_form(AN_ID))]


def deadline_routes(store: Store, now: Clock) -> list[HTTPRouteHandler]:
    """The routes of calendar and board."""
    table = release_tables(store.model)["calendar"]

    @get(
        "/calendar/{period:str}",
        operation_id="getCalendar",
        tags=["Deadlines"],
        summary="What falls due in a fiscal year, and when",
        responses={
            200: ResponseSpec(FiscalCalendar, description="The calendar"),
            **UNCHANGED,
            **refusing(400, 404, 406),
        },
        sync_to_thread=True,
    )
    def get_calendar(
        request: Request[Any, Any, Any], period: FromPath[str], form: For = None, as_of: FromQuery[AsOf] = None
    ) -> Response[bytes]:
        # One path has one name, and a due date is put under its quarter or other obligation: `api/writes/due_dates.py`.
        fiscal_year = int(period) if re.fullmatch(r"[0-9]{4}", period) else 0
        if fiscal_year not in YEARS:
            raise NotFound(f"There is no calendar of {period}; there are those of {YEARS[0]} to {YEARS[-1]}")
        items = calendar(fiscal_year, set_days(store, position(store, as_of)))
        cells = [row for item in items for _, row in rows(table, document(item))]
        return whole(request, items, [[column.name for column in table.columns], *cells])

    @get(
        "/board",
        operation_id="getBoard",
        tags=["Deadlines"],
        summary="Who owes what, judged by what is public",
        responses={200: ResponseSpec(Board, description="The board"), **UNCHANGED, **refusing(400, 406)},
        sync_to_thread=True,
    )
    def get_board(
        request: Request[Any, Any, Any],
        period: FromQuery[Spanning] = None,
        provider: FromQuery[ByProvider] = None,
        form: For = None,
        as_of: FromQuery[AsOf] = None,
    ) -> Response[bytes]:
        today = as_of or washington_day(now())
        asked = span(str(period_of(today).previous) if period is None else period)
        upto = position(store, as_of)
        # A `period` was looked at before: only of a day centuries ago is there no quarter that ended last.
        items = [] if asked is None else board(store, asked, today, provider_id=provider, upto=upto)
        cells = [list(msgspec.to_builtins(item).values()) for item in items]
        return whole(request, items, [Owed.__struct_fields__, *cells])

    return [get_calendar, get_board]
