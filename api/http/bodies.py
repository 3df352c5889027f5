"""What is sent: JSON, and nothing that only looks like it."""

from typing import Any

from anyio.to_thread import run_sync
from litestar import Request

from api.contract.errors import WrongMedia
from api.contract.media_types import JSON
from datapackage.formats.json_files import decode

SHORT = 50_000
"""Bytes that are decoded on the spot: a longer body would hold up everybody else."""
MEDIA = "psi.media"
"""Where a route says what media it takes."""


async def json_body(request: Request[Any, Any, Any], needed: bool = True) -> Any:
    """The value that a request sends; None where nothing is sent and nothing needed. Raises WrongMedia, Unreadable."""
    sent = await request.body()
    if not sent and not needed:
        return None
    media = media_type(request)
    if media != JSON:
        raise WrongMedia(f"Send {JSON}, not {media or 'a body without a Content-Type'}")
    if len(sent) <= SHORT:
        return decode(sent, "The body")
    return await run_sync(decode, sent, "The body")


def media_type(request: Request[Any, Any, Any]) -> str:
    """What a request says it sends; empty where it does not say. Raises WrongMedia where that is compressed."""
    coding = str(request.headers.get("content-encoding", "")).strip().lower()
    if coding not in ("", "identity"):
        raise WrongMedia(f"Send the body as it is, without the Content-Encoding {coding}")
    return str(request.headers.get("content-type", "")).partition(";")[0].strip().lower()


BODY = "psi.body"
"""Where a route says what type of body it takes."""
