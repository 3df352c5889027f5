"""Long lists in temporary files."""

import tempfile
import weakref
from collections.abc import Collection, Iterator
from itertools import islice
from typing import TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T", bound=Struct)
IN_MEMORY = 1 << 20
"""Bytes of a list that need no file."""


class Spool(Collection[T]):
    """A list that only grows, one JSON line an item, in a temporary file where it is long.

    most: how many items it holds; None: all. Others are only counted.
    """

    def __init__(self, kind: type[T], most: int | None = None) -> None:
        self._decode = msgspec.json.Decoder(kind).decode
        self._most, self._held, self.total = most, 0, 0
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - it closes with the list
        weakref.finalize(self, self._file.close)

    def append(self, item: T) -> None:
        """Add an item at the end."""
        self.total += 1
        if self._most is None or self._held < self._most:
            self._file.seek(0, 2)
            self._file.write(msgspec.json.encode(item) + b"\n")
            self._held += 1

    def lines(self) -> Iterator[bytes]:
        """Return the items as lines of JSON. Several readers may read in turns."""
        place = 0
        for _ in range(self._held):
            self._file.seek(place)
            line = self._file.readline()
            place += len(line)
            yield line

    def __len__(self) -> int:
        return self._held

    def __iter__(self) -> Iterator[T]:
        return map(self._decode, self.lines())

    def __contains__(self, item: object) -> bool:
        return any(one == item for one in self)

    def __getitem__(self, place: int) -> T:
        return next(islice(self, place, None))
