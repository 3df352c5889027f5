"""Formulas that a workbook holds without their values: a reader would take their cells for empty ones."""

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from datapackage.archives import DAMAGED
from inventory.errors import Unreadable

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OF_DOCUMENT = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHUNK = 1 << 20
_FORMULA = b"<f"


def formulas_without_value(path: Path) -> dict[str, list[str]]:
    """By sheet, the cells whose formula was never worked out. Raises Unreadable for a damaged workbook."""
    try:
        with zipfile.ZipFile(path) as packed:
            found = ((sheet, _in_sheet(packed, member)) for sheet, member in _members(packed))
            return {sheet: cells for sheet, cells in found if cells}
    except (*DAMAGED, ElementTree.ParseError) as fault:
        raise Unreadable(f"{path.name} is damaged: {fault}") from fault


def _members(packed: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The names of the sheets, and under which name each lies in the file."""
    names = set(packed.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return
    related = ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels"))
    targets = {one.get("Id"): posixpath.join("/xl", one.get("Target", "")).lstrip("/") for one in related}
    for sheet in ElementTree.fromstring(packed.read("xl/workbook.xml")).iter(f"{_MAIN}sheet"):
        member = targets.get(sheet.get(f"{_OF_DOCUMENT}id"), "")
        if member in names:
            yield sheet.get("name", ""), member


def _in_sheet(packed: zipfile.ZipFile, member: str) -> list[str]:
    with packed.open(member) as file:
        if not _has_formulas(file):
            return []
    with packed.open(member) as file:
        cells = []
        for _, item in ElementTree.iterparse(file):
            if item.tag == f"{_MAIN}c":
                if _lacks_value(item):
                    cells.append(item.get("r", "a cell"))
                item.clear()
            elif item.tag == f"{_MAIN}row":
                item.clear()
        return cells


def _has_formulas(file: IO[bytes]) -> bool:
    before = b""
    while chunk := file.read(_CHUNK):
        if _FORMULA in before + chunk:
            return True
        before = chunk[-1:]
    return False


def _lacks_value(cell: ElementTree.Element) -> bool:
    value = cell.find(f"{_MAIN}v")
    is_empty_text = value is not None and cell.get("t") == "str"
    return cell.find(f"{_MAIN}f") is not None and (value is None or not (value.text or is_empty_text))
