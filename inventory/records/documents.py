"""Documents: records as plain JSON values, in the one spelling that is stored and hashed."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import Any

import msgspec

from inventory.records.registry import Document, RecordType
from inventory.schema.fields import Field, Part, Shape, shape

_encoder = msgspec.json.Encoder(order="sorted", decimal_format="string")


def document(record: Part) -> Document:
    """Return the record as JSON values, without defaults and empty parts."""
    return _pruned(type(record), msgspec.to_builtins(record, builtin_types=(Decimal,)))


def encode(value: Any) -> bytes:
    """Return canonical JSON: sorted keys, no white space, UTF-8."""
    return _encoder.encode(value)


def parts(kind: RecordType, whole: Document, earlier: Sequence[Document] = ()) -> tuple[Document, Document]:
    """Return the public and the private part of a record; suppressed figures are private.

    earlier: the public parts of the versions that were ever public.
    """
    public, private = split(kind.shape, whole)
    if kind.suppresses is None:
        return public, private
    shown = kind.suppresses(public, earlier)
    return shown, private | {name: value for name, value in public.items() if shown.get(name) != value}


def split(read: Shape, whole: Document) -> tuple[Document, Document]:
    """Return the public and the private part of a document."""
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
    """Return the whole document from its two parts."""
    whole = dict(public)
    for name, value in private.items():
        inside = whole.get(name)
        whole[name] = join(inside, value) if isinstance(value, dict) and isinstance(inside, dict) else value
    return whole


def given_fields(record: Part) -> list[str]:
    """Return the names of the fields in the record's document, sorted, without building the document."""
    values = msgspec.structs.astuple(record)
    return sorted(
        [
            name
            for (name, default, is_part), value in zip(_defaults(type(record)), values, strict=True)
            if value is not default
            and value is not None
            and value != ()
            and (not is_part or (value != default and given_fields(value)))
        ]
    )


@cache
def _defaults(struct: type[Part]) -> tuple[tuple[str, Any, bool], ...]:
    """Return the fields in the struct's order: name, default, and whether it is a part."""
    fields = {field.name: field for field in shape(struct).fields}
    found = (fields[name] for name in struct.__struct_fields__)
    return tuple((field.name, field.default, field.part is not None and not field.many) for field in found)


def changed_fields(before: Document, after: Document) -> list[str]:
    """Return the top-level fields in which two documents differ, sorted by name."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _pruned(struct: type[Part], plain: Document) -> Document:
    for name, shaped in _shapings(struct):
        if name in plain:
            value = shaped(plain[name])
            if value is None or value == [] or value == {}:
                del plain[name]
            else:
                plain[name] = value
    return plain


Shaping = Callable[[Any], Any]


@cache
def _shapings(struct: type[Part]) -> tuple[tuple[str, Shaping], ...]:
    """Return the fields whose plain values need conversion for a document, each with its conversion.

    Most texts and numbers need none, so they cost no time. The record itself omits null where that is the default.
    """
    found = ((field, _shaping(field)) for field in shape(struct).fields)
    return tuple((field.name, shaped) for field, shaped in found if shaped is not None)


def _shaping(field: Field) -> Shaping | None:
    one: Shaping | None = None
    if field.kind == "decimal":
        one = spelled
    elif field.part is not None and (not field.many or _shapings(field.part.struct)):
        one = partial(_pruned, field.part.struct)
    if field.many:
        return list if one is None else lambda items: [one(item) for item in items]
    if field.nullable and (one is not None or field.default is not None):
        return lambda value: value if value is None or one is None else one(value)
    return one


def spelled(number: Decimal) -> str:
    """Return the one spelling of a decimal: no exponent and no trailing zeros."""
    plain = format(number or Decimal(0), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
