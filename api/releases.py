"""Releases as files, for good; `latest` leads to the current one."""

import mimetypes
from pathlib import Path
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File, Redirect

from api.pages import Pages
from inventory.errors import NotFound


def current_release(releases: Path) -> str | None:
    """The id of the newest release, or None."""
    try:
        return (releases / "latest").read_text("utf-8").strip()
    except FileNotFoundError:
        return None


def release_ids(releases: Path) -> list[str]:
    """Every release, newest first."""
    found = [path.name for path in releases.iterdir() if _is_release(path)] if releases.is_dir() else []
    return sorted(found, key=lambda name: int(name.rpartition(".")[2]), reverse=True)


def release_routes(releases: Path, pages: Pages) -> list[HTTPRouteHandler]:
    """The routes of releases."""

    @get("/releases", operation_id="listReleases", media_type=MediaType.HTML, include_in_schema=False)
    async def list_releases() -> Response[str]:
        return Response(pages.releases(release_ids(releases), current_release(releases)), media_type=MediaType.HTML)

    @get("/releases/{path:path}", operation_id="getReleaseFile", include_in_schema=False)
    async def get_file(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[Any]:
        release_id, _, name = path.strip("/").partition("/")
        if release_id == "latest" and (current := current_release(releases)):
            return Redirect(f"/releases/{current}/{name}")
        folder = releases / release_id
        if release_id.endswith(".zip") and not name and (releases / release_id).is_file():
            return _file(request, releases / release_id, release_id)
        if not _is_release(folder):
            raise NotFound(f"There is no release {release_id}")
        if not name:
            files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
            return Response(pages.release(release_id, files), media_type=MediaType.HTML)
        target = (folder / name).resolve()
        if not target.is_relative_to(folder.resolve()) or not target.is_file():
            raise NotFound(f"Release {release_id} holds no such file")
        return _file(request, target, f"{release_id}/{name}")

    return [list_releases, get_file]


def _file(request: Request[Any, Any, Any], path: Path, name: str) -> Response[Any]:
    # A release never changes, so its name is all there is to compare.
    etag = f'"{name}"'
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers={"ETag": etag})
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = {"ETag": etag, "Cache-Control": "public, max-age=31536000, immutable"}
    inline = path.suffix in (".json", ".md", ".csv") or path.name == "SHA256SUMS"
    disposition = "inline" if inline else "attachment"
    if path.suffix == ".md" or path.name == "SHA256SUMS":
        kind = "text/plain; charset=utf-8"
    return File(path, filename=path.name, media_type=kind, headers=headers, content_disposition_type=disposition)  # type: ignore[arg-type]


def _is_release(path: Path) -> bool:
    day, _, number = path.name.rpartition(".")
    return path.is_dir() and number.isdigit() and len(day) == 10 and not path.name.startswith(".")
