"""Merging of partial inputs into stored records. Fields the input does not cover keep their values."""

from functools import cache
from typing import Any

from datapackage.formats.located import Covers, Paths
from inventory.problems import WARNING, Problem
from inventory.records.registry import Document
from inventory.schema.fields import Field, Shape


def merged(read: Shape, before: Document, raw: Document, covers: Covers) -> tuple[Document, list[Problem]]:
    """Merge the input's fields into the stored document.

    Keyed lists are matched by their keys. In other lists, an input item matches the stored one with equal covered
    fields, or else the one in the same place, unless items were removed, because then places mean nothing. Items
    without a match, when stored values are not covered, are returned as problems.
    """
    merging = _Merging(covers.adds)
    return merging.document(read, before, raw, covers.paths, ""), merging.unmatched


class _Merging:
    """A merge of one document. adds: keyed lists are extended, and other lists stay or are replaced whole."""

    def __init__(self, adds: bool) -> None:
        self._adds = adds
        self.unmatched: list[Problem] = []

    def document(self, read: Shape, before: Document, raw: Document, covered: Paths, pointer: str) -> Document:
        after = dict(before)
        for field in read.fields:
            inner = _within(covered, field.name)
            if field.name in raw or inner:
                empty: Any = [] if field.many else {} if field.part else None
                value = raw.get(field.name, empty)
                after[field.name] = self._field(field, before.get(field.name), value, inner, f"{pointer}/{field.name}")
        return {name: value for name, value in (after | _strangers(read, raw)).items() if value not in (None, [], {})}

    def _field(self, field: Field, before: Any, new: Any, covered: Paths, pointer: str) -> Any:
        if field.part is None:
            return new
        if not field.many:
            if not isinstance(new, dict) or (not new and field.nullable and _covers_required(field.part, covered)):
                return new
            return self.document(field.part, before or {}, new, covered, pointer) or None
        if not isinstance(new, list):
            return new
        if self._adds:
            return self._extended(field.part, before or [], new, covered, pointer)
        return self._items(field.part, before or [], new, covered, pointer)

    def _items(self, read: Shape, before: list[Any], new: list[Any], covered: Paths, pointer: str) -> list[Any]:
        if all(item == _only(read, item, covered) for item in before):
            return new  # the input covers all stored values
        keys = [field.name for field in read.key]
        pairs = _by_key(before, new, keys) if keys else _by_place([_only(read, item, covered) for item in before], new)
        for index in () if keys else range(len(new)):
            if index not in pairs and len(pairs) < len(before):
                self.unmatched.append(_unmatched(f"{pointer}/{index}"))
        return [
            self.document(read, before[pairs[index]], item, covered, f"{pointer}/{index}") if index in pairs else item
            for index, item in enumerate(new)
        ]

    def _extended(self, read: Shape, before: list[Any], new: list[Any], covered: Paths, pointer: str) -> list[Any]:
        keys = [field.name for field in read.key]
        if not keys:
            return before if [_only(read, item, covered) for item in before] == new else new
        pairs = _by_key(before, new, keys)
        rest = [item for place, item in enumerate(before) if place not in pairs.values()]
        return rest + [
            self.document(read, before[pairs[index]], item, covered, f"{pointer}/{index}") if index in pairs else item
            for index, item in enumerate(new)
        ]


def _by_key(before: list[Any], new: list[Any], keys: list[str]) -> dict[int, int]:
    places = {tuple(item.get(key) for key in keys): place for place, item in enumerate(before)}
    named = ((index, tuple(item.get(key) for key in keys)) for index, item in enumerate(new))
    return {index: places[key] for index, key in named if key in places}


def _by_place(stored: list[Any], new: list[Any]) -> dict[int, int]:
    free = dict(enumerate(stored))
    pairs = {}
    for index, item in enumerate(new):
        same = next((place for place, covered in free.items() if covered == item), None)
        if same is not None:
            pairs[index] = same
            del free[same]
    if len(new) >= len(stored):
        pairs |= {index: index for index in range(len(stored)) if index not in pairs and index in free}
    return pairs


def _only(read: Shape, item: Document, covered: Paths) -> Document:
    """Return the fields of an item that the input covers."""
    only = {}
    for field in read.fields:
        inner = _within(covered, field.name)
        if not inner or field.name not in item:
            continue
        value = item[field.name]
        if field.part is not None:
            many = [_only(field.part, one, inner) for one in (value if field.many else [value])]
            value = many if field.many else many[0]
        only[field.name] = value
    return {name: value for name, value in only.items() if value not in (None, [], {})}


@cache
def _within(covered: Paths, name: str) -> Paths:
    return frozenset(path[1:] for path in covered if path and path[0] == name)


def _covers_required(read: Shape, covered: Paths) -> bool:
    return any(field.required and _within(covered, field.name) for field in read.fields)


def _strangers(read: Shape, raw: Document) -> Document:
    """Return unknown fields of the input, so that validation reports them."""
    known = {field.name for field in read.fields}
    return {name: value for name, value in raw.items() if name not in known}


def _unmatched(pointer: str) -> Problem:
    return Problem(
        code="item-not-matched",
        severity=WARNING,
        message="Items were taken out of the list, and which of them this was cannot be told: "
        "what the input does not tell of it is empty now",
        pointer=pointer,
        expected="the tables and columns that are not in the input, or one change at a time",
    )
