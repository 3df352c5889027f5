"""The code, and the register of every code list."""

from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import ClassVar, TypeVar


class Code(str, Enum):
    """A code of a list: files and APIs contain its value, people read its label and definition.

    `valid_from` and `valid_to` bound the days on which the code may be used (both inclusive, None: unbounded). Codes
    are never removed; they end.
    """

    list_name: ClassVar[str]
    source: ClassVar[str]
    label: str
    definition: str
    valid_from: date | None
    valid_to: date | None

    def __new__(cls, value: str, *_facts: object) -> "Code":
        code = str.__new__(cls, value)
        code._value_ = value
        return code

    def __init__(
        self, _value: str, label: str, definition: str, valid_from: date | None = None, valid_to: date | None = None
    ) -> None:
        self.label, self.definition = label, definition
        self.valid_from, self.valid_to = valid_from, valid_to

    # A code equals its text, so it must hash like it. The hash of enums differs, and is slow.
    __hash__ = str.__hash__

    def __str__(self) -> str:
        return str(self._value_)

    def valid_on(self, day: date) -> bool:
        """Return whether the code may be used on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


CODE_LISTS: dict[str, type[Code]] = {}

AnyCode = TypeVar("AnyCode", bound=Code)


def code_list(name: str, source: str) -> Callable[[type[AnyCode]], type[AnyCode]]:
    """Register a class of codes as a published list. `source` cites the clause or standard the list comes from."""

    def register(codes: type[AnyCode]) -> type[AnyCode]:
        codes.list_name, codes.source = name, source
        CODE_LISTS[name] = codes
        return codes

    return register
