"""The order of inputs in which each follows those of its own type that it refers to."""

from collections.abc import Iterable, Iterator
from typing import Any

from datapackage.formats.located import Located
from inventory.records.registry import RecordType


def parents_first(kind: RecordType, inputs: Iterable[Located]) -> list[Located]:
    """Return the inputs of one type, each after its references, so that invalid references are known in time.

    In a cycle, the first in the order of the file comes first.
    """
    listed = list(inputs)
    places: dict[str, list[int]] = {}
    for place, located in enumerate(listed):
        places.setdefault(_named(kind, located.raw), []).append(place)
    ordered: dict[int, None] = {}
    for start in range(len(listed)):
        waiting = [start]
        open_now: set[int] = set()
        while waiting:
            place = waiting[-1]
            above = [p for name in _above(kind, listed[place].raw) for p in places.get(name, ())]
            missing = [p for p in above if p not in ordered and p not in open_now and p != place]
            open_now.add(place)
            if missing:
                waiting += missing
            else:
                ordered.setdefault(waiting.pop())
    return [listed[place] for place in ordered]


def _named(kind: RecordType, raw: Any) -> str:
    try:
        return kind.record_id(raw)
    except (KeyError, TypeError):
        return ""


def _above(kind: RecordType, raw: Any) -> Iterator[str]:
    for field in kind.shape.fields if isinstance(raw, dict) else ():
        if field.references == kind.name:
            value = raw.get(field.name)
            yield from (str(name) for name in (value if isinstance(value, list) else [value]) if name)
