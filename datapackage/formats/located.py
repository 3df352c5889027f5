"""Inputs as raw documents with their location, the same for every file format."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import IO, Any, Protocol

import msgspec
from msgspec import Struct

from inventory.problems import Problem
from inventory.schema.fields import Part


class Place(Struct, frozen=True):
    """The location of a value in a file. row: the header is row 1. field: the column."""

    sheet: str | None = None
    row: int | None = None
    field: str | None = None
    file: str | None = None


class Places(Protocol):
    """A lookup of the cell of each value of a document."""

    def at(self, pointer: str) -> Place:
        """Return the place of the value at a JSON pointer, or of the nearest value that encloses it."""
        ...


Paths = frozenset[tuple[str, ...]]
"""Paths of field names from the record."""


class Covers(Struct, frozen=True):
    """The fields that an input covers. The stored values of other fields stay.

    adds: items of keyed lists are added to the stored ones, and replace only those with the same key.
    """

    paths: Paths
    adds: bool = False


class Located(Struct, frozen=True, kw_only=True):
    """A raw document and its location.

    row: in a table the row (the header is row 1), in NDJSON the line. proposed: the input only mentions the record,
    such as an organization. problems: problems found while reading. whole: it is a document, not a piece without
    one. places: the places of its values in a table. given: the row of another system that it comes from.
    normalized: the number of texts already normalized while reading. plain: nothing in it needs normalizing. covers:
    the fields that the input covers; None: all. raw is None if there are only problems. record: the record, if its
    shape is known to be valid. size: bytes of its JSON; 0 for rows of tables.
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
        """Return the problem with its place in the file: the cell of its pointer, or the nearest that encloses it."""
        here = Place(self.sheet, self.row, None, self.file)
        place = self.places.at(problem.pointer) if self.places is not None else here
        return msgspec.structs.replace(problem, **msgspec.structs.asdict(place))


class Input(ABC):
    """An input that can be read more than once."""

    @abstractmethod
    def __iter__(self) -> Iterator[Located]:
        """Yield all inputs, in the order of the file."""

    def outline(self) -> Iterator[Located]:
        """Yield all inputs in brief: of each record at least the fields that are not lists."""
        return iter(self)

    def of(self, stage: str) -> Iterator[Located]:
        """Yield the inputs of one record type; of no type, if that is empty text."""
        return filter(lambda located: located.record_type == stage, self)

    @property
    def brings_records(self) -> bool:
        """Return whether it is read for records. Otherwise only its rows are checked."""
        return True

    @property
    def untold(self) -> tuple[str, ...]:
        """Return the names of tables and columns that it does not cover."""
        return ()


class Inputs(Input):
    """A combination of several inputs."""

    def __init__(self, parts: Sequence[Input]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[Located]:
        return chain.from_iterable(self._parts)

    def outline(self) -> Iterator[Located]:
        """Yield all of them in brief."""
        return chain.from_iterable(part.outline() for part in self._parts)

    def of(self, stage: str) -> Iterator[Located]:
        """Yield the inputs of one record type, part by part."""
        return chain.from_iterable(part.of(stage) for part in self._parts)

    @property
    def untold(self) -> tuple[str, ...]:
        """Return the names of tables and columns that the parts do not cover."""
        return tuple(name for part in self._parts for name in part.untold)


Opener = Callable[[], IO[bytes]]
"""A function that opens a file for reading, as often as needed."""
