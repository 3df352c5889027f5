"""Keyed lists are sets: sorted by key, with no two alike."""

from functools import cache
from itertools import pairwise
from typing import Any

import msgspec

from inventory.faults import fault
from inventory.fields import Field, Part, Shape, shape
from inventory.problems import Problem


class Sorting:
    """Sorts the keyed lists of one record and remembers where their items stood."""

    def __init__(self) -> None:
        self.duplicates: list[Problem] = []
        self._order: dict[str, list[int]] = {}

    def sorted(self, read: Shape, record: Part, pointer: str = "") -> Part:
        """The record with its keyed lists sorted. `pointer` leads to it as it was given."""
        changes: dict[str, Any] = {}
        for field in _leading_to_keys(read.struct):
            assert field.part is not None
            value, place = getattr(record, field.name), f"{pointer}/{field.name}"
            changed: Any
            if field.many:
                items = [self.sorted(field.part, item, f"{place}/{index}") for index, item in enumerate(value)]
                changed = self._as_set(field, field.part, items, place)
            elif value is None:
                continue
            else:
                changed = self.sorted(field.part, value, place)
            if changed != value:
                changes[field.name] = changed
        return msgspec.structs.replace(record, **changes) if changes else record

    def as_given(self, pointer: str) -> str:
        """The pointer into the sorted record as one into what was given."""
        if not self._order:
            return pointer
        given = ""
        for token in pointer.split("/")[1:]:
            order = self._order.get(given)
            given += f"/{order[int(token)]}" if order and token.isdecimal() else f"/{token}"
        return given

    def _as_set(self, field: Field, part: Shape, items: list[Part], pointer: str) -> tuple[Part, ...]:
        if not part.key:
            return tuple(items)
        keys = [tuple(getattr(item, inner.name) for inner in part.key) for item in items]
        order = sorted(range(len(items)), key=keys.__getitem__)
        for before, index in pairwise(order):
            if keys[before] == keys[index]:
                self.duplicates.append(_duplicate(field, part, keys[index], before, f"{pointer}/{index}"))
        if order != list(range(len(items))):
            self._order[pointer] = order
        return tuple(items[index] for index in order)


@cache
def _leading_to_keys(struct: type[Part]) -> tuple[Field, ...]:
    """The fields that are keyed lists or parts that hold one at any depth."""
    parts = [(field, field.part) for field in shape(struct).fields if field.part is not None]
    return tuple(field for field, part in parts if (field.many and part.key) or _leading_to_keys(part.struct))


def _duplicate(field: Field, part: Shape, key: tuple[Any, ...], first: int, pointer: str) -> Problem:
    names = ", ".join(inner.name for inner in part.key)
    expected = f"another {names} than item {first}"
    return fault("duplicate", pointer, field, "/".join(map(str, key)), expected=expected)
