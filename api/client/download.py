"""Where what is pulled goes: a file that can be gone on with, or a stream."""

import os
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from datapackage.formats.archives import check_target
from datapackage.formats.atomic_files import replacing
from inventory.errors import Unreadable


class Reached(Struct, frozen=True, kw_only=True):
    """How far a pull has come: the bytes and submissions that are whole in the file, and the cursor of what follows.

    faults: which of them are none that this version knows. done: nothing follows. asked: what is pulled, from where.
    """

    asked: dict[str, str]
    cursor: str | None = None
    size: int = 0
    count: int = 0
    faults: tuple[str, ...] = ()
    done: bool = False

    def further(self, size: int, count: int, cursor: str | None, faults: tuple[str, ...]) -> "Reached":
        """So many bytes and submissions further, with what was wrong with some of them."""
        return Reached(
            asked=self.asked,
            cursor=cursor,
            size=self.size + size,
            count=self.count + count,
            faults=self.faults + faults,
            done=cursor is None,
        )


class PulledFile:
    """A file that grows by pages. Beside it lies how far it has come, until it is whole: a kill loses and repeats none.

    What a page left half written is cut off when the pull goes on.
    """

    def __init__(self, path: Path, asked: dict[str, str], since: str | None) -> None:
        self.path, self._side = path, path.with_name(f"{path.name}.pull")
        check_target(path)
        size = path.stat().st_size if path.exists() else 0
        if self._side.exists():
            self.reached = self._read(asked, size)
        elif size and since is None:
            raise Unreadable(f"{path} is there already; name another file, or remove it to pull all of it anew")
        else:
            _check_end(path, size)
            self.reached = Reached(asked=asked, cursor=since, size=size)

    def add(self, lines: bytes, count: int, cursor: str | None, faults: tuple[str, ...] = ()) -> None:
        """Append a page, then note that it is there."""
        if not self._side.exists():
            self._keep()
        with self.path.open("r+b" if self.path.exists() else "xb") as file:
            file.truncate(self.reached.size)
            file.seek(self.reached.size)
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        self.reached = self.reached.further(len(lines), count, cursor, faults)
        self._keep()

    def close(self) -> None:
        """The file is whole."""
        self._side.unlink(missing_ok=True)

    def _read(self, asked: dict[str, str], size: int) -> Reached:
        try:
            reached = msgspec.json.decode(self._side.read_bytes(), type=Reached)
        except msgspec.DecodeError as fault:
            raise Unreadable(
                f"{self._side} does not say how far {self.path} has come; remove both to begin anew"
            ) from fault
        if reached.asked != asked:
            begun = ", ".join(f"{name} {value}" for name, value in reached.asked.items())
            raise Unreadable(f"{self.path} was begun {begun}; go on with that, or name another file")
        if size < reached.size:
            raise Unreadable(f"{self.path} is shorter than it was; remove it and {self._side} to begin anew")
        return reached

    def _keep(self) -> None:
        with replacing(self._side) as new:
            new.write_bytes(msgspec.json.encode(self.reached))


class PulledStream:
    """A stream that is told page by page. It keeps nothing: whoever reads it goes on by the cursor."""

    def __init__(self, stream: BinaryIO, asked: dict[str, str], since: str | None) -> None:
        self._stream, self.reached = stream, Reached(asked=asked, cursor=since)

    def add(self, lines: bytes, count: int, cursor: str | None, faults: tuple[str, ...] = ()) -> None:
        """Tell a page."""
        self._stream.write(lines)
        self._stream.flush()
        self.reached = self.reached.further(len(lines), count, cursor, faults)

    def close(self) -> None:
        """All is told."""


def _check_end(path: Path, size: int) -> None:
    if not size:
        return
    with path.open("rb") as file:
        file.seek(size - 1)
        if file.read() != b"\n":
            raise Unreadable(f"{path} does not end with a line: nothing can be added to it")
