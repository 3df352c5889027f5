"""Normalization of input before it is checked. Changes affect spelling, never meaning, and are counted."""

import unicodedata
from typing import Any

import msgspec
from msgspec import Struct

from inventory.schema.fields import Part


class Intake(Struct, frozen=True):
    """Normalized input, with the number of changed texts. record: the record, if its shape is known to be valid."""

    value: Any
    normalized: int = 0
    record: Part | None = None


def take_in(raw: Any) -> Intake:
    """Normalize input: TAB to space, CRLF and CR to LF, Unicode to NFC, whole floats to integers.

    Null means not given.
    """
    count = 0

    def taken(value: Any) -> Any:
        nonlocal count
        if isinstance(value, str):
            if value.isascii() and value.isprintable():
                return value
            text = normalized(value)
            count += text != value
            return text
        if isinstance(value, dict):
            return {name: taken(inner) for name, inner in value.items() if inner is not None}
        if isinstance(value, list):
            return [taken(inner) for inner in value]
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value

    value = taken(raw)
    return Intake(value, count)


def is_plain(value: Any) -> bool:
    """Return whether no text in JSON values needs normalizing; False if that is uncertain.

    Only text that is not ASCII, or is escaped in JSON, could need it.
    """
    spelled = msgspec.json.encode(value)
    return spelled.isascii() and b"\\" not in spelled


def normalized(text: str) -> str:
    """Return one text in its stored spelling."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", text)
