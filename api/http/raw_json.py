"""Stored JSON as an answer, sent as it is."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from litestar import Request, Response
from litestar.response.base import ASGIResponse

from api.contract.media_types import JSON


class StoredBytes(Response[bytes]):
    """JSON that is already bytes, with all of its headers.

    The library's own answer reads through every header for each it adds, which cost more than the look-up in the store.
    """

    def to_asgi_response(
        self, app: object, request: Request[Any, Any, Any], *, headers: dict[str, str] | None = None, **given: Any
    ) -> ASGIResponse:
        """The answer with the headers every answer bears; its own come first."""
        return _Ready(self.content, {**(headers or {}), **self.headers})


class _Ready(ASGIResponse):
    """An answer whose head is made in one go."""

    def __init__(self, body: bytes, headers: Mapping[str, str]) -> None:
        self.background, self.is_head_response, self.status_code, self.body = None, False, 200, body
        self._head = [_encoded(name, value) for name, value in headers.items()]
        self._head += [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]

    def encode_headers(self) -> list[tuple[bytes, bytes]]:
        """The head as it is sent."""
        return self._head


@lru_cache(256)
def _encoded(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode(), value.encode("latin-1")
