"""Forms of awkward cells: small functions from another system's spelling to ours."""

import datetime
import re
from collections.abc import Callable

from msgspec import Struct


class Formed(Struct, frozen=True):
    """The value of a cell (None: no information), and a message on the part that was not taken as it is."""

    value: str | None
    told: str | None = None


_WEB = re.compile(r"https?://[^\s<>]+", re.I)
_BARE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/\S*)?", re.I)
_BETWEEN = re.compile(r"\s*<>\s*|\s+|[,;]\s*(?=https?://)", re.I)


def address(cell: str) -> Formed:
    """Return the first web address of a cell that may hold several, none, or words.

    Add https if the scheme is missing.
    """
    pieces = [piece for piece in _BETWEEN.split(cell.strip()) if piece]
    if len(pieces) == 1 and _BARE.fullmatch(pieces[0]):
        return Formed(f"https://{pieces[0]}", "The address does not start with https://; it was added")
    if not pieces or not all(_WEB.fullmatch(piece) and len(piece) > len("https://") for piece in pieces):
        return Formed(None, "The cell holds no web address and was left out")
    rest = len(pieces) - 1
    return Formed(pieces[0], f"The cell holds {rest + 1} addresses; the first was taken" if rest else None)


def count(cell: str) -> Formed:
    """Return a whole number without separators of thousands and leading zeros."""
    if re.fullmatch(r"0+[0-9]+", cell):
        return Formed(str(int(cell)), "The number begins with zeros; they were dropped")
    return Formed(cell.replace(",", "") if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", cell) else cell)


def year_ending(cell: str) -> Formed:
    """Return the second year of a fiscal year that spans two calendar years, written as 2019-2020 or by its first as
    2019.
    """
    spans = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", cell)
    if spans is None:
        return Formed(cell)
    first, last = int(spans[1]), int(spans[2] or int(spans[1]) + 1)
    return Formed(str(last) if last == first + 1 else cell)


def before_bar(cell: str) -> Formed:
    """Return the first of two languages, written as `English | French`."""
    return Formed(cell.split(" | ")[0])


def listed(cell: str) -> Formed:
    """Return the items of a list written as `["a", "b"]` or without brackets, separated by commas."""
    items = (item.strip().strip("\"'") for item in cell.strip().strip("[]").split(","))
    return Formed(",".join(item for item in items if item) or None)


def day_in(cell: str) -> datetime.date | None:
    """Return the day of a cell such as 2026-01-31 or 1/31/2026; None if it has none."""
    spelled = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", cell.strip())
    american = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", cell.strip())
    parts = spelled.group(1, 2, 3) if spelled else american.group(3, 1, 2) if american else None
    try:
        return datetime.date(*map(int, parts)) if parts else None
    except ValueError:
        return None


def date(cell: str) -> Formed:
    """Return a day written as 1/31/2026 or 2026-01-31, with or without a time."""
    day = day_in(cell)
    return Formed(day.isoformat() if day else cell)


def quarter(cell: str) -> Formed:
    """Return a quarter written as 1 or Q1."""
    return Formed(cell.strip().removeprefix("Q").removeprefix("q"))


FORMS: dict[str, Callable[[str], Formed]] = {
    function.__name__: function for function in (address, count, year_ending, before_bar, listed, date, quarter)
}
