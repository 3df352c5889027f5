"""Datasette under /data/, always on the current release."""

from pathlib import Path
from typing import Any

from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from catalog.datasette import datasette_app
from datapackage.release_writer import DATABASE
from datapackage.shelf import current_release, directory
from inventory.record_types import Model

MOUNT = "/data"


def data_route(releases: Path, model: Model) -> ASGIRouteHandler:
    """The mount. A new release is picked up by the next request."""
    apps: dict[str, Any] = {}

    async def serving(release_id: str) -> Any:
        if release_id not in apps:
            datasette = datasette_app(directory(releases, release_id) / DATABASE, model, f"{MOUNT}/")
            await datasette.invoke_startup()
            apps.clear()
            apps[release_id] = datasette.app()
        return apps[release_id]

    @asgi(MOUNT, is_mount=True, copy_scope=True)
    async def data(scope: Scope, receive: Receive, send: Send) -> None:
        release_id = current_release(releases)
        if release_id is None:
            await _say_nothing_yet(send)
            return
        inner: Any = dict(scope)
        raw = inner.get("raw_path") or inner["path"].encode()
        inner["path"] = inner["path"].removeprefix(MOUNT) or "/"
        inner["raw_path"] = raw.split(b"?")[0].removeprefix(MOUNT.encode()) or b"/"
        await (await serving(release_id))(inner, receive, send)

    return data


async def _say_nothing_yet(send: Send) -> None:
    body = b"There is no release yet: make one with `psi release`.\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
