"""Whether the service works, for whoever watches over it."""

import datetime
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import structlog
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from api.middleware.problems import NO_DATABASE, RETRY, problem
from api.resources.records import refusing
from api.server.missing_entries import missing_entries, remedy
from api.server.settings import Settings
from datapackage.releases.directory import current_release
from inventory.calendar.fiscal import Clock
from inventory.ledger.clock_drift import A_DAY, LOOK_CLOSER, REMEDY, UNREADABLE, drift, span
from inventory.ledger.store import Store

log = structlog.get_logger()


class Health(Struct, frozen=True, omit_defaults=True):
    """The state of the service: ok, or degraded where an operator has something to do.

    public_seq: how many public acts the ledger holds. release: the current one, if any. notes: what happened and what
    to do, where the service is degraded.
    """

    status: str
    public_seq: int
    release: str | None
    notes: tuple[str, ...] = ()


def uptime() -> float:
    """Return seconds by a clock that nobody sets; on Linux it runs on while the machine sleeps."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class ClockWatch:
    """The clock of this process since its start, compared with one that nobody sets."""

    def __init__(self, now: Clock, elapsed: Callable[[], float] = uptime) -> None:
        self._now, self._elapsed = now, elapsed
        self._began = now(), elapsed()

    def notes(self, recorded_at: str) -> tuple[str, ...]:
        """Return what is wrong with the clock, or with the newest entry by the clock, and what to do."""
        now, (began, was) = self._now(), self._began
        jump = now - began - datetime.timedelta(seconds=self._elapsed() - was)
        found, notes = drift(recorded_at, now), []
        if abs(jump) > A_DAY:
            way = "forward" if jump > datetime.timedelta() else "back"
            notes.append(
                f"The clock of this machine jumped {way} by {span(abs(jump))} while the service ran. "
                "If the clock is right now, start the service again; else set the clock"
            )
        if found is not None and found.is_future:
            notes.append(f"{found}. {REMEDY}")
        elif found is None and recorded_at:
            notes.append(f"{UNREADABLE}. {LOOK_CLOSER}")
        return tuple(notes)


def health_route(settings: Settings, store: Store, watch: ClockWatch) -> HTTPRouteHandler:
    """The route of the service's health."""

    @get(
        "/health",
        operation_id="getHealth",
        tags=["Health"],
        summary="Whether the service works",
        responses={
            200: ResponseSpec(Health, description="It works; where it is degraded, an operator has something to do"),
            **refusing(503),
        },
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
        chain = store.chain()
        missing = (f"{fault.what}. {remedy(settings)}" for fault in missing_entries(settings, store))
        notes = (*watch.notes(chain.recorded_at), *missing)
        return Health("degraded" if notes else "ok", chain.public_seq, current_release(settings.releases), notes)

    return health
