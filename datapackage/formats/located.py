"""Inputs as located raw documents: whatever the file format, what follows sees the same thing."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import IO, Any, Protocol

import msgspec
from msgspec import Struct

from inventory.problems import Problem
from inventory.schema.fields import Part


class Place(Struct, frozen=True):
    """Where a value stands in a file. row: the header is row 1. field: the column."""

    sheet: str | None = None
    row: int | None = None
    field: str | None = None
    file: str | None = None


class Places(Protocol):
    """Knows from which cell each value of a document came."""

    def at(self, pointer: str) -> Place:
        """The place of the value at a JSON pointer, or of what encloses it."""
        ...


Paths = frozenset[tuple[str, ...]]
"""Paths of field names from the record."""


class Covers(Struct, frozen=True):
    """Of which fields an input tells; what is kept of the others it leaves alone.

    adds: items of lists with keys are added to those that are kept, and replace only those with the same key.
    """

    paths: Paths
    adds: bool = False


class Located(Struct, frozen=True, kw_only=True):
    """One raw document and where it came from.

    row: in a table the row (the header is row 1), in NDJSON the line. proposed: the input only names the record, such
    as an organization, in passing. problems: what reading alone found wrong. whole: it is a document; else a piece that
    belongs to none. places: where in a table its values stand. given: the row of another system it was drawn from.
    normalized: how many texts reading alone respelled. plain: it is known that nothing in it is to be normalized.
    covers: of what the input tells; None where of everything. Where there is nothing but problems, raw is None.
    record: the record that it is, where its shape is known to be right. size: bytes of its JSON; 0 for rows of tables.
    """

    record_type: str
    raw: Any
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    proposed: bool = False
    problems: tuple[Problem, ...] = ()
    whole: bool = True
    places: Places | None = None
    given: Any = None
    normalized: int = 0
    plain: bool = False
    covers: Covers | None = None
    record: Part | None = None
    size: int = 0

    def at_cell(self, problem: Problem) -> Problem:
        """The problem with its place in the file: the cell of its pointer, or the nearest that encloses it."""
        here = Place(self.sheet, self.row, None, self.file)
        place = self.places.at(problem.pointer) if self.places is not None else here
        return msgspec.structs.replace(problem, **msgspec.structs.asdict(place))


class Input(ABC):
    """Something that can be read again and again."""

    @abstractmethod
    def __iter__(self) -> Iterator[Located]:
        """All of it, in the order of the file."""

    def outline(self) -> Iterator[Located]:
        """All of it in brief: of each record at least the fields that are no lists."""
        return iter(self)

    def of(self, stage: str) -> Iterator[Located]:
        """What is of one record type; of none, where that is empty text."""
        return filter(lambda located: located.record_type == stage, self)

    @property
    def brings_records(self) -> bool:
        """Whether it is read for records; else only its rows are judged."""
        return True

    @property
    def untold(self) -> tuple[str, ...]:
        """Tables and columns of which it says nothing, and which it so leaves alone, by name."""
        return ()


class Inputs(Input):
    """Several inputs as one."""

    def __init__(self, parts: Sequence[Input]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[Located]:
        return chain.from_iterable(self._parts)

    def outline(self) -> Iterator[Located]:
        """All of them in brief."""
        return chain.from_iterable(part.outline() for part in self._parts)

    def of(self, stage: str) -> Iterator[Located]:
        """What is of one record type, part by part."""
        return chain.from_iterable(part.of(stage) for part in self._parts)

    @property
    def untold(self) -> tuple[str, ...]:
        """Of which tables and columns none of the parts says anything."""
        return tuple(name for part in self._parts for name in part.untold)


Opener = Callable[[], IO[bytes]]
"""Opens a file for reading, again and again."""
