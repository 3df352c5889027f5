"""Where releases lie: in one folder, each as a directory and a zip by its id, with a pointer to the current one."""

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
"""What the files of a release are, by the end of their names. What a machine knows of such ends differs."""
_ID = re.compile(r"\d{4}-\d\d-\d\d\.([1-9]\d{0,17})")


def is_release_id(name: str) -> bool:
    """Whether a name is that of a release: a day and a public number, such as 2026-11-22.1187."""
    return _ID.fullmatch(name) is not None


def directory(releases: Path, release_id: str) -> Path:
    """The files of a release."""
    return releases / release_id


def archive(releases: Path, release_id: str) -> Path:
    """The same files as one zip."""
    return releases / f"{release_id}.zip"


def archive_sum(releases: Path, release_id: str) -> str | None:
    """Return the checksum of a release's zip in hex; None where it was made without one on record."""
    path = archive(releases, release_id)
    try:
        return sum_file(path).read_text("utf-8").partition("  ")[0]
    except FileNotFoundError:
        return None


def sum_file(path: Path) -> Path:
    """Return where the checksum of a zip is written, in the form that `sha256sum --check` reads."""
    return path.with_name(f"{path.name}.sha256")


def release_ids(releases: Path) -> list[str]:
    """Every release there is, newest first."""
    found = [path.name for path in releases.iterdir() if path.is_dir()] if releases.is_dir() else []
    return sorted(filter(is_release_id, found), key=release_number, reverse=True)


def shelved_ids(releases: Path) -> list[str]:
    """Return every release of which there is a folder or a zip, newest first."""
    zipped = (path.stem for path in releases.glob("*.zip") if path.is_file())
    return sorted({*release_ids(releases), *filter(is_release_id, zipped)}, key=release_number, reverse=True)


def current_release(releases: Path) -> str | None:
    """The id of the current release; None before the first, or where the pointer does not name one."""
    try:
        name = (releases / LATEST).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
    return name if is_release_id(name) else None


def followed(path: Path) -> Path:
    """What a path names: where it is the pointer, the release it points to. Raises Unreadable where that is gone."""
    if path.name != LATEST or not path.is_file():
        return path
    named = current_release(path.parent)
    for release in (directory(path.parent, named), archive(path.parent, named)) if named else ():
        if release.exists():
            return release
    raise Unreadable(f"{path} points to no release that is there; name the directory or the zip of one")


def set_current(releases: Path, release_id: str) -> None:
    """Point to a release, at once for all who look; never back to an older one. Whoever does so holds the shelf."""
    current = current_release(releases)
    if current is not None and release_number(current) >= release_number(release_id):
        return
    with replacing(releases / LATEST) as new:
        new.write_text(release_id + "\n", "utf-8")


@contextmanager
def held(releases: Path) -> Iterator[None]:
    """Be the only one who puts anything on the shelf, and clear away what those who were killed left there."""
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
