"""Atomic replacement of files: written whole and durably, or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from secrets import token_hex

from datapackage.formats.archives import check_target

NEW = ".new-"
"""The name prefix of files being written. One without a running writer was left by a killed process."""
PRIVATE, SHOWN = 0o600, 0o666  # minus the account's umask


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Open a file to write that replaces `path` when it is complete. On an error it is deleted.

    private: only its owner may read it. Raises Unreadable if `path` is a directory or its parent does not exist.
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
    """Claim a free name in a folder with an empty file that only its owner may read."""
    for number in count(1):
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{suffix}"
        try:
            path.touch(PRIVATE, exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise AssertionError("there is always another number")


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to disk."""
    if path.is_dir() and sys.platform == "win32":
        return  # folders cannot be opened there
    opened = os.open(path, os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sync_all(folder: Path) -> None:
    """Flush a folder and everything in it to disk."""
    for path in (*folder.rglob("*"), folder):
        sync(path)
