"""HEAD, answered as GET without the body (RFC 9110, 9.3.2), for every route there is."""

from functools import partial
from typing import cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send


def answering_head(handler: ASGIApp) -> ASGIApp:
    """The handler, asked for GET where HEAD is asked for, its bodies left out."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope.get("method") == "OPTIONS":
            await handler(scope, receive, partial(_send_naming_head, send))
            return
        if scope["type"] != ScopeType.HTTP or scope.get("method") != "HEAD":
            await handler(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}
        await handler(cast("Scope", asked), receive, send_without_body)

    return handle


async def _send_naming_head(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = [
            (name, value + b", HEAD" if name == b"allow" and b"GET" in value and b"HEAD" not in value else value)
            for name, value in message.get("headers", ())
        ]
        message = cast("Message", {**message, "headers": headers})
    await send(message)
