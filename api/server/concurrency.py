"""Reads and writes take turns: so many at once, and who would wait for too long is told so before anything is done."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from litestar import Request
from litestar.concurrency import sync_to_thread

from api.contract.errors import Busy

AT_ONCE = 16
"""How many writes are under way; the ledger takes them one by one anyhow, and reads need room beside them."""
IMPORTS_AT_ONCE = 2
MOST_WAITING = 1_000
"""How many reads may wait for a thread; to more it is said at once that so much is being read."""
NOT_BEGUN = "So much is being read that this was not begun; ask again"
Result = TypeVar("Result")


class Turns:
    """The turns of one process."""

    def __init__(self, seconds: float, at_once: int = AT_ONCE) -> None:
        self._seconds, self._at_once = seconds, at_once

    async def take(self, work: Callable[..., Result], *given: Any) -> Result:
        """Do it in a thread when its turn comes. What has begun is finished, however long it takes. Raises Busy."""
        turn = object()
        try:
            with anyio.fail_after(self._seconds):
                await self._turns.acquire_on_behalf_of(turn)
        except TimeoutError as fault:
            raise Busy("Others are writing for so long that this was not begun; send it again") from fault
        try:
            return await to_thread.run_sync(work, *given, limiter=self._threads)
        finally:
            self._turns.release_on_behalf_of(turn)

    @cached_property
    def _turns(self) -> CapacityLimiter:
        return CapacityLimiter(self._at_once)

    @cached_property
    def _threads(self) -> CapacityLimiter:
        return CapacityLimiter(self._at_once)


class Readers(ThreadPoolExecutor):
    """The threads in which is read. What waited for one too long is not begun: whoever asked may have given up.

    It is used from within an event loop, which tells who waits in time, whatever the threads do.
    """

    def __init__(self, threads: int, seconds: float) -> None:
        super().__init__(threads)
        self._seconds, self._most = seconds, threads + MOST_WAITING
        self._open: dict[Future[Any], _Waiting] = {}  # in the order in which they came
        self._is_watching = False

    def submit(self, work: Callable[..., Result], /, *given: Any, **named: Any) -> Future[Result]:
        """Do it in a thread. The future raises Busy where none was free in time, or too many wait."""
        told: Future[Result] = Future()
        if len(self._open) >= self._most:
            told.set_exception(Busy(NOT_BEGUN))
            return told
        begun = super().submit(work, *given, **named)
        self._open[begun] = _Waiting(time.monotonic() + self._seconds, told)
        told.add_done_callback(lambda _: begun.cancel())  # whoever asked has gone
        begun.add_done_callback(self._tell)
        if not self._is_watching:
            self._watch()
        return told

    def _tell(self, done: Future[Any]) -> None:
        told = self._open.pop(done).told
        if not told.set_running_or_notify_cancel():
            return
        if done.cancelled():
            told.set_exception(Busy(NOT_BEGUN))
        elif (fault := done.exception()) is not None:
            told.set_exception(fault)
        else:
            told.set_result(done.result())

    def _watch(self) -> None:
        """Give up what is due, and look again when the next will be."""
        now = time.monotonic()
        for begun, waiting in list(self._open.items()):
            if waiting.due <= now:
                begun.cancel()
        left = [waiting.due for begun, waiting in list(self._open.items()) if not begun.running()]
        self._is_watching = bool(left)
        if left:
            asyncio.get_running_loop().call_later(max(left[0] - now, 0.01), self._watch)


class _Waiting(NamedTuple):
    """Until when something may wait for a thread, and the future of who waits for it."""

    due: float
    told: Future[Any]


async def read_soon(work: Callable[[], Result]) -> Result:
    """Read in a thread. Raises Busy."""
    return await sync_to_thread(work)


async def read_at_leisure(request: Request[Any, Any, Any], work: Callable[[], Result]) -> Result:
    """Read what may take long: one such question after another, so that short ones are answered meanwhile.

    Raises Busy.
    """
    readers: Readers = request.app.state.readers_at_leisure
    return await asyncio.wrap_future(readers.submit(work))


async def import_in_turn(request: Request[Any, Any, Any], work: Callable[..., Result], *given: Any) -> Result:
    """Do an import when its turn comes; few are under way, because each may take 200 MB. Raises Busy."""
    turns: Turns = request.app.state.imports
    return await turns.take(work, *given)


async def in_turn(request: Request[Any, Any, Any], work: Callable[..., Result], *given: Any) -> Result:
    """Do what writes when its turn comes. Raises Busy."""
    turns: Turns = request.app.state.turns
    return await turns.take(work, *given)
