"""Control characters in paths, which no id holds and PostgreSQL refuses."""

import re
from typing import cast
from urllib.parse import quote

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def with_plain_paths(handler: ASGIApp) -> ASGIApp:
    """The handler, asked for a path under which nothing is to be found where one holds control characters."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and UNPRINTABLE.search(scope["path"]):
            plain = UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", scope["path"])
            scope = cast("Scope", {**scope, "path": plain, "raw_path": quote(plain).encode()})
        await handler(scope, receive, send)

    return handle
