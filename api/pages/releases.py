"""Releases as files, for good; `latest` leads to the current one."""

from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from api.http.caching import is_unchanged
from api.http.downloads import Download
from api.pages.rendering import Pages
from datapackage.releases.checksums import listed_sums
from datapackage.releases.directory import (
    LATEST,
    MEDIA,
    archive,
    archive_sum,
    current_release,
    directory,
    is_release_id,
    release_ids,
)
from inventory.errors import NotFound


def release_routes(releases: Path, pages: Pages) -> list[HTTPRouteHandler]:
    """The routes of releases."""

    @get(
        "/releases",
        operation_id="listReleases",
        media_type=MediaType.HTML,
        include_in_schema=False,
        sync_to_thread=True,
    )
    def list_releases() -> Response[str]:
        listed = {name: archive(releases, name).is_file() for name in release_ids(releases)}
        return Response(pages.releases(listed, current_release(releases)), media_type=MediaType.HTML)

    @get("/releases/{path:path}", operation_id="getReleaseFile", include_in_schema=False, sync_to_thread=True)
    def get_file(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[Any]:
        release_id, _, name = path.strip("/").partition("/")
        if release_id in (LATEST, f"{LATEST}.zip") and (current := current_release(releases)):
            return Redirect(f"/releases/{release_id.replace(LATEST, current)}" + (f"/{name}" if name else ""))
        if release_id in (LATEST, f"{LATEST}.zip"):
            raise NotFound("There is no release yet")
        if not name and is_release_id(release_id.removesuffix(".zip")) and release_id.endswith(".zip"):
            return _archive(request, releases, release_id.removesuffix(".zip"))
        folder = directory(releases, release_id)
        if not is_release_id(release_id) or not folder.is_dir():
            raise NotFound(f"There is no release {release_id}")
        if not name:
            files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
            zipped = archive(releases, release_id).is_file()
            return Response(pages.release(release_id, files, zipped), media_type=MediaType.HTML)
        target = (folder / name).resolve()
        if not target.is_relative_to(folder.resolve()) or not target.is_file():
            raise NotFound(f"Release {release_id} holds no such file")
        return _file(request, target, f"{release_id}/{name}", listed_sums(folder).get(name))

    return [list_releases, get_file]


def _archive(request: Request[Any, Any, Any], releases: Path, release_id: str) -> Response[Any]:
    if not archive(releases, release_id).is_file():
        raise NotFound(f"There is no release {release_id}")
    return _file(request, archive(releases, release_id), f"{release_id}.zip", archive_sum(releases, release_id))


def _file(request: Request[Any, Any, Any], path: Path, name: str, sha256: str | None) -> Response[Any]:
    # A release never changes, so its name is all there is to compare.
    etag = f'"{name}"'
    if is_unchanged(request, etag):
        return Response(b"", status_code=304, headers={"ETag": etag})
    kind = MEDIA.get(path.suffix, "application/octet-stream")
    headers = {"ETag": etag, "Cache-Control": "public, max-age=31536000, immutable"}
    inline = kind.startswith("text/") or path.suffix == ".json"
    return Download(path, media_type=kind, inline=inline, headers=headers, sha256=sha256)
