"""How a value is spelled in a cell of a table, both ways."""

import re
from collections.abc import Callable
from typing import Any

from inventory.fields import Kind

Cell = str | int | bool | None

_is_whole = re.compile(r"-?(0|[1-9][0-9]{0,17})").fullmatch


def text(cell: Cell) -> str:
    """A cell as canonical CSV spells it: null is empty, booleans are true and false."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)


def _integer(spelled: str) -> Any:
    return int(spelled) if _is_whole(spelled) else spelled


def _boolean(spelled: str) -> Any:
    return {"true": True, "false": False}.get(spelled, spelled)


VALUES: dict[Kind, Callable[[str], Any]] = {"integer": _integer, "boolean": _boolean}
"""By kind of field: the value that a cell spells. What is misspelled stays text, and checking names it."""
