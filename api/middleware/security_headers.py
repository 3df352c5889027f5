"""Headers: those that every answer bears, and the one that asks whether anything changed."""

from typing import cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
}
DATASETTE_HEADERS = {
    **SECURITY_HEADERS,
    # Its pages hold scripts and styles of their own, and pictures within style sheets.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
}
TOLD = {
    "ETag": "The version of the record as the asker sees it; send it as If-Match or If-None-Match",
    "Psi-State": "The state of the record",
    "Psi-Version": "The number of the version",
    "Location": "Where the record is that was made",
    "Link": "The page that follows, as rel=next (RFC 8288); not there on the last",
    "Accept-Ranges": "That parts of a file of a release may be asked for, by Range",
    "Content-Range": "Which part of a file this is, and how long the file is",
    "Content-Digest": "The SHA-256 of these bytes (RFC 9530)",
    "Repr-Digest": "The SHA-256 of the whole file, be this a part of it (RFC 9530)",
    "Retry-After": "In how many seconds to ask again",
    "WWW-Authenticate": "How to send a key",
    "X-Request-Id": "The name of the request in our logs: tell it when you ask about an answer",
    "RateLimit-Limit": "How many requests a minute are answered",
    "RateLimit-Remaining": "How many are answered at once, now",
    "RateLimit-Reset": "In how many seconds all of them are again",
}
"""The headers of answers that mean something to who asks. Scripts of other sites may read them too."""
ALLOWED = ["Accept", "Authorization", "X-Api-Key", "If-None-Match"]
"""What scripts of other sites may send: enough to read with a key."""


def bearing_headers(handler: ASGIApp, datasette: str) -> ASGIApp:
    """The handler, each of whose answers bears the headers of security, whoever makes it. datasette: its path."""
    strict, looser = _encoded(SECURITY_HEADERS), _encoded(DATASETTE_HEADERS)
    names = {name for name, _ in strict}

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await handler(scope, receive, send)
            return
        path = scope["path"]
        borne = looser if path == datasette or path.startswith(f"{datasette}/") else strict

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [header for header in message.get("headers", ()) if header[0].lower() not in names]
                message = cast("Message", {**message, "headers": [*own, *borne]})
            await send(message)

        await handler(scope, receive, send_with_headers)

    return handle


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
