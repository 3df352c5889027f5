"""Whether work for a request is still wanted: its sender may have gone, or its time may be up."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from litestar import Request

from datapackage.formats.bounds import IN_PARTS, NOTHING_WRITTEN
from inventory.errors import Stopped, TooMuch


class Sender:
    """The sender of a request, for the thread that works for them. seconds: how long that may take."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._until: float | None = None
        self._gone = threading.Event()

    def leave(self) -> None:
        """Note that the sender has gone."""
        self._gone.set()

    def check(self) -> None:
        """Raise Stopped where the sender has gone, and TooMuch where the time since the first check is up."""
        if self._gone.is_set():
            raise Stopped(f"The sender has gone. {NOTHING_WRITTEN}")
        if self._until is None:
            self._until = self._clock() + self._seconds
        if self._clock() > self._until:
            raise TooMuch(f"This took more than {self._seconds:,} seconds and was stopped. {IN_PARTS}")


@asynccontextmanager
async def watched(request: Request[Any, Any, Any], sender: Sender) -> AsyncIterator[None]:
    """Note when the sender of a request that is read to its end closes the connection."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        sender.leave()

    watching = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
