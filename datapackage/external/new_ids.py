"""New ids for records: the id of the parent, a hyphen, and the record's own name as a slug."""

from collections.abc import Callable
from itertools import count

from inventory.schema.fields import Field


def minted(field: Field, above: str | None, own: str, is_taken: Callable[[str], bool]) -> str:
    """Return the first free id: the plain one, then with -2, -3 and so on.

    If it would be longer than the field allows, the parent's part is shortened, because the end identifies the
    record.
    """
    assert field.max_length is not None  # every text has a maximum length
    for number in count(1):
        candidate = _fitted(above or "", own, "" if number == 1 else f"-{number}", field.max_length)
        if not is_taken(candidate):
            return candidate
    raise AssertionError("numbers do not end")


def _fitted(above: str, own: str, suffix: str, longest: int) -> str:
    last = own[: longest - len(suffix)].rstrip("-") + suffix
    first = above[: max(0, longest - len(last) - 1)].rstrip("-")
    return f"{first}-{last}" if first else last
