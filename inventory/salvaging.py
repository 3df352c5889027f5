"""What can still be told of an input whose shape is faulty: its other fields, and which rules they are enough for."""

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from inventory.fields import Field, Part, Shape
from inventory.problems import Problem

TYPES: dict[str, type] = {
    "text": str,
    "integer": int,
    "decimal": Decimal,
    "boolean": bool,
    "date": datetime.date,
    "datetime": datetime.datetime,
}


class Unclear:
    """The fields of an input that are at fault, list positions apart."""

    def __init__(self, faults: Iterable[Problem] = ()) -> None:
        self._paths = {_path(problem.pointer) for problem in faults}

    def touches(self, path: Sequence[str]) -> bool:
        """Whether a field, one within it or one around it is at fault."""
        return any(known[: len(path)] == tuple(path[: len(known)]) for known in self._paths)

    def blurs(self, problem: Problem) -> bool:
        """Whether a problem may be but the shadow of a fault."""
        return self.touches(_path(problem.pointer))


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


def _path(pointer: str) -> tuple[str, ...]:
    return tuple(token for token in pointer.split("/")[1:] if not token.isdecimal())
