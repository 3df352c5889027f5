"""How a value is spelled in a cell of a table, both ways."""

import re
from collections.abc import Callable
from typing import Any

from inventory.schema.fields import Kind

Cell = str | int | bool | None
TIME_OF_DAY = "T"
"""What stands before hours and minutes that a workbook holds as a time of day, as in ISO 8601."""

_is_whole = re.compile(r"-?(0|[1-9][0-9]{0,17})").fullmatch
_is_time_of_day = re.compile(rf"{TIME_OF_DAY}[0-9]{{2}}:[0-9]{{2}}").fullmatch


def text(cell: Cell) -> str:
    """A cell as canonical CSV spells it: null is empty, booleans are true and false."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)


def is_count(spelled: str) -> bool:
    """Whether a text is a whole number that is not longer than any number here."""
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
"""By kind of field: the value that a cell spells. What is misspelled stays text, and checking names it."""
