"""What two sources tell differently of one record, figure by figure."""

from collections.abc import Iterator
from typing import Any

from datapackage.readers import Covers
from inventory.fields import Shape
from inventory.problems import WARNING, Problem
from inventory.record_types import Document

SOURCE = "source"


def told_by_another(before: Document, raw: Any, covers: Covers) -> bool:
    """Whether another source tells of the record than told of it before. Figures of two are never mixed."""
    if not isinstance(raw, dict):
        return True
    return (SOURCE,) in covers.paths and raw.get(SOURCE) != before.get(SOURCE)


def told_otherwise(read: Shape, before: Document, after: Document) -> list[Problem]:
    """Where a record that another source told of before is told differently now. Both stay in the ledger."""
    if before.get(SOURCE) == after.get(SOURCE):
        return []
    told_before = before.get(SOURCE, "What was entered before")
    return [
        Problem(
            code="sources-differ",
            severity=WARNING,
            message=f"{told_before} told it otherwise; that stays in the ledger as the version before",
            pointer=pointer,
            value=new,
            expected=str(old),
        )
        for pointer, old, new in _differing(read, before, after, "")
        if pointer != f"/{SOURCE}"
    ]


def _differing(read: Shape, before: Document, after: Document, pointer: str) -> Iterator[tuple[str, Any, Any]]:
    for field in read.fields:
        old, new, here = before.get(field.name), after.get(field.name), f"{pointer}/{field.name}"
        if old is None or new is None or old == new:
            continue
        if field.part is None:
            yield here, old, new
        elif not field.many:
            yield from _differing(field.part, old, new, here)
        elif keys := [key.name for key in field.part.key]:
            known = {tuple(item.get(name) for name in keys): item for item in old}
            for index, item in enumerate(new):
                same = known.get(tuple(item.get(name) for name in keys), {})
                yield from _differing(field.part, same, item, f"{here}/{index}")
                known.pop(tuple(item.get(name) for name in keys), None)
            yield from ((here, "/".join(map(str, key)), None) for key in known)
