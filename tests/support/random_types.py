"""Random record types and documents that fit a type, for properties that hold whatever the model."""

import datetime
import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from hypothesis import strategies as st
from msgspec import Meta

from inventory.codes import OfferingType
from inventory.codes.states import ProviderState
from inventory.records.documents import document, spelled
from inventory.records.registry import Document, RecordType
from inventory.schema.fields import Field, Part, Shape, about
from inventory.schema.scalars import PLAIN_LINE, PLAIN_TEXT, Slug, line, lines

Text = Annotated[str, lines(60)]
Line = Annotated[str, line(60)]
Whole = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
Small = Annotated[int, Meta(ge=0, le=9)]
SCALARS: list[Any] = [Text, Line, Whole, Small, Decimal, bool, datetime.date, OfferingType]
OPTIONAL: list[Any] = [kind | None for kind in SCALARS]
NESTED = ["scalars", "items", "keyed", "part", "optional", "wide"]
KEYS: list[Any] = [Slug, Small, OfferingType]


def made(name: str, fields: list[tuple[Any, ...]]) -> type[Part]:
    """A record type of these fields."""
    return msgspec.defstruct(  # type: ignore[return-value]
        name, fields, bases=(Part,), frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
    )


@st.composite
def parts(draw: st.DrawFn, depth: int, prefix: str, empty: bool) -> type[Part]:
    """A random part. empty: all of its fields may be missing."""
    fields: list[tuple[Any, ...]] = []
    count = draw(st.integers(1, 3))
    for index in range(count):
        name = f"f{index}"
        fact = about("A field", "Of a random type.")
        if not empty and index == 0:
            fields.append((name, Annotated[draw(st.sampled_from(SCALARS)), fact]))
        else:
            fields.append((name, Annotated[draw(st.sampled_from(OPTIONAL)), fact], None))
    fields += draw(lists_and_parts(depth, prefix))
    return made(f"Part_{prefix}", fields)


@st.composite
def lists_and_parts(draw: st.DrawFn, depth: int, prefix: str) -> list[tuple[Any, ...]]:
    """Nested fields: lists of scalars and of parts, always-there and optional parts, a wide list."""
    fields: list[tuple[Any, ...]] = []
    for kind in draw(st.lists(st.sampled_from(NESTED), max_size=3, unique=True)):
        name, table = f"{kind}_{prefix}", f"{prefix}{kind[0]}"
        listed = about("A list", "Of a random type.", table=table)
        if kind == "scalars":
            item: Any = draw(st.sampled_from(SCALARS))
            fields.append((name, Annotated[tuple[item, ...], listed], ()))
        elif kind == "wide":
            fields.append((name, Annotated[tuple[Small, ...], about("Counts", "Of answers.", wide=4)], ()))
        elif depth == 0:
            continue
        elif kind == "items":
            inner = draw(parts(depth - 1, table, draw(st.booleans())))
            fields.append((name, Annotated[tuple[inner, ...], listed], ()))  # type: ignore[valid-type]
        elif kind == "keyed":
            keys = [(f"k{prefix}", Annotated[draw(st.sampled_from(KEYS)), about("Key", "Of an item.", key=True)])]
            inner = made(f"Keyed_{table}", keys + draw(lists_and_parts(depth - 1, table)))
            fields.append((name, Annotated[tuple[inner, ...], listed], ()))  # type: ignore[valid-type]
        elif kind == "part":
            inner = draw(parts(0, f"{table}p", True))
            fields.append((name, Annotated[inner, about("A part", "Always there.")], inner()))
        elif kind == "optional":
            inner = made(
                f"Optional_{table}", [("v", Annotated[draw(st.sampled_from(SCALARS)), about("V", "A value.")])]
            )
            fields.append((name, Annotated[inner | None, about("An optional part", "There or not.")], None))
    return fields


@st.composite
def record_types(draw: st.DrawFn) -> RecordType:
    """A random record type, up to four tables deep."""
    keys = [("root_id", Annotated[draw(st.sampled_from(KEYS)), about("Key", "Of the record.", key=True)])]
    struct = made("Root", keys + draw(lists_and_parts(3, "t")))
    return a_type(struct)


def a_type(struct: type[Part], name: str = "root", table: str = "roots") -> RecordType:
    """A record type without a life of its own."""
    return RecordType(
        name=name,
        struct=struct,
        table=table,
        states=ProviderState,
        owner=(),
        actions=(),
        public_states=frozenset({"current"}),
    )


def documents(kind: RecordType, most: int = 4) -> st.SearchStrategy[list[Document]]:
    """Lists of canonical documents of a type, no two with the same key, in order of key."""

    def canonical(raws: list[Document]) -> list[Document]:
        by_key = {kind.record_id(raw): raw for raw in raws}
        found = [document(msgspec.convert(raw, kind.struct)) for raw in by_key.values()]
        return sorted(found, key=lambda known: kind.record_id(known).split("/"))

    return st.lists(_items(kind.shape), max_size=most).map(canonical)


def _items(read: Shape) -> st.SearchStrategy[Document]:
    required = {field.name: _values(field) for field in read.fields if field.required}
    optional = {field.name: _values(field) for field in read.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)


def _values(field: Field) -> st.SearchStrategy[Any]:
    one = _items(field.part) if field.part is not None else _scalars(field)
    if field.wide:
        return st.lists(one, max_size=field.wide)
    if not field.many:
        return one
    keys = tuple(inner.name for inner in field.part.key) if field.part is not None else ()
    if keys:
        by_key = lambda item: tuple(item[key] for key in keys)  # noqa: E731
        return st.lists(one, max_size=3, unique_by=by_key).map(lambda items: sorted(items, key=by_key))
    return st.lists(one, max_size=3)


AWKWARD = ["=1+1", "true", "007", "1.0", " x", "x ", "_x000D_", '"', ",", "a\nb", "#N/A", "2024-01-01"]
# Whatever a text may hold: no control characters but LF, no lone surrogates, in NFC.
_ANY_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n", exclude_characters="\ufffe\uffff")
)


def _scalars(field: Field) -> st.SearchStrategy[Any]:
    if field.codes is not None:
        return st.sampled_from([str(code) for code in field.codes])
    if field.kind == "integer":
        return st.integers(field.minimum, field.maximum)
    if field.kind == "decimal":
        return st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12).map(spelled)
    if field.kind == "boolean":
        return st.booleans()
    if field.kind == "date":
        return st.dates().map(str)
    assert field.pattern is not None and field.max_length is not None and field.min_length is not None
    least, most = field.min_length, min(field.max_length, 60)
    if field.pattern in (PLAIN_TEXT, PLAIN_LINE):
        return _texts(field.pattern, most)
    normal = st.from_regex(field.pattern, fullmatch=True).map(lambda text: unicodedata.normalize("NFC", text))
    return normal.filter(lambda text: least <= len(text) <= most)


def _texts(pattern: str, most: int) -> st.SearchStrategy[str]:
    awkward = st.sampled_from(
        ["=1+1", "true", "007", "1.0", " x", "x ", "_x000D_", '"', ",", "a\nb", "#N/A", "2024-01-01"]
    )
    found = (awkward | _ANY_TEXT).map(lambda text: unicodedata.normalize("NFC", text)[:most])
    return found.filter(lambda text: bool(re.search(pattern, text)) and unicodedata.is_normalized("NFC", text))
