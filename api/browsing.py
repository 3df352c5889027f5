"""Datasette under /data/, always on the current release, to be read alone."""

from pathlib import Path
from typing import Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from api.pages import SITE
from api.paths import API
from api.problems import NotReleased
from catalog.datasette import datasette_app
from datapackage.release_writer import DATABASE
from datapackage.shelf import current_release, directory
from inventory.record_types import Model

BROWSING = "/data"
NOTHING_YET = (
    "There is no release yet, and here a release is browsed. What is public already is at "
    f"{API}/services; who runs this service makes a release with psi release."
)


def browsing_route(releases: Path, model: Model) -> HTTPRouteHandler:
    """The route of Datasette. A new release is picked up by the next request."""
    apps: dict[str, Any] = {}

    async def serving(release_id: str) -> Any:
        if release_id not in apps:
            database = directory(releases, release_id) / DATABASE
            datasette = datasette_app(database, model, f"{BROWSING}/", SITE)
            await datasette.invoke_startup()
            apps.clear()
            apps[release_id] = datasette.app()
        return apps[release_id]

    # Not a mount: Litestar's takes every path that begins with these letters, /databases and /data.json too.
    @get([BROWSING, f"{BROWSING}/{{rest:path}}"], operation_id="browse", include_in_schema=False)
    async def browse() -> ASGIApp:
        release_id = current_release(releases)
        if release_id is None:
            raise NotReleased(NOTHING_YET)
        return _within(await serving(release_id))

    return browse


def _within(datasette: Any) -> ASGIApp:
    """Datasette as it is asked from below its path; it decodes the raw path itself."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        inner: Any = dict(scope)
        raw = inner.get("raw_path") or inner["path"].encode()
        inner["path"] = inner["path"].removeprefix(BROWSING) or "/"
        inner["raw_path"] = raw.split(b"?")[0].removeprefix(BROWSING.encode()) or b"/"
        await datasette(inner, receive, send)

    return answer
