"""Around every request: it is counted, answered, and the answer told of."""

import secrets
import time
from collections.abc import Sequence
from typing import Any, cast

import structlog
from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.contract.errors import TooMany
from api.contract.paths import API
from api.middleware.auth import key_text
from api.middleware.body_timeout import in_time
from api.middleware.denied_writes import READS, Attempts
from api.middleware.problems import inventory_problem
from api.middleware.rate_limits import Limits, too_many
from api.middleware.request_context import Visit, begin
from api.middleware.security_headers import TOLD
from api.server.client_address import Network, address_of

UNCOUNTED = "/health"
"""Who watches over the service is never refused."""
PRIVATE = (b"cache-control", b"private, no-store")
_OURS = f"{API}/"


def attending(
    handler: ASGIApp, limits: Limits, refused: Attempts, proxies: Sequence[Network], body_seconds: int
) -> ASGIApp:
    """The handler, with each request counted, named and looked at, and the headers that tell of it."""

    log = structlog.get_logger().bind()  # once, for every request is a line

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await handler(scope, receive, send)
            return
        began, visit, text = time.monotonic(), _visit(scope, proxies), key_text(scope)
        begin(scope, visit)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                headers = [*message["headers"], *_told(visit, text, message["headers"])]
                message = cast("Message", {**message, "headers": headers})
            await send(message)

        if scope["path"] != UNCOUNTED:
            limits.arrive(visit, text if scope["path"].startswith(_OURS) else None)
        try:
            if visit.allowance is not None and not visit.allowance.allowed:
                await _refuse(scope, receive, answer, too_many(visit.allowance, visit.counted))
            else:
                sends = scope["method"] not in READS
                await handler(scope, in_time(receive, body_seconds) if sends else receive, answer)
        finally:
            ended = time.monotonic()
            refused.look(visit, scope["method"], scope["path"], ended)
            _write_down(log, visit, scope, ended - began)

    return handle


def _visit(scope: Any, proxies: Sequence[Network]) -> Visit:
    return Visit(request_id=secrets.token_hex(8), address=address_of(scope, proxies))


def _write_down(log: Any, visit: Visit, scope: Any, seconds: float) -> None:
    """A line in the log. Of the address that was asked for not the query: people put into it what they should not."""
    write = log.info if visit.status < 500 else log.warning
    write(
        "request",
        request_id=visit.request_id,
        method=scope["method"],
        path=scope["path"],
        status=visit.status,
        ms=round(seconds * 1000, 1),
        key_id=visit.key.key_id if visit.key else None,
        address=visit.address,
    )


def _told(visit: Visit, text: str | None, already: Any) -> list[tuple[bytes, bytes]]:
    """What every answer tells besides its own headers."""
    told = [(b"x-request-id", visit.request_id.encode())]
    if visit.allowance is not None:
        told += visit.allowance.headers
    # What a holder sees is nobody else's, whatever lies between them and us.
    if text is not None and not any(name == b"cache-control" for name, _ in already):
        told.append(PRIVATE)
    return told


async def _refuse(scope: Any, receive: Any, send: Any, error: TooMany) -> None:
    request: Request[Any, Any, Any] = Request(scope, receive, send)
    response = inventory_problem(request, error)
    # Pages of other sites read it as they read every public answer.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = ", ".join(TOLD)
    await response.to_asgi_response(None, request)(scope, receive, send)
