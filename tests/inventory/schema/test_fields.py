"""The conventions of record types, each by a type that breaks it."""

from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from inventory.codes import CODE_LISTS
from inventory.records.registry import INVENTORY, RecordType
from inventory.schema.fields import Field, Part, about, shape, walk
from inventory.schema.scalars import PLAIN_LINE, Line
from inventory.schema.values import values

FACTS = about("Title", "Description.")


class Inner(Part, frozen=True, kw_only=True):
    """An inner part."""

    line: Annotated[Line, FACTS]


class Loose(Part, frozen=True, kw_only=True):
    """A part with nothing required, and a list."""

    line: Annotated[Line | None, FACTS] = None
    many: Annotated[tuple[Line, ...], about("T", "D.", table="t")] = ()


BROKEN: dict[str, Any] = {
    "every field has a title": Line,
    "a key is a scalar and always there": Annotated[Line | None, about("T", "D.", key=True)],
    "a list is empty, never null": Annotated[tuple[Line, ...] | None, about("T", "D.", table="t")],
    "a list names its table": Annotated[tuple[Line, ...], FACTS],
    "at most 31 characters": Annotated[tuple[Line, ...], about("T", "D.", table="t" * 32)],
    "text has a least and a greatest length": Annotated[str, FACTS],
    "a form that tells it in words": Annotated[str, Meta(min_length=1, max_length=9, pattern=PLAIN_LINE), FACTS],
    "an integer has bounds": Annotated[int, FACTS],
    "an optional part has a required scalar": Annotated[Loose | None, FACTS],
    "a list never lies in an optional part": Annotated[Loose | None, FACTS],
    "a part that is always there may be empty": Annotated[Inner, FACTS],
    "a union of types has no column": Annotated[int | str, FACTS],
    "DictType has no column": Annotated[dict[str, str], FACTS],
    "FloatType has no column": Annotated[float, FACTS],
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_type_that_breaks_a_convention_is_refused(reason: str) -> None:
    broken = msgspec.defstruct("Broken", [("field", BROKEN[reason])], bases=(Part,), frozen=True, kw_only=True)
    with pytest.raises(TypeError) as refused:
        list(walk(shape(broken)))
    if "list never lies" not in reason:
        assert reason in str(refused.value)


def test_a_private_field_never_lies_in_a_list() -> None:
    class Secret(Part, frozen=True, kw_only=True):
        """A part with a secret."""

        line: Annotated[Line | None, about("T", "D.", private=True)] = None

    many = Annotated[tuple[Secret, ...], about("T", "D.", table="t")]
    broken = msgspec.defstruct("Broken", [("field", many, ())], bases=(Part,), frozen=True, kw_only=True)
    with pytest.raises(TypeError, match="private"):
        shape(broken)


@pytest.mark.parametrize("kind", INVENTORY.values(), ids=lambda kind: kind.name)
def test_a_record_explains_every_field(kind: RecordType) -> None:
    for path, field in walk(kind.shape):
        assert field.title and field.description.endswith("."), path


@pytest.mark.parametrize("name", CODE_LISTS)
def test_a_code_list_explains_every_code(name: str) -> None:
    codes = CODE_LISTS[name]
    assert codes.source and codes.__doc__
    assert len({code.label for code in codes}) == len(codes)
    for code in codes:
        assert code.label and code.definition.endswith(".")
        assert msgspec.json.decode(msgspec.json.encode(code), type=codes) is code


@pytest.mark.parametrize("kind", INVENTORY.values(), ids=lambda kind: kind.name)
def test_a_text_says_its_form_in_words(kind: RecordType) -> None:
    for path, field in walk(kind.shape):
        if field.kind == "text":
            assert field.form and "^" not in field.form and not field.form.endswith("."), path


def test_values_are_told_with_their_place_those_of_a_fact_alone_where_it_is_asked_for() -> None:
    record = Loose(many=("a", "b"))
    assert [(where, value) for where, _, value in values(record)] == [
        ("/line", None),
        ("/many/0", "a"),
        ("/many/1", "b"),
    ]
    assert [where for where, *_ in values(record, _is_list)] == ["/many/0", "/many/1"]


def _is_list(field: Field) -> bool:
    return field.many
