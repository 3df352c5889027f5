"""`psi serve` in processes of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from tests.conftest import ROOT

PSI = [sys.executable, "-c", "from api.commands.main import main; main()"]
UNLIMITED = {"PSI_REQUESTS_PER_ADDRESS": "0", "PSI_REQUESTS_PER_KEY": "0"}
PATIENCE = 90  # seconds


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Server:
    """A server over a home that can be killed, and started again at the same address."""

    def __init__(self, home: Path, *words: str, **environ: str) -> None:
        port = free_port()
        self.address, self._words, self.log = f"http://127.0.0.1:{port}", words, home / "log.txt"
        self._environ = {**os.environ, "PSI_HOME": str(home), "PSI_PORT": str(port), **environ}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that starts the workers."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.begin()
        deadline = time.monotonic() + PATIENCE
        while not answers(self.address):
            assert self._process is not None
            assert self._process.poll() is None and time.monotonic() < deadline, self.log.read_text("utf-8")
            time.sleep(0.1)

    def begin(self) -> None:
        """Start it."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [*PSI, "serve", *self._words],
                env=self._environ,
                stdout=out,
                stderr=out,
                cwd=ROOT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill it at once, with its workers."""
        os.killpg(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait(timeout=20)

    def killed(self) -> float:
        """Kill it and start it again. The seconds that took."""
        began = time.monotonic()
        self.kill()
        self.start()
        return time.monotonic() - began

    def stop(self) -> None:
        """Let it end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()


def datasette_processes(starter: int) -> list[psutil.Process]:
    """Return the processes of Datasette below a process, oldest first: the one that forks, and those that serve."""
    below = [process for process in psutil.Process(starter).children(recursive=True) if _is_datasette(process)]
    return sorted(below, key=psutil.Process.create_time)


def _is_datasette(process: psutil.Process) -> bool:
    try:
        return "catalog.datasette_process" in process.cmdline()
    except psutil.Error:  # it has ended meanwhile
        return False


@contextmanager
def psi_serve(home: Path, *words: str, **environ: str) -> Iterator[str]:
    """The address of a server over a home, once it answers."""
    with running_server(home, *words, **environ) as server:
        yield server.address


@contextmanager
def running_server(home: Path, *words: str, **environ: str) -> Iterator[Server]:
    """A server over a home, once it answers."""
    server = Server(home, *words, **environ)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def answers(address: str) -> bool:
    """Whether a server is well."""
    try:
        return httpx.get(f"{address}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
