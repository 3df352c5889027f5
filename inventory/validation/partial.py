"""What can still be told of an input whose shape is faulty: its other fields and items, and what rules say of them."""

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
"""Those of a JSON pointer, or of a part of one."""


class Rest:
    """A record without the items at fault; it remembers where the others stood."""

    def __init__(self, record: Part, faulty: Iterable[Tokens] = ()) -> None:
        self._stood: dict[str, list[int]] = {}
        self.record = self._without(faulty, record, "")

    def as_given(self, pointer: str) -> str:
        """A pointer into what is left as one into the whole."""
        return as_given(pointer, self._stood)

    def lacks_of(self, pointer: str) -> bool:
        """Whether items of that list were left out."""
        return self.as_given(pointer) in self._stood

    def _without(self, faulty: Iterable[Tokens], record: Part, pointer: str) -> Part:
        inside: dict[str, dict[int, list[Tokens]]] = {}
        for name, position, *further in faulty:
            inside.setdefault(name, {}).setdefault(int(position), []).append(further)
        changes: dict[str, Any] = {}
        for name, of_items in inside.items():
            items, place = getattr(record, name), f"{pointer}/{name}"
            kept = [index for index in range(len(items)) if [] not in of_items.get(index, ())]
            changes[name] = tuple(self._without(of_items.get(i, ()), items[i], f"{place}/{i}") for i in kept)
            if len(kept) < len(items):
                self._stood[place] = kept
        return msgspec.structs.replace(record, **changes) if changes else record


class Unclear:
    """The places of an input that are at fault. One that does not say in which item of a list it is may be in any."""

    def __init__(self, faults: Iterable[Problem] = ()) -> None:
        self._places = {tuple(problem.pointer.split("/")[1:]) for problem in faults}
        self._by_names: dict[Tokens, list[Tokens]] = {}
        for place in self._places:
            self._by_names.setdefault(_names(place), []).append(place)

    def rest(self, record: Part, reads: Iterable[str], each: Iterable[str]) -> Rest | None:
        """What can be judged by a rule that reads those fields, and judges the items of those lists each by itself.

        None where a fault lies outside such items, in what the rule reads: then nothing is decided.
        """
        read, lists = [path.split(".") for path in reads], [path.split(".") for path in each]
        bearing = (
            place
            for names, places in self._by_names.items()
            if any(_meet(names, path) for path in read)
            for place in places
        )
        faulty = {max((_item(place, names) for names in lists), key=len, default=()) for place in bearing}
        return None if () in faulty else Rest(record, faulty)

    def blurs(self, pointer: str) -> bool:
        """Whether what is told of that place may be but the shadow of a fault there or around it."""
        given = tuple(pointer.split("/")[1:])
        around = (tokens[:depth] for tokens in (given, _names(given)) for depth in range(len(tokens) + 1))
        return any(tokens in self._places for tokens in around)


def salvaged(read: Shape, raw: dict[str, Any], faults: Iterable[Problem]) -> Part:
    """The record without what is at fault: None stands there, even where a record always has a value."""
    return _part(read, raw, "", frozenset(problem.pointer for problem in faults))


def _part(read: Shape, raw: Any, pointer: str, faulty: frozenset[str]) -> Part:
    given = raw if isinstance(raw, dict) else {}
    values: dict[str, Any] = {field.name: None for field in read.fields if field.required}
    for field in read.fields:
        if field.name in given:
            place = f"{pointer}/{field.name}"
            if not field.many:
                values[field.name] = _value(field, given[field.name], place, faulty)
            elif isinstance(given[field.name], list):  # faulty items keep their places, so that pointers stay true
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
    """The names of fields that lead to a place, positions in lists apart. What comes first is always a name."""
    return (*place[:1], *(token for token in place[1:] if not token.isdecimal()))


def _meet(one: Tokens, other: Tokens) -> bool:
    """Whether they are of one field, or of a field and one within it."""
    return all(a == b for a, b in zip(one, other, strict=False))


def _item(place: Tokens, lists: Tokens) -> tuple[str, ...]:
    """The innermost item of those lists, one in the other, in which a place lies; nothing where it lies in none."""
    steps = zip(lists, place[::2], place[1::2], strict=False)
    inside = takewhile(lambda step: step[0] == step[1] and step[2].isdecimal(), steps)
    return tuple(token for _, name, position in inside for token in (name, position))
