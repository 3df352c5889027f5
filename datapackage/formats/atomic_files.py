"""Files written in the place of others: whole and on disk, or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from secrets import token_hex

from datapackage.formats.archives import check_target

NEW = ".new-"
"""How names begin of what is being written; what bears one and is nobody's was left by a process that was killed."""
PRIVATE, SHOWN = 0o600, 0o666  # less what the account's mask takes


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """A file to write, which takes the place of `path` once it is written; where that fails nothing is left of it.

    private: it holds what is not public, and only its owner may read it. Raises Unreadable where `path` is a directory
    or in none.
    """
    check_target(path)
    new = path.with_name(f"{NEW}{token_hex(8)}")
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE if private else SHOWN))
    try:
        yield new
        sync(new)
        new.replace(path)
        sync(path.parent)
    finally:
        new.unlink(missing_ok=True)


def claimed(folder: Path, stem: str, suffix: str) -> Path:
    """A name in a folder that was free and is now taken, by an empty file that only its owner may read."""
    for number in count(1):
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{suffix}"
        try:
            path.touch(PRIVATE, exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise AssertionError("there is always another number")


def sync(path: Path) -> None:
    """See to it that a file, or the names in a folder, are on disk."""
    if path.is_dir() and sys.platform == "win32":
        return  # folders cannot be opened there
    opened = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sync_all(folder: Path) -> None:
    """The same for a folder and everything in it."""
    for path in (*folder.rglob("*"), folder):
        sync(path)
