"""Headers: those that every answer of ours bears, and the one that asks whether anything changed."""

import re
from typing import Any

from litestar import Request

_TAG = re.compile(r'(?:W/)?("[^"]*")')

VARY = "Accept, Authorization, X-Api-Key"
"""What an answer of the API depends on besides its address."""
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
}


def is_unchanged(request: Request[Any, Any, Any], etag: str) -> bool:
    """Whether the client has what bears this tag, by its If-None-Match (RFC 9110, 13.1.2: tags compare weakly)."""
    # Every GET asks this: to read one header, the library would decode all of them.
    asked = ", ".join(value.decode("latin-1") for name, value in request.scope["headers"] if name == b"if-none-match")
    return asked.strip() == "*" or etag.removeprefix("W/") in _TAG.findall(asked)
