"""Folders and zips: packing them, and reading untrusted ones safely and within limits."""

import errno
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from datapackage.formats.located import Opener
from inventory.errors import Unreadable
from inventory.validation.shape_problems import shown

MOST_FILES, MOST_BYTES = 500, 20 * 2**30
# The inventory's own packages and workbooks expand 6 to 13 times, single tables up to 26 times.
MOST_TIMES, ALWAYS_FINE_BYTES = 60, 64 * 2**20

# All errors that reading a damaged zip raises.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def files_inside(source: Path) -> Mapping[str, Opener]:
    """Return the files of a folder or zip by path inside it. Raises Unreadable for an invalid or too large zip."""
    if source.is_dir():
        inside = (path for path in sorted(source.rglob("*")) if path.is_file())
        ours = (path for path in inside if path.resolve().is_relative_to(source.resolve()))
        return {path.relative_to(source).as_posix(): partial(_file, path) for path in ours}
    names = (info.filename for info in members(source) if not info.is_dir())
    return {name: partial(_member, source, name) for name in names}


def members(archive: Path, most: int = MOST_BYTES) -> list[zipfile.ZipInfo]:
    """Return the entries of a zip. Raises Unreadable if it is invalid or holds too many bytes, or too many for its
    size.

    Reading a member yields no more bytes than its entry declares; excess bytes count as damage.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            infos = packed.infolist()
    except DAMAGED as fault:
        raise Unreadable(f"{archive.name} is not a zip file") from fault
    if not all(info.filename for info in infos):
        raise Unreadable(f"{archive.name} holds a file without a name")
    size = sum(info.file_size for info in infos)
    if len(infos) > MOST_FILES or size > most:
        raise Unreadable(f"{archive.name} holds more than {MOST_FILES} files or {most:,} bytes")
    if size > max(ALWAYS_FINE_BYTES, MOST_TIMES * archive.stat().st_size):
        raise Unreadable(f"{archive.name} holds {size:,} bytes, more than {MOST_TIMES} times its own size")
    # Other compression methods may expand a whole member for a small read.
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        raise Unreadable(f"{archive.name} is packed by another method than Deflate")
    return infos


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an untrusted zip. Raises Unreadable if it is damaged or has paths outside of it."""
    infos = members(archive)
    for info in infos:
        check_path(archive.name, info.filename)
    if len({info.filename for info in infos}) < len(infos):
        raise Unreadable(f"{archive.name} holds a file twice")
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    except DAMAGED as fault:
        if isinstance(fault, OSError) and fault.errno == errno.ENOSPC:
            raise
        raise Unreadable(f"{archive.name} cannot be unpacked: {shown(str(fault))}") from fault


def check_path(name: str, inside: str) -> None:
    """Raise Unreadable for a path that is not a plain path inside: absolute, outside, hidden, or an address."""
    path = PurePosixPath(inside)
    hidden = any(part.startswith(".") for part in path.parts)
    if not inside or path.is_absolute() or hidden or "\\" in inside or ":" in inside or "\0" in inside:
        raise Unreadable(f"{name} names a path that does not lead to a file inside it: {shown(inside)}")


def check_target(out: Path) -> None:
    """Raise Unreadable, before any work is done, if no file can be written at that path."""
    if not out.parent.is_dir():
        raise Unreadable(f"There is no directory {out.parent} to write {out.name} in")
    if out.is_dir():
        raise Unreadable(f"{out} is a directory")


def _member(archive: Path, name: str) -> IO[bytes]:
    # The archive stays open as long as the member does: closing a member opened by path closes both.
    with undamaged(archive.name):
        return io.BufferedReader(_Member(archive.name, zipfile.ZipFile(archive).open(name)))


class _Member(io.RawIOBase):
    """A zip member. Reading it raises Unreadable if it is damaged."""

    def __init__(self, archive: str, file: IO[bytes]) -> None:
        self._archive, self._file = archive, file

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into the buffer, and return how many bytes."""
        with undamaged(self._archive):
            read = self._file.read(len(buffer))
            buffer[: len(read)] = read
            return len(read)

    def close(self) -> None:
        """Close the archive with its member."""
        self._file.close()
        super().close()


@contextmanager
def undamaged(archive: str) -> Iterator[None]:
    """Raise Unreadable for errors while a zip is read."""
    try:
        yield
    except DAMAGED as fault:
        raise Unreadable(f"{archive} is damaged: {shown(str(fault))}") from fault


def _file(path: Path) -> IO[bytes]:
    return path.open("rb")


def pack(folder: Path, archive: Path) -> None:
    """Pack a folder into a zip whose bytes depend on the files alone: sorted names, no timestamps."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with path.open("rb") as source, packed.open(info, "w", force_zip64=True) as target:
                while chunk := source.read(1 << 20):
                    target.write(chunk)
