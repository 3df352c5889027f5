"""The spelling of values in table cells, in both directions."""

import re
from collections.abc import Callable
from typing import Any

from inventory.schema.fields import Kind

Cell = str | int | bool | None
TIME_OF_DAY = "T"
"""The prefix of hours and minutes that a workbook stores as a time of day, as in ISO 8601."""

_is_whole = re.compile(r"-?(0|[1-9][0-9]{0,17})").fullmatch
_is_time_of_day = re.compile(rf"{TIME_OF_DAY}[0-9]{{2}}:[0-9]{{2}}").fullmatch


def text(cell: Cell) -> str:
    """Return a cell as canonical CSV spells it: null is empty, booleans are true and false."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)


def is_count(spelled: str) -> bool:
    """Return whether a text is a whole number no longer than any number here."""
    return spelled.isdecimal() and len(spelled) <= 18


def _integer(spelled: str) -> Any:
    return int(spelled) if _is_whole(spelled) else spelled


def _boolean(spelled: str) -> Any:
    return {"true": True, "false": False}.get(spelled, spelled)


def _figure(spelled: str) -> str:
    if not _is_time_of_day(spelled):
        return spelled
    return f"{spelled.removeprefix(TIME_OF_DAY)}, which the spreadsheet made a time of day; write it in a cell of text"


VALUES: dict[Kind, Callable[[str], Any]] = {"integer": _integer, "boolean": _boolean, "decimal": _figure}
"""Parsers of cells by kind of field. Misspelled cells stay text, and validation reports them."""
