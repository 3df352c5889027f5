"""Documents: a record as plain JSON values, in the one spelling that is stored and hashed."""

from decimal import Decimal
from typing import Any

import msgspec

from inventory.fields import Part, Shape
from inventory.record_types import Document, RecordType
from inventory.subtracting import Earlier

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")


def document(record: Part) -> Document:
    """The record as JSON values, without defaults and empty parts."""
    pruned = _pruned(msgspec.to_builtins(record, builtin_types=(Decimal,)))
    assert isinstance(pruned, dict)
    return pruned


def encode(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no white space, UTF-8."""
    return _encoder.encode(value)


def parts(kind: RecordType, whole: Document, earlier: Earlier | None = None) -> tuple[Document, Document]:
    """The public and the private part of a record; what is withheld, also for an earlier version, is private."""
    public, private = split(kind.shape, whole)
    if kind.withholds is None:
        return public, private
    shown = kind.withholds(public, earlier)
    return shown, private | {name: value for name, value in public.items() if shown.get(name) != value}


def split(read: Shape, whole: Document) -> tuple[Document, Document]:
    """The public and the private part of a document."""
    public: Document = {}
    private: Document = {}
    for field in read.fields:
        if field.name not in whole:
            continue
        value = whole[field.name]
        if field.private:
            private[field.name] = value
        elif field.part is not None and not field.many:
            for half, into in zip(split(field.part, value), (public, private), strict=True):
                if half:
                    into[field.name] = half
        else:
            public[field.name] = value
    return public, private


def join(public: Document, private: Document) -> Document:
    """The whole document from its two parts."""
    whole = dict(public)
    for name, value in private.items():
        inside = whole.get(name)
        whole[name] = join(inside, value) if isinstance(value, dict) and isinstance(inside, dict) else value
    return whole


def changed_fields(before: Document, after: Document) -> list[str]:
    """The top-level fields in which two documents differ, in order of name."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _pruned(value: Any) -> Any:
    # Most values are texts and numbers: they are told apart here, not by a call for each.
    if isinstance(value, dict):
        kept = {}
        for name, inner in value.items():
            if isinstance(inner, _COMPOUND):
                inner = _pruned(inner)
                if not inner:
                    continue
            elif inner is None:
                continue
            kept[name] = inner if not isinstance(inner, Decimal) else spelled(inner)
        return kept
    if isinstance(value, list | tuple):
        return [_pruned(inner) if isinstance(inner, _SPELLED) else inner for inner in value]
    return spelled(value)


_COMPOUND, _SPELLED = (dict, list, tuple), (dict, list, tuple, Decimal)


def spelled(number: Decimal) -> str:
    """The one spelling of a decimal: no exponent, no zeros that say nothing."""
    plain = format(number or Decimal(0), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
