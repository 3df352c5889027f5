"""Detection of formulas without stored values, whose cells would be read as empty."""

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
DEEPEST = 100  # nested elements
MOST_ELEMENTS = 4 * MOST_CELLS  # elements of a part: a cell, its formula and its value, and some more
_CHUNK = 1 << 20
_FORMULA = b"<f"


def formulas_without_value(path: Path) -> dict[str, list[str]]:
    """Return the cells by sheet whose formula was never calculated. Raises Unreadable for a damaged workbook."""
    try:
        with zipfile.ZipFile(path) as packed:
            found = ((sheet, _in_sheet(packed, member)) for sheet, member in _members(path.name, packed))
            return {sheet: cells for sheet, cells in found if cells}
    except (*DAMAGED, ElementTree.ParseError, LookupError) as fault:  # LookupError: an unknown encoding
        raise Unreadable(f"{path.name} is damaged: {shown(str(fault))}") from fault


def _members(name: str, packed: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the names of the sheets with the names of their files in the zip."""
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
    """Return the name of a part in the form that its reader compares."""
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
    """Parse a part element by element, keeping no element in memory."""
    parser = ElementTree.XMLParser(target=into)
    with packed.open(member) as file:
        while chunk := file.read(_CHUNK):
            parser.feed(chunk)
    return parser.close()


class _Elements:
    """A receiver of a part's elements. It raises Unreadable if they are nested too deeply."""

    def __init__(self) -> None:
        self._depth = self._count = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Count an element that begins."""
        self._depth += 1
        self._count += 1
        if self._depth > DEEPEST or self._count > MOST_ELEMENTS:
            raise Unreadable(f"The workbook has more than {MOST_ELEMENTS:,} elements, or {DEEPEST} within one another")

    def end(self, tag: str) -> None:
        """Count an element that ends."""
        self._depth -= 1


class _Named(_Elements):
    """A collector of the attributes of all elements of one name, in any namespace."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._found = name, list[dict[str, str]]()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Collect the attributes of an element that begins."""
        super().start(tag, attributes)
        if _local(tag) == self._name:
            self._found.append({_local(name): value for name, value in attributes.items()})

    def close(self) -> list[dict[str, str]]:
        """Return the attributes."""
        return self._found


class _Formulas(_Elements):
    """A collector of the cells of a sheet that have a formula and no value."""

    def __init__(self) -> None:
        super().__init__()
        self._cells, self._cell, self._may_be_empty = list[str](), "", False
        self._inside, self._formula, self._value = "", False, False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note the cell or formula that begins."""
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
        """Note text of the element that began last."""
        self._value = self._value or self._inside == "v"

    def end(self, tag: str) -> None:
        """Collect the cell that ends, if it has a formula and no value."""
        super().end(tag)
        self._inside = ""
        if self._formula and not self._value and _local(tag) == "c":
            self._cells.append(self._cell)

    def close(self) -> list[str]:
        """Return the cells."""
        return self._cells


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
