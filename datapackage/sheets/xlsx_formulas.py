"""Formulas that a workbook holds without their values: a reader would take their cells for empty ones."""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from datapackage.formats.archives import DAMAGED
from datapackage.sheets.xlsx_limits import MOST_CELLS
from inventory.errors import Unreadable
from inventory.validation.shape_problems import shown

WORKBOOK, RELATIONSHIPS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
MOST_SHEETS = 500
DEEPEST = 100  # elements within one another
MOST_ELEMENTS = 4 * MOST_CELLS  # of a part: a cell, its formula and its value, some more
_CHUNK = 1 << 20
_FORMULA = b"<f"


def formulas_without_value(path: Path) -> dict[str, list[str]]:
    """By sheet, the cells whose formula was never worked out. Raises Unreadable for a damaged workbook."""
    try:
        with zipfile.ZipFile(path) as packed:
            found = ((sheet, _in_sheet(packed, member)) for sheet, member in _members(path.name, packed))
            return {sheet: cells for sheet, cells in found if cells}
    except (*DAMAGED, ElementTree.ParseError, LookupError) as fault:  # LookupError: an encoding that nobody knows
        raise Unreadable(f"{path.name} is damaged: {shown(str(fault))}") from fault


def _members(name: str, packed: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The names of the sheets, and under which name each lies in the file."""
    names = {_plain(inside): inside for inside in packed.namelist()}
    if not {WORKBOOK, RELATIONSHIPS} <= names.keys():
        return
    related = _read(packed, names[RELATIONSHIPS], _Named("Relationship"))
    targets = {one.get("Id", ""): _plain(one.get("Target", "")).removeprefix("xl/") for one in related}
    sheets = _read(packed, names[WORKBOOK], _Named("sheet"))
    if len(sheets) > MOST_SHEETS:
        raise Unreadable(f"{name} has more than {MOST_SHEETS} sheets")
    parts = [targets[one["id"]] for one in sheets if one.get("id") in targets]
    if len(set(parts)) < len(parts):
        raise Unreadable(f"{name} has two sheets that are one part of the file; save it anew")
    for one in sheets:
        member = names.get(f"xl/{targets.get(one.get('id', ''), '')}")
        if member is not None:
            yield one.get("name", ""), member


def _plain(inside: str) -> str:
    """The name of a part as its reader compares it."""
    return inside.lower().replace("\\", "/").removeprefix("/")


def _in_sheet(packed: zipfile.ZipFile, member: str) -> list[str]:
    with packed.open(member) as file:
        if not _has_formulas(file):
            return []
    cells: list[str] = _read(packed, member, _Formulas())
    return cells


def _has_formulas(file: IO[bytes]) -> bool:
    before = b""
    while chunk := file.read(_CHUNK):
        if _FORMULA in before + chunk:
            return True
        before = chunk[-1:]
    return False


def _read(packed: zipfile.ZipFile, member: str, into: Any) -> Any:
    """A part read element by element: however many there are, none stays in memory."""
    parser = ElementTree.XMLParser(target=into)
    with packed.open(member) as file:
        while chunk := file.read(_CHUNK):
            parser.feed(chunk)
    return parser.close()


class _Elements:
    """Receives the elements of a part. Raises Unreadable where they are nested too deeply."""

    def __init__(self) -> None:
        self._depth = self._count = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        self._count += 1
        if self._depth > DEEPEST or self._count > MOST_ELEMENTS:
            raise Unreadable(f"The workbook has more than {MOST_ELEMENTS:,} elements, or {DEEPEST} within one another")

    def end(self, tag: str) -> None:
        """An element ends."""
        self._depth -= 1


class _Named(_Elements):
    """The attributes of all elements of one name, whatever their namespaces."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._found = name, list[dict[str, str]]()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        super().start(tag, attributes)
        if _local(tag) == self._name:
            self._found.append({_local(name): value for name, value in attributes.items()})

    def close(self) -> list[dict[str, str]]:
        """Return them."""
        return self._found


class _Formulas(_Elements):
    """The cells of a sheet that have a formula and no value."""

    def __init__(self) -> None:
        super().__init__()
        self._cells, self._cell, self._may_be_empty = list[str](), "", False
        self._inside, self._formula, self._value = "", False, False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        super().start(tag, attributes)
        self._inside = _local(tag)
        if self._inside == "c":
            self._cell, self._may_be_empty = attributes.get("r", "a cell"), attributes.get("t") == "str"
            self._formula = self._value = False
        elif self._inside == "f":
            self._formula = True
        elif self._inside == "v":
            self._value = self._may_be_empty

    def data(self, text: str) -> None:
        """Text of the element that began last."""
        self._value = self._value or self._inside == "v"

    def end(self, tag: str) -> None:
        """An element ends."""
        super().end(tag)
        self._inside = ""
        if self._formula and not self._value and _local(tag) == "c":
            self._cells.append(self._cell)

    def close(self) -> list[str]:
        """Return them."""
        return self._cells


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
