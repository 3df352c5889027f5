"""A client that asks one thing again and again over several connections kept open, with as little work as it can."""

import asyncio
import time

from msgspec import Struct


class Timed(Struct, frozen=True):
    """Answers a second, and the milliseconds within which 99 of 100 came."""

    rate: float
    p99: float


def of_times(times: list[float], seconds: float) -> Timed:
    """Of how many seconds each answer took, over so many seconds."""
    return Timed(len(times) / seconds, 1000 * sorted(times)[int(0.99 * (len(times) - 1))])


class _Connection(asyncio.Protocol):
    """Sends the next request when an answer has come whole. All answers are as long as the first."""

    def __init__(self, request: bytes, length: int, until: float) -> None:
        self.done: asyncio.Future[list[float]] = asyncio.get_running_loop().create_future()
        self._request, self._length, self._until = request, length, until
        self._times: list[float] = []
        self._have, self._asked = 0, time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self._have and not data.startswith(b"HTTP/1.1 200"):
            self._end(RuntimeError(f"not an answer: {data[:80]!r}"))
            return
        self._have += len(data)
        if self._have < self._length:
            return
        now, self._have = time.monotonic(), 0
        self._times.append(now - self._asked)
        self._asked = now
        if now < self._until:
            self._transport.write(self._request)
        else:
            self._end(None)

    def connection_lost(self, fault: Exception | None) -> None:
        self._end(fault or RuntimeError("the server closed the connection"))

    def _end(self, fault: Exception | None) -> None:
        if not self.done.done():
            if fault is None:
                self.done.set_result(self._times)
            else:
                self.done.set_exception(fault)
        self._transport.close()


def requests_a_second(port: int, path: str, connections: int, seconds: float) -> float:
    """How many answers a second come over so many connections. Raises RuntimeError for any answer but 200."""
    return timed(port, path, connections, seconds).rate


def timed(port: int, path: str, connections: int, seconds: float) -> Timed:
    """The same, and how long answers take. Raises RuntimeError for any answer but 200."""
    return asyncio.run(_measure(port, path, connections, seconds))


async def _measure(port: int, path: str, connections: int, seconds: float) -> Timed:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    length = len(await _answer(port, request))
    loop, began = asyncio.get_running_loop(), time.monotonic()
    made = [
        await loop.create_connection(lambda: _Connection(request, length, began + seconds), "127.0.0.1", port)
        for _ in range(connections)
    ]
    answers = await asyncio.wait_for(asyncio.gather(*(protocol.done for _, protocol in made)), seconds + 30)
    return of_times([took for times in answers for took in times], time.monotonic() - began)


async def _answer(port: int, request: bytes) -> bytes:
    """One whole answer, head and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body = await asyncio.wait_for(reader.readexactly(int(lengths[0])), 30)
    writer.close()
    return head + body
