"""How much one answer that reports problems may hold."""

from collections.abc import Collection
from itertools import islice
from typing import TypeVar

import msgspec

from inventory.problems import ERROR, MOST_PROBLEMS, Problem

MOST_BYTES = 5_000_000
"""Bytes of all lists of one answer, as JSON."""

T = TypeVar("T")


class Room:
    """The room for the lists of one answer: MOST_PROBLEMS items each, MOST_BYTES together.

    left_out: by list, how many items had no room.
    """

    def __init__(self) -> None:
        self._bytes = MOST_BYTES
        self.left_out: dict[str, int] = {}

    def take(self, name: str, items: Collection[T], total: int | None = None) -> list[T]:
        """Return the first items that there is room for. total: how many there are, if more than these."""
        found = []
        for item in islice(items, MOST_PROBLEMS):
            size = len(msgspec.json.encode(item)) + 1
            if size > self._bytes:
                break
            self._bytes -= size
            found.append(item)
        if rest := (len(items) if total is None else total) - len(found):
            self.left_out[name] = rest
        return found

    def take_problems(self, name: str, problems: Collection[Problem], total: int | None = None) -> list[Problem]:
        """Return the first problems that there is room for, errors before warnings where there are too many."""
        if len(problems) > MOST_PROBLEMS:
            problems = sorted(problems, key=lambda problem: problem.severity is not ERROR)
        return self.take(name, problems, total)
