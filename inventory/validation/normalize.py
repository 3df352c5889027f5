"""What is done to outside data before it is checked: spelling, never meaning; and every change is counted."""

import unicodedata
from typing import Any

import msgspec
from msgspec import Struct

from inventory.schema.fields import Part


class Intake(Struct, frozen=True):
    """Data as taken in, and how many of its texts were normalized. record: what it is, where its shape is known."""

    value: Any
    normalized: int = 0
    record: Part | None = None


def take_in(raw: Any) -> Intake:
    """Normalize: TAB to space, CRLF and CR to LF, Unicode to NFC, whole floats to integers; null means not given."""
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
    """Whether no text in JSON values needs normalizing, told of all at once; False where that is not certain.

    What could need it is not ASCII, or escaped in JSON.
    """
    spelled = msgspec.json.encode(value)
    return spelled.isascii() and b"\\" not in spelled


def normalized(text: str) -> str:
    """One text in its stored spelling."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", text)
