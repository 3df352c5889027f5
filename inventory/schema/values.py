"""The fields of one record with their values, at any depth: all, or those that have some fact."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from inventory.schema.fields import Field, Part, shape

FieldFact = Callable[[Field], bool]
_Branches = tuple[tuple[Field, bool, "_Branches"], ...]


def anything(field: Field) -> bool:
    """The fact that every field has."""
    return True


def values(record: Part, having: FieldFact = anything) -> Iterator[tuple[str, Field, Any]]:
    """Every field of a record that has that fact, at any depth, with its pointer and value.

    Lists come item by item, an empty one as it is.
    """
    return _values(record, _branches(type(record), having), "")


def _values(record: Part, branches: _Branches, pointer: str) -> Iterator[tuple[str, Field, Any]]:
    for field, wanted, inner in branches:
        value = getattr(record, field.name)
        if not (wanted or value):
            continue
        place = f"{pointer}/{field.name}"
        items = [(f"{place}/{i}", item) for i, item in enumerate(value)] if field.many and value else [(place, value)]
        for where, item in items:
            if wanted:
                yield where, field, item
            if inner and item:
                yield from _values(item, inner, where)


@cache
def _branches(struct: type[Part], having: FieldFact) -> _Branches:
    """The fields that have the fact or lead to one that does. Most rules ask of a few fields only: the rest is skipped.

    Each with whether it has the fact itself, and with the branches below it.
    """
    found = []
    for field in shape(struct).fields:
        inner = _branches(field.part.struct, having) if field.part is not None else ()
        if inner or having(field):
            found.append((field, having(field), inner))
    return tuple(found)
