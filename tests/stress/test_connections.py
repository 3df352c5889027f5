"""Connections on which nothing comes, from one address."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.processes import running_server

pytestmark = pytest.mark.slow
MANY = 1_100
HEAD = b"GET /health HTTP/1.1\r\nHost: x\r\n"
SENT = {"nothing": b"", "half a head": HEAD, "a request": HEAD + b"\r\n"}


@contextmanager
def connections(address: str, sent: bytes) -> Iterator[list[socket.socket]]:
    """Open `MANY` connections to a server, and send this on each."""
    url = httpx.URL(address)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(2 * MANY, hard)), hard))
    with ExitStack() as stack:
        found = []
        for _ in range(MANY):
            one = stack.enter_context(socket.create_connection((url.host, url.port), timeout=5))
            one.sendall(sent)
            found.append(one)
        yield found


@pytest.mark.parametrize("sent", SENT.values(), ids=list(SENT))
def test_idle_connections_shut_out_no_reader(tmp_path: Path, sent: bytes) -> None:
    with running_server(tmp_path) as server, connections(server.address, sent) as idle:
        time.sleep(1)
        assert httpx.get(f"{server.address}/health", timeout=3).status_code == 200
        time.sleep(14)
        closed = 0
        for one in idle:
            one.settimeout(1)
            answer = one.recv(10_000)
            closed += not answer or not one.recv(10_000)
        assert closed == MANY
