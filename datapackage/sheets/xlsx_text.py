"""A limit on the text of a workbook's cells. They may share one string, and the reader copies it for each of them."""

import re
import zipfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from datapackage.sheets.xlsx_limits import pieces
from inventory.errors import Unreadable

MOST_TEXT = 512 * 2**20  # bytes; a million rows of 500 characters each
MOST_STRINGS = 5_000_000
SHARED = "xl/sharedstrings.xml"

_ITEM = re.compile(rb"<(?:\w+:)?si[\s>/]")
_SHARES = re.compile(rb"""\st\s*=\s*["']s["']""")
_PLACE = re.compile(
    rb"""<(?:\w+:)?c\s(?:[^<>]*\s)?t\s*=\s*["']s["'][^<>]*>\s*<(?:\w+:)?v(?:\s[^<>]*)?>\s*([0-9]{1,9})\s*<"""
)
_LEAST_CELL = len(b'<c t="s"><v>0</v></c>')


def check_text(path: Path, most: int | None = None) -> None:
    """Raise Unreadable if a small file would expand to more text than allowed."""
    with zipfile.ZipFile(path) as packed:
        _check(path.name, packed, packed.infolist(), MOST_TEXT if most is None else most)


def _check(name: str, packed: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo], most: int) -> None:
    shared = [info for info in infos if info.filename.lower() == SHARED]
    sheets = [info for info in infos if info.filename.endswith(".xml") and info not in shared]
    every = (length for info in shared for length in _lengths(pieces(name, packed, info)))
    lengths = array("I", islice(every, MOST_STRINGS + 1))
    if len(lengths) > MOST_STRINGS:
        raise Unreadable(f"{name} has more than {MOST_STRINGS:,} strings")
    longest = max(lengths, default=0)
    if sum(info.file_size for info in sheets) // _LEAST_CELL * longest <= most:
        return
    found = [piece for info in shared for piece in pieces(name, packed, info) if b"<!" in piece]
    if len(shared) > 1 or found:  # then the index of a string is ambiguous
        raise Unreadable(f"{name} holds strings in a form that is not taken; save it anew")
    size = sum(_size(piece, lengths, longest) for info in sheets for piece in pieces(name, packed, info))
    if size > most:
        raise Unreadable(f"{name} holds {size:,} bytes of text, more than {most:,}")


def _lengths(parts: Iterable[bytes]) -> Iterator[int]:
    """Yield the length of each string in order, markup included."""
    begin, before, seen = 0, 0, False
    for part in parts:
        for match in _ITEM.finditer(part):
            if seen:
                yield before + match.start() - begin
            begin, seen = before + match.start(), True
        before += len(part)
    if seen:
        yield before - begin


def _size(piece: bytes, lengths: Sequence[int], longest: int) -> int:
    """Return the text size of the shared strings of a piece of a sheet.

    Cells with an unclear index count as the longest.
    """
    places = [int(place) for place in _PLACE.findall(piece)]
    referenced = sum(lengths[place] if place < len(lengths) else 0 for place in places)
    return referenced + max(0, len(_SHARES.findall(piece)) - len(places)) * longest
