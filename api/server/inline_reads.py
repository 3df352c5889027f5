"""The reads that take less than to hand them to a thread: done on the spot, unless they would have to wait."""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from litestar import Request
from sqlalchemy.exc import OperationalError

from api.server.concurrency import read_soon
from inventory.ledger.store import Store
from inventory.storage.engines import hurried, is_remote

Result = TypeVar("Result")


class AtOnce:
    """Reads of one row, each on the spot where the database is a file of this machine.

    While somebody writes into that file it is closed for a moment, after a large import for longer. Nobody else would
    be answered if that were waited for on the spot, so a thread waits.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hurried = None if is_remote(store.engine) else Store(hurried(store.engine), store.model)

    async def read(self, work: Callable[[Store], Result]) -> Result:
        """What is read from the store that the work is given. Raises what the work does."""
        if self._hurried is not None:
            try:
                return work(self._hurried)
            except (OperationalError, sqlite3.OperationalError):
                pass  # closed just now; what else may be wrong with it is told by the thread
        return await read_soon(partial(work, self._store))


async def read_at_once(request: Request[Any, Any, Any], work: Callable[[Store], Result]) -> Result:
    """Read one row, given the store to read from."""
    at_once: AtOnce = request.app.state.at_once
    return await at_once.read(work)
