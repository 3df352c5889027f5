"""Keyed lists, sorted by key and without duplicates."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from operator import attrgetter, lt
from typing import Any

import msgspec

from inventory.problems import MOST_PROBLEMS, Problem
from inventory.schema.fields import Field, Part, Shape, shape
from inventory.validation.shape_problems import fault


class Sorting:
    """A sort of one record's keyed lists that remembers the original order."""

    def __init__(self) -> None:
        self.duplicates: list[Problem] = []
        self._order: dict[str, list[int]] = {}

    def sorted(self, read: Shape, record: Part, pointer: str = "") -> Part:
        """Return the record with its keyed lists sorted. `pointer` leads to it in the input."""
        changes: dict[str, Any] = {}
        for field, part in _leading_to_keys(read.struct):
            value = getattr(record, field.name)
            if not value:
                continue
            place = f"{pointer}/{field.name}"
            changed: Any = value
            if field.many:
                if _leading_to_keys(part.struct):
                    changed = tuple(self.sorted(part, item, f"{place}/{index}") for index, item in enumerate(value))
                changed = self._as_set(field, part, changed, place)
            else:
                changed = self.sorted(part, value, place)
            if changed is not value:
                changes[field.name] = changed
        return msgspec.structs.replace(record, **changes) if changes else record

    def as_given(self, problems: Iterable[Problem]) -> Iterable[Problem]:
        """Return problems of the sorted record with pointers into the input."""
        if not self._order:
            return problems
        return (
            msgspec.structs.replace(problem, pointer=as_given(problem.pointer, self._order)) for problem in problems
        )

    def _as_set(self, field: Field, part: Shape, items: tuple[Part, ...], pointer: str) -> tuple[Part, ...]:
        if len(items) < 2 or not part.key:
            return items
        keys = list(map(_key_of(part.struct), items))
        # Nearly all lists come sorted, so that case is fast.
        if all(map(lt, keys, keys[1:])):
            return items
        order = sorted(range(len(items)), key=keys.__getitem__)
        for before, index in pairwise(order):
            if keys[before] == keys[index] and len(self.duplicates) <= MOST_PROBLEMS:
                key = [getattr(items[index], inner.name) for inner in part.key]
                self.duplicates.append(_duplicate(field, part, key, before, f"{pointer}/{index}"))
        if order != list(range(len(items))):
            self._order[pointer] = order
        return tuple(items[index] for index in order)


def as_given(pointer: str, order: Mapping[str, Sequence[int]]) -> str:
    """Return a pointer as it was before lists were sorted. order: original indices of the items, by pointer of the
    list.
    """
    given = ""
    for token in pointer.split("/")[1:]:
        stood = order.get(given)
        given += f"/{stood[int(token)]}" if stood and token.isdecimal() else f"/{token}"
    return given


@cache
def _leading_to_keys(struct: type[Part]) -> tuple[tuple[Field, Shape], ...]:
    """Return the fields that are keyed lists, or parts that contain one, each with the shape of its part."""
    parts = [(field, field.part) for field in shape(struct).fields if field.part is not None]
    return tuple((field, part) for field, part in parts if (field.many and part.key) or _leading_to_keys(part.struct))


@cache
def _key_of(struct: type[Part]) -> Callable[[Part], Any]:
    """Return a function that reads an item's key: one value, or a tuple of several."""
    return attrgetter(*(field.name for field in shape(struct).key))


def _duplicate(field: Field, part: Shape, key: Iterable[Any], first: int, pointer: str) -> Problem:
    names = ", ".join(inner.name for inner in part.key)
    expected = f"another {names} than item {first}"
    return fault("duplicate", pointer, field, "/".join(map(str, key)), expected=expected)
