"""Datasette in a process of its own: SQL that crashes or fills a process harms no other.

`psi serve` runs `python -m catalog.datasette_process DESCRIPTOR RELEASES SITE PUBLIC_URL` once for all its workers and
passes it a listening socket. That process loads the code and never runs SQL. It forks the process that serves, and
forks another when that one dies, so that answers resume within a fraction of a second, or when it has switched to a
newer release: it then finishes its answers and ends. All end with `psi serve`: then the pipe at their standard input
closes.
"""

import asyncio
import os
import resource
import select
import signal
import socket
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn

from catalog.datasette_site import LONGEST_ANSWER, DatasetteSite
from catalog.sql_limits import RUNNING
from inventory.records.registry import INVENTORY

ADDRESS_SPACE = 2**30
"""Bytes of memory that the serving process may map."""
HEAP = 300 * 2**20
"""Bytes of memory that SQLite may take within it: a query that wants more fails, and the process goes on."""
NICENESS = 10
"""The API's processes get about nine times the share of a processor that this one gets."""
LONGEST_QUERY = 10.0
"""Seconds after which a query that SQLite's own time limit did not stop ends the process."""
STUCK = 70
"""Exit status of a process that ended for such a query."""
ENDING = 2.0
"""Seconds that answers may still take when `psi serve` or the process that forks has ended."""


def main(arguments: Sequence[str]) -> None:
    """Serve, in a process that is replaced when it dies or has switched releases, until standard input closes."""
    descriptor, releases, site, public_url = arguments
    listener = socket.socket(fileno=int(descriptor))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _report_deaths)
    os.nice(NICENESS)
    while not _starter_has_ended():
        began, (ended, serving) = time.monotonic(), os.pipe()
        if not os.fork():
            os.close(ended)
            _serve(listener, DatasetteSite(Path(releases), INVENTORY, Path(site), public_url), serving)
        os.close(serving)
        os.read(ended, 1)  # returns when the process closes its end: it has switched, or died
        os.close(ended)
        time.sleep(0 if time.monotonic() - began > 1 else 0.5)


def _report_deaths(*_: object) -> None:
    """Collect the processes that have ended, and print how those ended that had no reason to."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            status = ended[1]
            if status and not _starter_has_ended():
                how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"
                print(f"the process that serves ended with {how}; another begins", flush=True)  # noqa: T201 - read by psi


def limit_process() -> None:
    """Limit what this process may take. A query that wants more fails, or ends the process and nothing else."""
    if sys.platform == "linux":  # elsewhere there is no limit of the address space; SQLite's own holds
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = ADDRESS_SPACE if hard == resource.RLIM_INFINITY else min(ADDRESS_SPACE, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sqlite3.connect(":memory:").execute(f"PRAGMA hard_heap_limit = {HEAP}").fetchone()


def _serve(listener: socket.socket, app: DatasetteSite, serving: int) -> None:
    """Serve until the app has switched releases, or until the processes that started this one end. Does not return.

    serving: a descriptor to close when this process takes no more requests.
    """
    status = 1
    try:
        limit_process()
        threading.Thread(target=_end_when_stuck, daemon=True).start()
        asyncio.run(_answer_requests(listener, app, serving))
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)


async def _answer_requests(listener: socket.socket, app: DatasetteSite, serving: int) -> None:
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=LONGEST_ANSWER,
    )
    server, keeper = uvicorn.Server(config), os.getppid()

    def alone() -> bool:
        return os.getppid() != keeper or _starter_has_ended()

    async def end_in_time() -> None:
        while not (app.switched or alone()):
            await asyncio.sleep(0.5)
        os.close(serving)
        server.should_exit = True
        while not alone():
            await asyncio.sleep(0.5)
        await asyncio.sleep(ENDING)
        os._exit(0)

    watching = asyncio.create_task(end_in_time())
    await server.serve(sockets=[listener])
    watching.cancel()


def _end_when_stuck() -> None:
    while RUNNING.longest() < LONGEST_QUERY:
        time.sleep(1)
    os._exit(STUCK)


def _starter_has_ended() -> bool:
    """Whether the pipe from `psi serve` has closed. Nothing is ever written to it."""
    return bool(select.select([sys.stdin], [], [], 0)[0])


if __name__ == "__main__":
    main(sys.argv[1:])
