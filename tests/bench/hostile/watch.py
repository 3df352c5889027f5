"""Watches a server that is attacked: its memory, its processes and how long /health takes."""

import threading
import time
from contextlib import suppress

import httpx
import psutil
from msgspec import Struct

from tests.support.processes import Server, answers

MOST_MEMORY = 3 * 10**9
"""A process that holds more is killed, and the attack counts as one that got through."""
EVERY, ASK_EVERY = 0.05, 0.1  # seconds
PATIENCE = 20.0  # for an answer of /health
COMING_BACK = 10.0  # seconds in which a server that died may be back by itself
MB = 1e6


class Watched(Struct):
    """One attack: most memory of the main process and of Datasette's, in MB, and how it grew; the slowest /health.

    restarted: a process has another id than before. killed: the server died, or took too much memory.
    """

    before: float = 0
    peak: float = 0
    other: float = 0
    slowest: float = 0
    restarted: bool = False
    killed: bool = False

    @property
    def growth(self) -> float:
        """How much more the main process held than before."""
        return max(0.0, self.peak - self.before)


class Watch:
    """Watches in threads of its own, from `with` to its end."""

    def __init__(self, server: Server) -> None:
        self._server, self._ending, self._down = server, threading.Event(), threading.Event()
        self._lock, self._now, self._pids = threading.Lock(), Watched(), set[int]()
        self.times: list[float] = []
        self.unanswered = 0
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._measure, self._ask)]

    def __enter__(self) -> "Watch":
        self._pids = set(self._processes())
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(PATIENCE + 5)

    def begin(self, name: str) -> None:
        """An attack begins."""
        main, _ = self._memory()
        with self._lock:
            self._now = Watched(before=main)

    def end(self) -> Watched:
        """What an attack did; the server is well again, started anew if need be."""
        self._look()
        if not answers(self._server.address):
            self._recover()
        pids = set(self._processes())
        with self._lock:
            watched, self._now = self._now, Watched()
        watched.restarted = pids != self._pids
        self._pids = pids
        return watched

    def _recover(self) -> None:
        end = time.monotonic() + COMING_BACK
        while time.monotonic() < end and not self._now.killed:
            time.sleep(EVERY)
            if answers(self._server.address):
                return
        self._now.killed = True
        self._down.set()
        self._kill()
        self._server.start()
        self._down.clear()

    def _processes(self) -> dict[int, psutil.Process]:
        """The processes of the server but for the one that starts the others, by id."""
        with suppress(psutil.Error):
            return {one.pid: one for one in psutil.Process(self._server.pid).children(recursive=True)}
        return {}

    def _memory(self) -> tuple[float, float]:
        """The memory of the main process and of Datasette's, in MB."""
        main = other = 0.0
        for process in self._processes().values():
            with suppress(psutil.Error):
                held, line = process.memory_info().rss / MB, process.cmdline()
                if any("datasette" in word for word in line):
                    other = max(other, held)
                else:
                    main = max(main, held)
        return main, other

    def _look(self) -> None:
        main, other = self._memory()
        with self._lock:
            self._now.peak, self._now.other = max(self._now.peak, main), max(self._now.other, other)
        if max(main, other) * MB > MOST_MEMORY:
            self._now.killed = True
            self._kill()

    def _kill(self) -> None:
        """Kill the processes of this server, each by its id."""
        for process in self._processes().values():
            with suppress(psutil.Error):
                process.kill()
        with suppress(ProcessLookupError):
            self._server.kill()

    def _measure(self) -> None:
        while not self._ending.wait(EVERY):
            if not self._down.is_set():
                self._look()

    def _ask(self) -> None:
        with httpx.Client(base_url=self._server.address, timeout=PATIENCE) as client:
            while not self._ending.wait(ASK_EVERY):
                if not (self._down.is_set() or self._now.killed):
                    self._asked(client)

    def _asked(self, client: httpx.Client) -> None:
        """Ask once. Questions that would have been asked meanwhile count as if they had been."""
        began, well = time.monotonic(), False
        with suppress(httpx.HTTPError):
            well = client.get("/health").status_code == 200
        took = time.monotonic() - began
        if self._now.killed:
            return
        self.unanswered += not well
        self._now.slowest = max(self._now.slowest, took)
        late = took
        while late > 0:
            self.times.append(late)
            late -= ASK_EVERY
