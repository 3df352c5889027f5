"""What can still be told of an input whose shape is faulty: its other fields and items, and what rules say of them."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Any, NamedTuple

import msgspec

from inventory.fields import Field, Part, Shape, shape
from inventory.problems import Problem
from inventory.sorting import as_given

TYPES: dict[str, type] = {
    "text": str,
    "integer": int,
    "decimal": Decimal,
    "boolean": bool,
    "date": datetime.date,
    "datetime": datetime.datetime,
}


class Place(NamedTuple):
    """Where something is: the names of fields that lead there, and the positions in the lists on the way."""

    names: tuple[str, ...]
    positions: tuple[str, ...]


class Rest:
    """A record without the items at fault; it remembers where the others stood."""

    def __init__(self, record: Part, faulty: Collection[str] = ()) -> None:
        self._stood: dict[str, list[int]] = {}
        self.record = self._without(faulty, record, "") if faulty else record

    def as_given(self, pointer: str) -> str:
        """A pointer into what is left as one into the whole."""
        return as_given(pointer, self._stood)

    def lacks_of(self, pointer: str) -> bool:
        """Whether items of that list were left out."""
        return self.as_given(pointer) in self._stood

    def _without(self, faulty: Collection[str], record: Part, pointer: str) -> Part:
        changes: dict[str, Any] = {}
        for field in shape(type(record)).fields:
            place = f"{pointer}/{field.name}"
            if any(item.startswith(f"{place}/") for item in faulty):
                items = getattr(record, field.name)
                kept = [index for index in range(len(items)) if f"{place}/{index}" not in faulty]
                changes[field.name] = tuple(self._without(faulty, items[i], f"{place}/{i}") for i in kept)
                if len(kept) < len(items):
                    self._stood[place] = kept
        return msgspec.structs.replace(record, **changes) if changes else record


class Unclear:
    """The places of an input that are at fault. One that does not say in which item of a list it is may be in any."""

    def __init__(self, faults: Iterable[Problem] = ()) -> None:
        self._places = {_place(problem.pointer) for problem in faults}

    def rest(self, record: Part, reads: Iterable[str], each: Iterable[str]) -> Rest | None:
        """What can be judged by a rule that reads those fields, and judges the items of those lists each by itself.

        None where a fault lies outside such items, in what the rule reads: then nothing is decided.
        """
        read, lists = [path.split(".") for path in reads], [path.split(".") for path in each]
        bearing = [place for place in self._places if any(_meet(place.names, names) for names in read)]
        faulty = {max((_item(place, names) for names in lists), key=len, default="") for place in bearing}
        return None if "" in faulty else Rest(record, faulty)

    def blurs(self, pointer: str) -> bool:
        """Whether what is told of that place may be but the shadow of a fault there or around it."""
        names, positions = _place(pointer)
        return any(
            names[: len(known.names)] == known.names and positions[: len(known.positions)] == known.positions
            for known in self._places
        )


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
    return None if pointer in faulty else msgspec.convert(value, field.codes or TYPES[field.kind])


def _place(pointer: str) -> Place:
    tokens = pointer.split("/")[1:]
    return Place(tuple(t for t in tokens if not t.isdecimal()), tuple(t for t in tokens if t.isdecimal()))


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether they are of one field, or of a field and one within it."""
    return all(a == b for a, b in zip(one, other, strict=False))


def _item(place: Place, lists: Sequence[str]) -> str:
    """The pointer of the innermost item of those lists, one in the other, around a place; empty where it is in none."""
    steps = takewhile(lambda step: step[0] == step[1], zip(lists, place.names, place.positions, strict=False))
    return "".join(f"/{name}/{position}" for name, _, position in steps)
