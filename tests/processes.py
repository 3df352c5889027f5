"""`psi serve` in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.conftest import ROOT

PSI = [sys.executable, "-c", "from api.cli import main; main()"]


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def psi_serve(home: Path, *words: str, **environ: str) -> Iterator[str]:
    """The address of a server over a home, once it answers."""
    port = free_port()
    given = {**os.environ, "PSI_HOME": str(home), "PSI_PORT": str(port), **environ}
    log = home / "log.txt"
    with log.open("wb") as out:
        server = subprocess.Popen([*PSI, "serve", *words], env=given, stdout=out, stderr=out, cwd=ROOT)
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while not answers(address):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def answers(address: str) -> bool:
    """Whether a server is well."""
    try:
        return httpx.get(f"{address}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
