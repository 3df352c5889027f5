"""A queue on a lock file for writers of a SQLite database, first come, first served."""

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from filelock import FileLock, Timeout

from inventory.errors import Busy

LOCK_TIMEOUT = 60  # seconds a writer waits for its turn


def no_turn() -> Busy:
    return Busy(f"Others have been writing for {LOCK_TIMEOUT} seconds; nothing was changed. Try again later")


if sys.platform == "win32":

    @contextmanager
    def turn(path: str) -> Iterator[None]:
        """Hold a file's lock alone. Raises Busy if the lock is not free in time."""
        lock = FileLock(path)
        try:
            lock.acquire(timeout=LOCK_TIMEOUT)
        except Timeout as fault:
            raise no_turn() from fault
        try:
            yield
        finally:
            lock.release()
else:
    import fcntl

    @contextmanager
    def turn(path: str) -> Iterator[None]:
        """Hold a file's lock alone, in the order of requests. Raises Busy if that takes too long."""
        # The kernel serves waiting processes in order, and frees the lock of a process that dies. Polling, as lock
        # files usually do, is unfair: one of eight writers got less than half its share.
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _queue(lock)
        except OSError:
            os.close(lock)
            raise
        try:
            yield
        finally:
            os.close(lock)

    def _queue(lock: int) -> None:
        """Wait in the kernel's queue, with a timeout.

        A thread cannot leave that queue, so an extra thread waits in it, and the caller waits for that thread.
        """
        turn: Future[None] = Future()
        threading.Thread(target=_stand, args=(lock, turn), daemon=True).start()
        try:
            turn.result(LOCK_TIMEOUT)
        except BaseException as fault:
            if not turn.cancel():  # the lock came just now
                os.close(lock)
            if isinstance(fault, TimeoutError):
                raise no_turn() from fault
            raise

    def _stand(lock: int, turn: "Future[None]") -> None:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if turn.set_running_or_notify_cancel():
            turn.set_result(None)
        else:
            os.close(lock)
