"""Sends one attack over plain sockets to 127.0.0.1, and says what came back."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from msgspec import Struct

from tests.bench.hostile.corpus import Item, Manner

PATIENCE = 40.0  # seconds for one answer
HELD = 4.0  # seconds for which a connection is held that nobody uses
MOST_READ = 64 * 2**20
PIECE = 1 << 16


class Answer(Struct, frozen=True):
    """What came back: the status, None where nothing did; its bytes, the head among them; the seconds it took.

    leaked: it holds what it must not.
    """

    status: int | None
    size: int
    seconds: float
    leaked: bool = False


def sent(item: Item, port: int, key: str) -> list[Answer]:
    """Send an attack as often side by side as it says."""
    body = item.body()
    with ThreadPoolExecutor(item.together) as pool:
        return list(pool.map(lambda number: _one(item, port, key, body), range(item.together)))


def _one(item: Item, port: int, key: str, body: bytes) -> Answer:
    began, first, last, size, leaked = time.monotonic(), b"", b"", 0, False
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        if _send(connection, item, _head(item, port, key, len(body)), body):
            while size < MOST_READ and time.monotonic() - began < PATIENCE and (piece := connection.recv(PIECE)):
                first, size = first or piece[:64], size + len(piece)
                leaked = leaked or (item.absent != "" and item.absent.encode() in last + piece)
                last = piece[-len(item.absent) :]
    words = first.split(None, 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else None
    return Answer(status, size, time.monotonic() - began, leaked)


def _send(connection: socket.socket, item: Item, head: bytes, body: bytes) -> bool:
    """Send it as it is to be sent. Returns whether its answer is to be read."""
    if item.manner is Manner.HALF_OPEN:
        connection.sendall(head.removesuffix(b"\r\n") + b"X-Half")
        time.sleep(HELD)
        return False
    connection.sendall(head)
    if item.manner is Manner.TRICKLED:
        for at in range(0, 1000, 50):
            connection.sendall(body[at : at + 50])
            time.sleep(HELD / 20)
        return False
    with suppress(OSError):  # the answer may come before all is sent
        connection.sendall(body[: len(body) // 2] if item.manner is Manner.BROKEN_OFF else body)
    if item.manner is Manner.UNREAD:
        time.sleep(HELD)
    return item.manner is Manner.PLAIN


def _head(item: Item, port: int, key: str, length: int) -> bytes:
    given = {name.lower() for name, _ in item.headers}
    headers = [] if "host" in given else [("Host", f"127.0.0.1:{port}")]
    headers += [] if "connection" in given else [("Connection", "close")]
    if item.method == "POST" and "content-length" not in given:
        headers.append(("Content-Length", str(length)))
    if item.keyed:
        headers.append(("Authorization", f"Bearer {key}"))
    lines = [f"{item.method} {item.path} HTTP/1.1", *(f"{name}: {value}" for name, value in (*headers, *item.headers))]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
