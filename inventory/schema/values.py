"""The fields of one record with their values, at any depth, with an optional filter."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from inventory.schema.fields import Field, Part, shape

FieldFact = Callable[[Field], bool]
_Branches = tuple[tuple[Field, bool, "_Branches"], ...]


def anything(field: Field) -> bool:
    """Accept every field."""
    return True


def values(record: Part, having: FieldFact = anything) -> Iterator[tuple[str, Field, Any]]:
    """Yield every field that passes the filter, at any depth, with its pointer and value.

    Lists are yielded item by item, an empty list as it is.
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
    """Return the fields that pass the filter or lead to one that does.

    Most rules use few fields, so the others are skipped. Each field comes with whether it passes itself, and with
    the branches below it.
    """
    found = []
    for field in shape(struct).fields:
        inner = _branches(field.part.struct, having) if field.part is not None else ()
        if inner or having(field):
            found.append((field, having(field), inner))
    return tuple(found)
