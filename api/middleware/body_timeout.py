"""Bodies have to arrive in time: who sends one byte a minute does not hold a place for hours."""

import time
from collections.abc import Callable

import anyio
from litestar.types import HTTPReceiveMessage, Receive

from api.contract.errors import Slow

BYTES_A_SECOND = 20_000
"""For so many bytes that have come a second more is granted."""


def in_time(receive: Receive, seconds: float, clock: Callable[[], float] = time.monotonic) -> Receive:
    """Receives until the body is whole; then, and for whoever sends none, as ever. Raises Slow."""
    began, received, whole = clock(), 0, False

    async def next_message() -> HTTPReceiveMessage:
        nonlocal received, whole
        if whole:
            return await receive()  # type: ignore[return-value]
        try:
            with anyio.fail_after(max(0.0, began + seconds + received / BYTES_A_SECOND - clock())):
                message = await receive()
        except TimeoutError as fault:
            raise Slow(f"The body did not arrive within {seconds:,.0f} s, or stopped coming: send it again") from fault
        if message["type"] != "http.request":
            raise Slow("The body did not come to its end: send it again")
        received, whole = received + len(message.get("body", b"")), not message.get("more_body", False)
        return message

    return next_message
