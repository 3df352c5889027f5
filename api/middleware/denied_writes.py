"""Attempts at writes that were refused are put on record, after they are answered and a batch at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import chain
from operator import itemgetter
from typing import Any

import structlog
from anyio import to_thread
from litestar import Litestar
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError

from api.contract.paths import API
from api.middleware.plain_paths import UNPRINTABLE
from api.middleware.request_context import Visit
from api.middleware.token_bucket import Rate
from api.server.client_address import counted_as
from api.server.redaction import redacted
from inventory.access.denied_writes import Refusal, keep
from inventory.calendar.fiscal import Clock, written
from inventory.errors import InventoryError
from inventory.ledger.store import Store

A_MINUTE = 60
"""How many of one key, or of one address without a key, are put on record a minute; further ones are left out."""
MOST_WAITING, LONGEST = 1_000, 300
PAUSE = 0.5  # seconds in which refusals gather, so that many of them are one short transaction
AGAIN = 10  # seconds after which it is tried again where the database did not answer
PASSING = (OperationalError, InterfaceError, TimeoutError, OSError, InventoryError)
"""What goes wrong with a database that will be well again. Everything else would go wrong the next time too."""
READS = frozenset({"GET", "HEAD", "OPTIONS"})

log = structlog.get_logger()


class Attempts:
    """What waits to be put on record."""

    def __init__(self, store: Store, now: Clock) -> None:
        self._store, self._now = store, now
        # Who has no key pushes nobody out who has one.
        self._waiting = {has_key: deque[tuple[float, Refusal]](maxlen=MOST_WAITING) for has_key in (True, False)}
        self._rate = Rate(A_MINUTE)
        self._come: asyncio.Event | None = None

    def look(self, visit: Visit, method: str, path: str, at: float) -> None:
        """Take down an answer that refuses a write. at: seconds by a clock that never goes back."""
        if visit.status < 400 or method in READS or not path.startswith(f"{API}/"):
            return
        key = visit.key
        taken = self._rate.take(key.key_id if key else counted_as(visit.address), at)
        if taken is None or not taken.allowed:
            return
        refusal = Refusal(
            refused_at=written(self._now()),
            holder=key.holder if key else "",
            key_id=key.key_id if key else None,
            address=visit.address,
            method=method[:20],
            path=_plain(path),
            status=visit.status,
            reason=_plain(visit.reason),
        )
        self._waiting[key is not None].append((at, refusal))
        if self._come is not None:
            self._come.set()

    @asynccontextmanager
    async def recording(self, app: Litestar) -> AsyncIterator[None]:
        """Put them on record as long as the application runs."""
        self._come = asyncio.Event()
        task = asyncio.create_task(self._record_on(self._come))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._come = None
            self.record()

    def record(self) -> bool:
        """Put on record what waits. Returns whether nothing waits any more for the database to be well again."""
        taken = {has_key: _taken(waiting) for has_key, waiting in self._waiting.items()}
        batch = sorted(chain(*taken.values()), key=itemgetter(0))
        if not batch:
            return True
        try:
            keep(self._store, [refusal for _, refusal in batch])
        except PASSING as fault:
            for has_key, waiting in self._waiting.items():
                room = MOST_WAITING - len(waiting)
                waiting.extendleft(reversed(taken[has_key][-room:] if room > 0 else []))
            log.error("refusals not kept yet", count=len(batch), error=str(fault))
            return False
        except SQLAlchemyError as fault:
            log.error("refusals not kept", count=len(batch), error=str(fault))
        return True

    async def _record_on(self, come: Any) -> None:
        while True:
            await come.wait()
            await asyncio.sleep(PAUSE)
            come.clear()
            if not await to_thread.run_sync(self.record):
                await asyncio.sleep(AGAIN)
                come.set()


def _taken(waiting: deque[tuple[float, Refusal]]) -> list[tuple[float, Refusal]]:
    return [waiting.popleft() for _ in range(len(waiting))]


def _plain(text: str) -> str:
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", redacted(text))[:LONGEST]
