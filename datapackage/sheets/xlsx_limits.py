"""How far the sheets of a workbook reach, found out first: its reader makes room for every cell up to the last."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from string import ascii_letters, digits
from typing import IO

from datapackage.formats.archives import DAMAGED, members
from datapackage.formats.bounds import IN_PARTS, Sizes
from inventory.errors import TooMuch, Unreadable
from inventory.validation.shape_problems import shown

MOST_BYTES = 4 * 2**30
MOST_CELLS = 20_000_000  # of all sheets, each up to its last one; a million rows of twenty columns

MOST_OF_A_PART = {
    "xl/workbook.xml": 4 * 2**20,
    "xl/_rels/workbook.xml.rels": 2**20,
    "xl/styles.xml": 16 * 2**20,
    "[content_types].xml": 2**20,
}
"""Parts that are held in memory whole, and the most bytes of each."""

_CHUNK = 1 << 20
_CELL = re.compile(rb"[<:]c[\s>/]")
_PLAIN_PLACE = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"')
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_ROW = re.compile(rb"""\sr\s*=\s*["']([0-9]{1,7})["']""")
_TAG = re.compile(rb"<(?:\w+:)?(row|c)((?:[\s/][^<>]*)?)>")
_OUTSIDE = re.compile(rb"""\sr\s*=\s*["'](?:[A-Za-z]{4,}[0-9]|[A-Za-z]*[0-9]{8,})""")
"""A place with more letters or digits than any sheet has. The reader makes room up to it, whatever the sheet holds."""
_LETTERS, _DIGITS = ascii_letters.encode(), digits.encode()

Reach = tuple[int, int]
"""The last row and the last column, both from 1."""


def check_workbook(path: Path, sizes: Sizes) -> None:
    """Raise Unreadable for a workbook that is none, or would fill the memory; TooMuch for one beyond the sizes."""
    if not zipfile.is_zipfile(path):
        raise Unreadable(f"{path.name} is not an XLSX workbook")
    infos = members(path, MOST_BYTES)
    for info in infos:
        most = MOST_OF_A_PART.get(info.filename.lower().replace("\\", "/").removeprefix("/"), MOST_BYTES)
        if info.file_size > most:
            raise Unreadable(f"{path.name}: {info.filename} has more than {most:,} bytes; save the workbook anew")
    if sizes.sheet_bytes is not None and (size := sum(info.file_size for info in infos)) > sizes.sheet_bytes:
        raise TooMuch(f"{path.name} holds {size:,} bytes, more than {sizes.sheet_bytes:,}. {IN_PARTS}")
    try:
        with zipfile.ZipFile(path) as packed:
            _check_cells(path.name, packed, [info for info in infos if info.filename.endswith(".xml")], sizes.cells)
            for info in infos:
                # The reader goes by what leads to a sheet, not by its name.
                if not info.filename.endswith(".xml") and _is_sheet(path.name, packed, info):
                    raise Unreadable(f"{path.name} holds a sheet that is not named .xml: {shown(info.filename)}")
    except DAMAGED as fault:
        raise Unreadable(f"{path.name} is damaged: {shown(str(fault))}") from fault


def _is_sheet(name: str, packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    rest, size = b"", 0
    with _whole(packed, info) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > info.file_size:
                raise Unreadable(f"{name} does not hold what it says: {shown(info.filename)}")
            if b"sheetData" in rest + chunk:
                return True
            rest = chunk[-len(b"sheetData") :]
    return False


def _check_cells(name: str, packed: zipfile.ZipFile, infos: list[zipfile.ZipInfo], most: int | None) -> None:
    told, all_told = 0, True
    for info in infos:
        (rows, columns), tells_places = _farthest(_within_a_sheet(name, info, pieces(name, packed, info)))
        told, all_told = told + rows * columns, all_told and tells_places
    if told <= (most or MOST_CELLS) and all_told:
        return
    cells = 0
    for info in infos:  # cells that hold nothing but a format do not count, and some tell no place
        rows, columns = _reach(pieces(name, packed, info))
        if rows * columns > MOST_CELLS:
            raise Unreadable(
                f"{name}: {shown(info.filename)} has a cell as far out as row {rows:,}, column {columns:,}"
            )
        cells += rows * columns
        check_room(name, cells, most)


def check_room(name: str, cells: int, most: int | None) -> None:
    """Raise Unreadable where the sheets of a workbook have more cells than are read; TooMuch beyond a lower bound."""
    if most is not None and cells > most:
        raise TooMuch(f"{name}: its sheets reach over more than {most:,} cells in all. {IN_PARTS}")
    if cells > MOST_CELLS:
        raise Unreadable(f"{name}: its sheets reach over more than {MOST_CELLS:,} cells in all")


def _whole(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """The member for reading all that is in it, and not just as much as the archive says there is."""
    told = zipfile.ZipInfo(info.filename)
    for fact in ("compress_type", "compress_size", "CRC", "header_offset", "flag_bits", "orig_filename"):
        setattr(told, fact, getattr(info, fact))
    told.file_size = MOST_BYTES + 1
    return packed.open(told)


def pieces(name: str, packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member in pieces that part no tag. Raises Unreadable where more comes out than the archive says."""
    rest, size = b"", 0
    with _whole(packed, info) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            whole = rest + chunk
            cut = whole.rfind(b"<")
            if size > info.file_size or len(whole) - cut > 2 * _CHUNK:
                raise Unreadable(f"{name} does not hold what it says: {shown(info.filename)}")
            yield whole[:cut]
            rest = whole[cut:]
    yield rest


def _within_a_sheet(name: str, info: zipfile.ZipInfo, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces. Raises Unreadable for a row or cell placed outside of any sheet."""
    for piece in pieces:
        if _OUTSIDE.search(piece) and any(_OUTSIDE.search(facts) for _, facts in _TAG.findall(piece)):
            raise Unreadable(
                f"{name}: {shown(info.filename)} places a cell outside of any sheet. Save the workbook anew"
            )
        yield piece


def _farthest(pieces: Iterator[bytes]) -> tuple[Reach, bool]:
    """The reach of all cells that tell their place, and whether all do."""
    rows, columns, tells = 0, 0, True
    for piece in pieces:
        if piece.count(b"<c r=") == piece.count(b"<c") + piece.count(b":c"):  # as nearly everyone writes them
            places = _PLAIN_PLACE.findall(piece)
            tells = tells and len(places) == piece.count(b"<c r=")
        else:
            places = [column + row for column, row in _PLACE.findall(piece)]
            tells = tells and len(_CELL.findall(piece)) <= len(places)
        rows = max(rows, *map(int, {place.lstrip(_LETTERS) for place in places}), 0)
        columns = max(columns, *map(_number, {place.rstrip(_DIGITS) for place in places}), 0)
    return (rows, columns), tells


def _reach(pieces: Iterator[bytes]) -> Reach:
    """The reach of the cells that hold something, those that tell no place counted on from the one before."""
    row = column = rows = columns = 0
    for piece in pieces:
        for kind, facts in _TAG.findall(piece):
            if kind == b"row":
                given = _ROW.search(facts)
                row, column = int(given[1]) if given else row + 1, 0
                continue
            place = _PLACE.search(facts)
            column = _number(place[1]) if place else column + 1
            if not facts.endswith(b"/"):
                rows, columns = max(rows, int(place[2]) if place else row), max(columns, column)
    return rows, columns


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
