"""HEAD, answered as GET without the body, and OPTIONS with all methods (RFC 9110, 9.3), for every route there is."""

import re
from collections.abc import Iterable, Mapping
from typing import cast

from anyio import CancelScope
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send


def answering_head(handler: ASGIApp) -> ASGIApp:
    """The handler, asked for GET where HEAD is asked for, its bodies left out."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope.get("method") != "HEAD":
            await handler(scope, receive, send)
            return

        with CancelScope() as making:

            async def send_without_body(message: Message) -> None:
                if message["type"] != "http.response.body":
                    await send(without_digest(message))
                    return
                await send({**message, "body": b"", "more_body": False})
                if message.get("more_body"):
                    making.cancel()  # what is streamed would be made to its end, for nobody

            asked = {**scope, "method": "GET"}
            await handler(cast("Scope", asked), receive, send_without_body)

    return handle


def without_digest(message: Message) -> Message:
    """Return a message without Content-Digest: that of the content of HEAD, which is empty (RFC 9530, B.2)."""
    if message["type"] != "http.response.start":
        return message
    headers = [header for header in message["headers"] if header[0].lower() != b"content-digest"]
    return {**message, "headers": headers}


def answering_options(handler: ASGIApp, methods: Mapping[str, Iterable[str]]) -> ASGIApp:
    """The handler, whose OPTIONS tell all methods of a path: the library's tell those of its first route alone.

    methods: those of each path, as routes are written.
    """
    allowed: dict[str, bytes] = {}
    for path, those in methods.items():
        told = {*those, "OPTIONS", *(("HEAD",) if "GET" in those else ())}
        allowed[re.sub(r":\w+}", "}", path)] = ", ".join(sorted(told)).encode()

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope.get("method") != "OPTIONS":
            await handler(scope, receive, send)
            return

        async def send_all_methods(message: Message) -> None:
            known = allowed.get(str(scope.get("path_template")))
            if message["type"] == "http.response.start" and known is not None:
                headers = [(name, known if name.lower() == b"allow" else value) for name, value in message["headers"]]
                message = {**message, "headers": headers}
            await send(message)

        await handler(scope, receive, send_all_methods)

    return handle
