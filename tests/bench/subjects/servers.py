"""The servers that are compared: the same granian, one process each, on free ports of 127.0.0.1."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.conftest import ROOT

PATIENCE = 60  # seconds
UNLIMITED = {
    "PSI_REQUESTS_PER_ADDRESS": "0",
    "PSI_REQUESTS_PER_KEY": "0",
    "PSI_FAILED_KEYS": "0",
    "PSI_LOG_LEVEL": "warning",
}
"""What would refuse those who measure is off."""


def bare() -> Any:
    """The least a server can do: the bytes of one file, whatever is asked."""
    body = Path(os.environ["BENCH_STATIC"]).read_bytes()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


def same_application() -> Any:
    """Our own application with one more route, which sends the bytes of a file it has read once."""
    from litestar import Request, Response, get

    from api.app import application

    body, app = Path(os.environ["BENCH_STATIC"]).read_bytes(), application()

    @get("/bench/static", operation_id="getStatic", include_in_schema=False)
    async def send_bytes(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(body, media_type="application/json")

    app.register(send_bytes)
    return app


@contextmanager
def serving(target: str, environment: Mapping[str, str], path: str) -> Iterator[int]:
    """The port of a server of that application factory, once it answers the path."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.subjects.servers", target, str(port)]
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **UNLIMITED, **environment})
    try:
        _await(child, f"http://127.0.0.1:{port}{path}")
        yield port
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(15)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(child: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < end:
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"no answer from {url}")


def _main(target: str, port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces, Loops

    server = Granian(
        target,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=1,
        loop=Loops.auto,
        log_enabled=False,
        log_access=False,
    )
    server.serve()


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
