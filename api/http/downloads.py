"""Downloads: a file whole or in the parts that are asked for (RFC 9110, 14), with its digests (RFC 9530)."""

from base64 import b64encode
from pathlib import Path
from typing import Any

from litestar import Request, Response
from litestar.types import Message, Receive, Scope, Send
from starlette.responses import FileResponse

from api.middleware.problems import problem

REFUSALS = {
    400: "Range cannot be read; ask for bytes=FIRST-LAST, or send no Range",
    416: "Range begins beyond the end of the file; Content-Range says how long it is",
}


class Download(Response[None]):
    """A file that never changes. headers: its ETag among them. sha256: its checksum in hex, where one is on record."""

    def __init__(self, path: Path, *, media_type: str, inline: bool, headers: dict[str, str], sha256: str | None):
        super().__init__(None)
        digests = {} if sha256 is None else {"Repr-Digest": spelled(sha256), "Content-Digest": spelled(sha256)}
        self._file = FileResponse(
            path,
            filename=path.name,
            media_type=media_type,
            headers={**headers, **digests},
            stat_result=path.stat(),
            content_disposition_type="inline" if inline else "attachment",
        )

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **_: Any) -> Any:
        """Return the answer as the library for files makes it, and its refusals as problem details."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            refused: dict[str, Any] = {}

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.start":
                    if message["status"] in REFUSALS:
                        refused.update(message)
                    elif message["status"] == 206:  # the digest of the content would be that of this part
                        kept = [header for header in message["headers"] if header[0] != b"content-digest"]
                        message = {**message, "headers": kept}
                if not refused:
                    await send(message)

            await self._file(_asked(scope), receive, send_on)  # type: ignore[arg-type]
            if refused:
                told = {name.decode().title(): value.decode() for name, value in refused["headers"]}
                headers = {name: value for name, value in told.items() if name == "Content-Range"}
                refusal = problem(request, refused["status"], REFUSALS[refused["status"]], headers=headers)
                await refusal.to_asgi_response(None, request)(scope, receive, send)

        return answer


def spelled(sha256: str) -> str:
    """Write a checksum in hex as a digest field."""
    return f"sha-256=:{b64encode(bytes.fromhex(sha256)).decode()}:"


def _asked(scope: Scope) -> dict[str, Any]:
    """Return the request without a Range in other units than bytes, which has to be ignored (RFC 9110, 14.2)."""
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name != b"range" or value.strip().lower().startswith(b"bytes")
    ]
    # The server could send the file itself, and would send it to HEAD, too.
    return {**scope, "headers": headers, "extensions": {}}
