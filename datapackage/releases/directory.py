"""The folder of releases: each as a directory and a zip by its id, with a pointer to the current one."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from datapackage.formats.atomic_files import NEW, replacing
from inventory.errors import Unreadable

LATEST = "latest"
LOCK = ".lock"
MEDIA = {
    "": "text/plain",
    ".csv": "text/csv",
    ".db": "application/vnd.sqlite3",
    ".json": "application/json",
    ".md": "text/plain",
    ".parquet": "application/vnd.apache.parquet",
    ".zip": "application/zip",
}
"""Media types of release files by suffix, because the system's own table differs between machines."""
_ID = re.compile(r"\d{4}-\d\d-\d\d\.([1-9]\d{0,17})")


def is_release_id(name: str) -> bool:
    """Return whether a name is a release id: a day and a public number, such as 2026-11-22.1187."""
    return _ID.fullmatch(name) is not None


def directory(releases: Path, release_id: str) -> Path:
    """Return the directory of a release."""
    return releases / release_id


def archive(releases: Path, release_id: str) -> Path:
    """Return the path of a release's zip."""
    return releases / f"{release_id}.zip"


def archive_sum(releases: Path, release_id: str) -> str | None:
    """Return the checksum of a release's zip in hex; None if none was recorded."""
    path = archive(releases, release_id)
    try:
        return sum_file(path).read_text("utf-8").partition("  ")[0]
    except FileNotFoundError:
        return None


def sum_file(path: Path) -> Path:
    """Return the path of a zip's checksum file, which `sha256sum --check` reads."""
    return path.with_name(f"{path.name}.sha256")


def release_ids(releases: Path) -> list[str]:
    """Return the ids of all releases, newest first."""
    found = [path.name for path in releases.iterdir() if path.is_dir()] if releases.is_dir() else []
    return sorted(filter(is_release_id, found), key=release_number, reverse=True)


def shelved_ids(releases: Path) -> list[str]:
    """Return every release of which there is a folder or a zip, newest first."""
    zipped = (path.stem for path in releases.glob("*.zip") if path.is_file())
    return sorted({*release_ids(releases), *filter(is_release_id, zipped)}, key=release_number, reverse=True)


def current_release(releases: Path) -> str | None:
    """Return the id of the current release; None before the first, or if the pointer is invalid."""
    try:
        name = (releases / LATEST).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    return name if is_release_id(name) else None


def followed(path: Path) -> Path:
    """Return the path, or the current release if the path is the pointer. Raises Unreadable if that release is gone."""
    if path.name != LATEST or not path.is_file():
        return path
    named = current_release(path.parent)
    for release in (directory(path.parent, named), archive(path.parent, named)) if named else ():
        if release.exists():
            return release
    raise Unreadable(f"{path} points to no release that is there; name the directory or the zip of one")


def set_current(releases: Path, release_id: str) -> None:
    """Point to a release atomically, never to an older one. The caller holds the lock of the folder."""
    current = current_release(releases)
    if current is not None and release_number(current) >= release_number(release_id):
        return
    with replacing(releases / LATEST) as new:
        new.write_text(release_id + "\n", "utf-8")


@contextmanager
def held(releases: Path) -> Iterator[None]:
    """Hold the lock of the folder, and delete the files that killed processes left there."""
    releases.mkdir(parents=True, exist_ok=True)
    with FileLock(releases / LOCK):
        for left in releases.glob(f"{NEW}*"):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()
        yield


def release_number(release_id: str) -> int:
    """Return the public number of the last entry that a release holds."""
    return int(release_id.rpartition(".")[2])
