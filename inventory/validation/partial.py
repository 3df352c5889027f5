"""Rules on a faulty input: which of them can still be judged from its valid fields and items."""

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Any

import msgspec

from inventory.problems import Problem
from inventory.schema.fields import Field, Part, Shape
from inventory.validation.keyed_lists import as_given

TYPES: dict[str, type] = {
    "text": str,
    "integer": int,
    "decimal": Decimal,
    "boolean": bool,
    "date": datetime.date,
    "datetime": datetime.datetime,
}


Tokens = Sequence[str]
"""The tokens of a JSON pointer, or of a part of one."""


class Rest:
    """A record without its faulty items, with the original positions of the others."""

    def __init__(self, record: Part, faulty: Iterable[Tokens] = ()) -> None:
        self._stood: dict[str, list[int]] = {}
        self.record = self._without(faulty, record, "")

    def as_given(self, pointer: str) -> str:
        """Return a pointer into the remaining record as one into the whole record."""
        return as_given(pointer, self._stood)

    def lacks_of(self, pointer: str) -> bool:
        """Return whether items of that list were left out."""
        return self.as_given(pointer) in self._stood

    def _without(self, faulty: Iterable[Tokens], record: Part, pointer: str) -> Part:
        inside: dict[str, dict[int, list[Tokens]]] = {}
        for name, position, *further in faulty:
            inside.setdefault(name, {}).setdefault(int(position), []).append(further)
        changes: dict[str, Any] = {}
        for name, of_items in inside.items():
            items, place = getattr(record, name), f"{pointer}/{name}"
            valid = [index for index in range(len(items)) if [] not in of_items.get(index, ())]
            changes[name] = tuple(self._without(of_items.get(i, ()), items[i], f"{place}/{i}") for i in valid)
            if len(valid) < len(items):
                self._stood[place] = valid
        return msgspec.structs.replace(record, **changes) if changes else record


class Unclear:
    """The faulty places of an input. A place without a list position may be in any item."""

    def __init__(self, faults: Iterable[Problem] = ()) -> None:
        self._places = {tuple(problem.pointer.split("/")[1:]) for problem in faults}
        self._by_names: dict[Tokens, list[Tokens]] = {}
        for place in self._places:
            self._by_names.setdefault(_names(place), []).append(place)

    def rest(self, record: Part, reads: Iterable[str], each: Iterable[str]) -> Rest | None:
        """Return the part of a record that a rule can judge.

        reads: the fields the rule reads. each: the lists of which it judges each item by itself. Return None if a
        fault outside such items is in a field the rule reads, because the rule then cannot decide.
        """
        read, lists = [path.split(".") for path in reads], [path.split(".") for path in each]
        relevant = (
            place
            for names, places in self._by_names.items()
            if any(_meet(names, path) for path in read)
            for place in places
        )
        faulty = {max((_item(place, names) for names in lists), key=len, default=()) for place in relevant}
        return None if () in faulty else Rest(record, faulty)

    def blurs(self, pointer: str) -> bool:
        """Return whether a problem at that place may only be a consequence of a fault there or around it."""
        given = tuple(pointer.split("/")[1:])
        around = (tokens[:depth] for tokens in (given, _names(given)) for depth in range(len(tokens) + 1))
        return any(tokens in self._places for tokens in around)


def salvaged(read: Shape, raw: dict[str, Any], faults: Iterable[Problem]) -> Part:
    """Return the record without its faulty values. They are None, even in fields that always have a value."""
    return _part(read, raw, "", frozenset(problem.pointer for problem in faults))


def _part(read: Shape, raw: Any, pointer: str, faulty: frozenset[str]) -> Part:
    given = raw if isinstance(raw, dict) else {}
    values: dict[str, Any] = {field.name: None for field in read.fields if field.required}
    for field in read.fields:
        if field.name in given:
            place = f"{pointer}/{field.name}"
            if not field.many:
                values[field.name] = _value(field, given[field.name], place, faulty)
            elif isinstance(given[field.name], list):  # faulty items keep their places, so that pointers stay valid
                items = enumerate(given[field.name])
                values[field.name] = tuple(_value(field, item, f"{place}/{index}", faulty) for index, item in items)
    return read.struct(**values)


def _value(field: Field, value: Any, pointer: str, faulty: frozenset[str]) -> Any:
    if field.part is not None:
        return _part(field.part, value, pointer, faulty)
    if pointer in faulty:
        return None
    if field.codes is not None:
        return field.codes(value)  # type: ignore[call-arg]  # looked up, not made
    return value if field.kind == "text" else msgspec.convert(value, TYPES[field.kind])


def _names(place: Tokens) -> tuple[str, ...]:
    """Return the names of the fields that lead to a place, without list positions. The first token is always a name."""
    return (*place[:1], *(token for token in place[1:] if not token.isdecimal()))


def _meet(one: Tokens, other: Tokens) -> bool:
    """Return whether two paths name the same field, or one contains the other."""
    return all(a == b for a, b in zip(one, other, strict=False))


def _item(place: Tokens, lists: Tokens) -> tuple[str, ...]:
    """Return the innermost item of these nested lists that contains a place; an empty tuple if none does."""
    steps = zip(lists, place[::2], place[1::2], strict=False)
    inside = takewhile(lambda step: step[0] == step[1] and step[2].isdecimal(), steps)
    return tuple(token for _, name, position in inside for token in (name, position))
