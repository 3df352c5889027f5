"""A client that asks one thing again and again over several connections kept open, with as little work as it can."""

import asyncio
import time


class _Connection(asyncio.Protocol):
    """Sends the next request when an answer has come whole. All answers are as long as the first."""

    def __init__(self, request: bytes, length: int, until: float) -> None:
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._request, self._length, self._until = request, length, until
        self._answers = self._have = 0

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
        self._answers, self._have = self._answers + 1, 0
        if time.monotonic() < self._until:
            self._transport.write(self._request)
        else:
            self._end(None)

    def connection_lost(self, fault: Exception | None) -> None:
        self._end(fault or RuntimeError("the server closed the connection"))

    def _end(self, fault: Exception | None) -> None:
        if not self.done.done():
            if fault is None:
                self.done.set_result(self._answers)
            else:
                self.done.set_exception(fault)
        self._transport.close()


def requests_a_second(port: int, path: str, connections: int, seconds: float) -> float:
    """How many answers a second come over so many connections. Raises RuntimeError for any answer but 200."""
    return asyncio.run(_measure(port, path, connections, seconds))


async def _measure(port: int, path: str, connections: int, seconds: float) -> float:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    length = len(await _answer(port, request))
    loop, began = asyncio.get_running_loop(), time.monotonic()
    made = [
        await loop.create_connection(lambda: _Connection(request, length, began + seconds), "127.0.0.1", port)
        for _ in range(connections)
    ]
    answers = await asyncio.wait_for(asyncio.gather(*(protocol.done for _, protocol in made)), seconds + 30)
    return sum(answers) / (time.monotonic() - began)


async def _answer(port: int, request: bytes) -> bytes:
    """One whole answer, head and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body = await asyncio.wait_for(reader.readexactly(int(lengths[0])), 30)
    writer.close()
    return head + body
