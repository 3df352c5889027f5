"""Joining of several rows of one record. Their lists are joined, and contradicting values are left out."""

from collections.abc import Sequence
from typing import Any

from datapackage.crosswalks.map_row import Drawn
from inventory.records.registry import Document
from inventory.schema.fields import Field, Shape


class Joining:
    """A join of rows into the first of them.

    contradictions: row, column and value of contradicting cells. left_out: the pointers of values left out for that.
    """

    def __init__(self, read: Shape, rows: Sequence[Drawn]) -> None:
        self.contradictions: list[tuple[int, str, Any]] = []
        self.left_out: set[str] = set()
        self.one = rows[0]
        for drawn in rows[1:]:
            self._join(read, self.one.document, drawn.document, "", "", drawn)
            # A problem that all rows share is reported once.
            self.one.problems += [problem for problem in drawn.problems if problem not in self.one.problems]
            self.one.normalized += drawn.normalized

    def _join(self, read: Shape, into: Document, more: Document, here: str, there: str, drawn: Drawn) -> None:
        for field in read.fields:
            if field.name in more:
                self._join_field(field, into, more[field.name], f"{here}/{field.name}", f"{there}/{field.name}", drawn)

    def _join_field(self, field: Field, into: Document, value: Any, here: str, there: str, drawn: Drawn) -> None:
        if field.part is not None and not field.many:
            self._join(field.part, into.setdefault(field.name, {}), value, here, there, drawn)
        elif field.part is not None:
            for index, item in enumerate(value):
                self._join_item(field.part, into.setdefault(field.name, []), item, here, f"{there}/{index}", drawn)
        elif here in self.left_out:
            self._contradicted(value, there, drawn)
        elif field.name not in into:
            into[field.name] = value
            self._bring(here, there, drawn)
        elif into[field.name] != value:
            self._contradicted(value, there, drawn)
            self.left_out.add(here)
            del into[field.name]

    def _contradicted(self, value: Any, there: str, drawn: Drawn) -> None:
        row, column = drawn.origins.get(there, (drawn.number, ""))
        self.contradictions.append((row, column, value))

    def _join_item(self, part: Shape, items: list[Any], item: Document, here: str, there: str, drawn: Drawn) -> None:
        keys = [key.name for key in part.key]
        for index, known in enumerate(items):
            if keys and all(known.get(name) == item.get(name) for name in keys):
                self._join(part, known, item, f"{here}/{index}", there, drawn)
                return
        items.append(item)
        self._bring(f"{here}/{len(items) - 1}", there, drawn)

    def _bring(self, here: str, there: str, drawn: Drawn) -> None:
        """Note the origins of values that have moved to another place in the record."""
        for pointer, origin in drawn.origins.items():
            if pointer == there or pointer.startswith(f"{there}/"):
                self.one.origins.setdefault(here + pointer[len(there) :], origin)
