"""Conditional requests: what answers vary on, and whether the client has the newest."""

import re
from typing import Any

from litestar import Request

_TAG = re.compile(r'(?:W/)?("[^"]*")')
VARY = "Accept, Authorization, X-Api-Key"
"""What an answer of the API depends on besides its address."""


def is_unchanged(request: Request[Any, Any, Any], etag: str) -> bool:
    """Whether the client has what bears this tag, by its If-None-Match (RFC 9110, 13.1.2: tags compare weakly)."""
    # Every GET asks this: to read one header, the library would decode all of them.
    asked = ", ".join(value.decode("latin-1") for name, value in request.scope["headers"] if name == b"if-none-match")
    return asked.strip() == "*" or etag.removeprefix("W/") in _TAG.findall(asked)
