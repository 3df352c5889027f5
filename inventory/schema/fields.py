"""The only reader of field facts. Each field's facts are written once, in its record type, for every projection.

A record type is a frozen `msgspec.Struct`, and each field is `Annotated[type, about(...)]`. `shape()` reads the type
into a tree of `Field`s. It rejects types that break the conventions by which records and tables hold the same data.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import Meta, Struct, inspect

from inventory.codes import Code

Kind = Literal["text", "integer", "decimal", "boolean", "date", "datetime", "code", "part"]

# The largest integer that every JSON reader keeps exact.
LARGEST = 2**53 - 1


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base class of every record and every part of one."""


def about(
    title: str,
    description: str,
    *,
    clause: str | None = None,
    private: bool = False,
    needed_to_publish: bool = False,
    key: bool = False,
    references: str | None = None,
    table: str | None = None,
    wide: int | None = None,
    form: str | None = None,
) -> Meta:
    """State the facts of a field.

    clause: the clause or standard it comes from. private: never public. key: part of the key of its record or list.
    references: the record type whose id it holds. table: the name of the child table of a list. wide: a short list
    of numbers laid out as that many numbered columns. form: the form of a value, in words.
    """
    facts = dict(
        clause=clause,
        private=private,
        needed_to_publish=needed_to_publish,
        key=key,
        references=references,
        table=table,
        wide=wide,
        form=form,
    )
    # Facts omitted here leave those of the type itself in force.
    stated = {fact: value for fact, value in facts.items() if value is not None}
    return Meta(title=title, description=description, extra=stated)


class Field(Struct, frozen=True, kw_only=True):
    """All facts of one field.

    Lengths are in characters; `wide` is a number of columns; `form` describes `pattern` in words.
    """

    name: str
    kind: Kind
    title: str
    description: str
    required: bool = False
    nullable: bool = False
    many: bool = False
    default: Any = None
    clause: str | None = None
    private: bool = False
    needed_to_publish: bool = False
    key: bool = False
    references: str | None = None
    table: str | None = None
    wide: int | None = None
    codes: type[Code] | None = None
    part: "Shape | None" = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    form: str | None = None
    minimum: int | None = None
    maximum: int | None = None


class Shape(Struct, frozen=True):
    """The fields of a record or of a part of one, in order."""

    struct: type[Part]
    description: str
    fields: tuple[Field, ...]
    key: tuple[Field, ...] = ()
    """The fields that identify an item."""

    def field(self, name: str) -> Field:
        """Return the field of that name. Raises KeyError."""
        return {field.name: field for field in self.fields}[name]


@cache
def shape(struct: type[Part]) -> Shape:
    """Read a record type. Raises TypeError if it breaks a convention, naming the field."""
    info = inspect.type_info(struct)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{struct.__name__} is not a Struct")
    # Keys come first, also before fields of a base class.
    fields = tuple(sorted((_field(struct, field) for field in info.fields), key=lambda field: not field.key))
    read = Shape(struct, _first_paragraph(struct), fields, tuple(field for field in fields if field.key))
    for field in read.fields:
        for fault in _broken_conventions(field):
            raise TypeError(f"{struct.__name__}.{field.name}: {fault}")
    return read


def walk(read: Shape, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Field]]:
    """Yield every field at any depth with the path of names that leads to it."""
    for field in read.fields:
        yield (*prefix, field.name), field
        if field.part is not None:
            yield from walk(field.part, (*prefix, field.name))


def _first_paragraph(struct: type[Part]) -> str:
    return " ".join((struct.__doc__ or "").split("\n\n")[0].split())


def _field(struct: type[Part], field: inspect.Field) -> Field:
    kind, facts = _unwrapped(field.type)
    nullable, many = False, False
    if isinstance(kind, inspect.UnionType):
        others = [t for t in kind.types if not isinstance(t, inspect.NoneType)]
        if len(others) != 1 or len(kind.types) != 2:
            raise TypeError(f"{struct.__name__}.{field.name}: a union of types has no column")
        kind, inner = _unwrapped(others[0])
        nullable, facts = True, {**inner, **facts}
    if isinstance(kind, inspect.VarTupleType):
        kind, inner = _unwrapped(kind.item_type)
        many, facts = True, {**inner, **facts}
    known = {name: value for name, value in facts.items() if value is not None}
    return Field(
        name=field.name,
        required=field.required,
        nullable=nullable,
        many=many,
        default=None if field.default is msgspec.NODEFAULT else field.default,
        **{"title": "", "description": "", **known},
        **_type_facts(struct, field.name, kind),
    )


def _unwrapped(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    facts: dict[str, Any] = {}
    while isinstance(kind, inspect.Metadata):
        facts = {**(kind.extra_json_schema or {}), **(kind.extra or {}), **facts}
        kind = kind.type
    return kind, facts


_SCALARS: dict[type[inspect.Type], Kind] = {
    inspect.StrType: "text",
    inspect.IntType: "integer",
    inspect.DecimalType: "decimal",
    inspect.BoolType: "boolean",
    inspect.DateType: "date",
    inspect.DateTimeType: "datetime",
}


def _type_facts(struct: type[Part], name: str, kind: inspect.Type) -> dict[str, Any]:
    if isinstance(kind, inspect.StructType):
        return {"kind": "part", "part": shape(kind.cls)}
    if isinstance(kind, inspect.EnumType) and issubclass(kind.cls, Code):
        return {"kind": "code", "codes": kind.cls}
    if type(kind) not in _SCALARS:
        raise TypeError(f"{struct.__name__}.{name}: {type(kind).__name__} has no column")
    limits = {"minimum": "ge", "maximum": "le", "min_length": "min_length", "max_length": "max_length"}
    facts = {fact: getattr(kind, limit, None) for fact, limit in limits.items()}
    return {"kind": _SCALARS[type(kind)], "pattern": getattr(kind, "pattern", None), **facts}


def _broken_conventions(field: Field) -> Iterator[str]:
    if not field.title or not field.description:
        yield "every field has a title and a description"
    if field.key and (field.nullable or not field.required or field.many or field.kind == "part"):
        yield "a key is a scalar and always there"
    if field.many and field.nullable:
        yield "a list is empty, never null"
    if field.many and not field.wide and not field.table:
        yield "a list names its table"
    if field.table and len(field.table) > 31:
        yield "a table's name is at most 31 characters"
    if field.kind == "text" and (not field.min_length or not field.max_length):
        yield "text has a least and a greatest length"
    if field.kind == "text" and (not field.pattern or not field.form):
        yield "text has a pattern, and a form that tells it in words"
    if field.kind == "integer" and (field.minimum is None or field.maximum is None):
        yield "an integer has bounds"
    if field.part is not None:
        yield from _broken_part_conventions(field, field.part)


def _broken_part_conventions(field: Field, part: Shape) -> Iterator[str]:
    if field.nullable and not any(inner.required and inner.kind != "part" for inner in part.fields):
        yield "an optional part has a required scalar"
    if field.nullable and any(inner.many for _, inner in walk(part)):
        yield "a list never lies in an optional part"
    if not field.many and not field.nullable and any(inner.required for inner in part.fields):
        yield "a part that is always there may be empty"
    if field.many and any(inner.private for _, inner in walk(part)):
        yield "a private field never lies in a list"
