"""What is made ready while the server already answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from anyio import create_task_group
from anyio.to_thread import run_sync
from litestar import Litestar

from catalog.search import Search

log = structlog.get_logger()


@asynccontextmanager
async def warming(search: Search, _app: Litestar) -> AsyncIterator[None]:
    """Fill the index behind search in a thread, so that nobody's first question has to wait for all of it."""
    async with create_task_group() as group:
        group.start_soon(run_sync, _fill, search)
        yield
        search.leave_off()


def _fill(search: Search) -> None:
    try:
        search.warm()
    except Exception:
        # Whoever asks first is told what is wrong; that the server starts must not hang on it.
        log.exception("warming")
