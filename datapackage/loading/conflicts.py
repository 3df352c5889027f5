"""Differences between two sources of one record, figure by figure."""

from collections.abc import Iterator
from typing import Any

from datapackage.formats.located import Covers
from inventory.problems import WARNING, Problem
from inventory.records.registry import Document
from inventory.schema.fields import Shape

SOURCE = "source"
Key = tuple[str, ...]
Difference = tuple[str, Any, Any]
"""A pointer into the input, the earlier value and the new value; None if there is no value."""


def told_by_another(before: Document, raw: Any, covers: Covers) -> bool:
    """Return whether another source reports the record than before. Figures of two sources are never mixed."""
    if not isinstance(raw, dict):
        return True
    return (SOURCE,) in covers.paths and raw.get(SOURCE) != before.get(SOURCE)


def told_otherwise(read: Shape, before: Document, after: Document, given: Any) -> list[Problem]:
    """Return warnings where a record from another source has new values. Both versions stay in the ledger.

    given: the input, in the order of which the problems point; after: the record as it will be stored.
    """
    if before.get(SOURCE) == after.get(SOURCE):
        return []
    earlier_source = before.get(SOURCE, "What was entered before")
    return [
        Problem(
            code="sources-differ",
            severity=WARNING,
            message=f"{earlier_source} told it otherwise; that stays in the ledger as the version before",
            pointer=pointer,
            value=_listed(new),
            expected=str(_listed(old)),
        )
        for pointer, old, new in _differing(read, before, after, given, "")
        if pointer != f"/{SOURCE}"
    ]


def _differing(read: Shape, before: Document, after: Document, given: Any, pointer: str) -> Iterator[Difference]:
    for field in read.fields:
        old, new, here = before.get(field.name), after.get(field.name), f"{pointer}/{field.name}"
        raw = given.get(field.name) if isinstance(given, dict) else None
        if old is None or old == new:  # a new value contradicts nothing
            continue
        if field.part is None:
            yield here, old, new
        elif not field.many:
            yield from _differing(field.part, old, new or {}, raw, here)
        elif field.part.key:
            yield from _items_differing(field.part, old, new or [], raw, here)


def _items_differing(part: Shape, old: list[Any], new: list[Any], given: Any, here: str) -> Iterator[Difference]:
    """Yield differences of list items. Items match by key, and if as many are left on both sides, in order."""
    known, left = {_key(part, item): item for item in old}, {_key(part, item): item for item in new}
    pairs = [(known.pop(key), left.pop(key)) for key in list(left) if key in known]
    if len(known) == len(left):
        pairs += zip(known.values(), left.values(), strict=True)
        known.clear()
    places = {_key(part, item): place for place, item in enumerate(given)} if isinstance(given, list) else {}
    for before, after in pairs:
        place = places.get(_key(part, after))
        raw = given[place] if place is not None else None
        yield from _differing(part, before, after, raw, here if place is None else f"{here}/{place}")
    yield from ((here, "/".join(key), None) for key in known)


def _key(part: Shape, item: Any) -> Key:
    return tuple(str(item.get(key.name, "")) for key in part.key) if isinstance(item, dict) else ()


def _listed(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
