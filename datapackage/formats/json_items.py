"""The documents of a large JSON file, read one at a time."""

import codecs
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

import msgspec

from datapackage.formats.bounds import IN_PARTS
from datapackage.formats.json_errors import why_not_json
from inventory.errors import TooMuch, Unreadable
from inventory.validation.shape_problems import shown

PIECE = 1 << 16
"""Bytes that are read at a time, at least."""
_SPACE = re.compile(r"[ \t\n\r]+")
_AFTER = tuple(" \t\n\r,:]}")
# It only finds where a value ends: `json_files.decode` reads it. Numbers stay text, for Python limits their digits.
_decoded = json.JSONDecoder(strict=False, parse_int=str, parse_float=str).raw_decode


def json_items(path: Path, tables: Collection[str], most: int | None) -> Iterator[tuple[str, bytes]]:
    """Return the documents of a file as JSON, each with its table, or with none where the file is one list.

    most: bytes of one document; None: no bound. Raises Unreadable for what is neither a list nor an object of lists by
    table, and TooMuch.
    """
    with path.open("rb") as file:
        window = _Window(file, path.name, most)
        if window.takes("["):
            yield from (("", item) for item in window.items())
        elif window.takes("{"):
            yield from _by_table(window, tables)
        else:
            raise window.refusal("begins with neither [ nor {")
        window.end()


def _by_table(window: "_Window", tables: Collection[str]) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    while not window.takes("}"):
        if seen:
            window.expect(",")
        name = window.name()
        window.expect(":")
        if name in seen:
            raise window.refusal(f"has the key {shown(name)} twice in one object")
        if name not in tables or not window.takes("["):
            raise window.refusal(
                f"is too large for one document: {shown(name)} is no list of a table. Send a list of documents, or an "
                "object of lists by table"
            )
        seen.add(name)
        yield from ((name, item) for item in window.items())


class _Window:
    """The part of a file that is looked at: at most one document and a piece more."""

    def __init__(self, file: IO[bytes], name: str, most: int | None) -> None:
        self._file, self._name, self._most = file, name, most
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._place, self._is_whole, self._items = "", 0, False, 0

    def takes(self, sign: str) -> bool:
        """Whether that sign comes next; it is passed then."""
        if self._next() != sign:
            return False
        self._place += 1
        return True

    def expect(self, sign: str) -> None:
        """Pass a sign. Raises Unreadable where another comes."""
        if not self.takes(sign):
            raise self.refusal(f"has {shown(self._next()) or 'its end'} in the place of {sign}")

    def items(self) -> Iterator[bytes]:
        """Return the items of a list that has begun, up to its end."""
        first = True
        while not self.takes("]"):
            if not first:
                self.expect(",")
            first = False
            value = self.value()
            self._items += 1
            yield value

    def name(self) -> str:
        """Return the next value, which has to be the name of a list. Raises Unreadable, TooMuch."""
        body = self.value()
        try:
            return msgspec.json.decode(body, type=str)
        except msgspec.DecodeError as fault:
            raise self.refusal(f"has a list with a name that {why_not_json(body, fault)}") from fault

    def value(self) -> bytes:
        """Return the next value as JSON in UTF-8. Raises Unreadable, TooMuch."""
        self._next()
        size = PIECE
        while True:
            try:
                end = _decoded(self._text, self._place)[1]
                if self._is_whole or self._text[end : end + 1] in _AFTER:
                    break  # a number may go on behind the window
            except RecursionError as fault:
                raise self.refusal("is nested too deeply") from fault
            except json.JSONDecodeError as fault:
                if self._is_whole:
                    raise self.refusal(f"is not JSON: {fault.msg}") from fault
            # Every character has a byte at least: what is longer in characters is so in bytes.
            if self._most is not None and len(self._text) - self._place > self._most:
                raise TooMuch(f"{self._where()} is longer than {self._most:,} bytes, or not JSON. {IN_PARTS}")
            self._read(size)
            size *= 2
        body, self._place = self._text[self._place : end].encode(), end
        if self._most is not None and len(body) > self._most:
            raise TooMuch(f"{self._where()} is longer than {self._most:,} bytes. {IN_PARTS}")
        return body

    def end(self) -> None:
        """Raise Unreadable where anything follows."""
        if self._next():
            raise self.refusal("goes on behind its end")

    def refusal(self, what: str) -> Unreadable:
        """Say what is wrong, and where."""
        return Unreadable(f"{self._where()} {what}")

    def _where(self) -> str:
        return f"{self._name}, after {self._items:,} documents," if self._items else self._name

    def _next(self) -> str:
        """Return the next sign that is no space; empty at the end."""
        while True:
            if spaces := _SPACE.match(self._text, self._place):
                self._place = spaces.end()
            if self._place < len(self._text):
                return self._text[self._place]
            if self._is_whole:
                return ""
            self._read(PIECE)

    def _read(self, size: int) -> None:
        piece = self._file.read(size)
        self._is_whole = not piece
        try:
            more = self._decoder.decode(piece, final=self._is_whole)
        except UnicodeDecodeError as fault:
            raise self.refusal(f"is not in UTF-8: {fault.reason}") from fault
        self._text, self._place = self._text[self._place :] + more, 0
