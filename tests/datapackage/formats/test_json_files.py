"""JSON as people send it: what kind of record a document is, and what is wrong with it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from datapackage.formats.json_files import Kinds, decode
from datapackage.loading.load import preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from inventory.errors import Unreadable
from inventory.records.registry import INVENTORY
from tests.conftest import TODAY
from tests.support import builders

KINDS = Kinds(INVENTORY)

DOCUMENTS = {
    "organization": builders.an_organization(),
    "service": builders.a_service(),
    "provider": builders.a_provider(),
    "designation": builders.a_designation(),
    "instrument": builders.an_instrument(),
    "due_date": builders.a_due_date(),
    "feedback": builders.a_feedback(),
}


def checked(path: Path, body: bytes) -> Report:
    path.write_bytes(body)
    inputs, _ = opened([path], INVENTORY, None, None, None)
    return preview(Plan(INVENTORY, None, TODAY), inputs)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a": "\\ud800"}', r"has half of a character, \ud800, in column 8"),
        (
            b'{"a": "\\ud83d\\ude00 \\\\ud800",\n "b": "x\\uDC00"}',
            r"has half of a character, \uDC00, in line 2, column 9",
        ),
        (b'{"\\ud800\\u0041": 1}', r"has half of a character, \ud800, in column 3"),
        (b"\xff", "is not in UTF-8: column 1, invalid start byte"),
        (b'\n{"\xc3\xa4": "x\xffy"}', "is not in UTF-8: line 2, column 9, invalid start byte"),
        (b'{"a": 1,\n"b": "\xed\xa0\x80"}', "is not in UTF-8: line 2, column 7, invalid continuation byte"),
        (b'{"a": 1,\n "b": 2,}', "is not JSON: trailing comma in object in line 2, column 9"),
        (b'\xef\xbb\xbf  {"a": 1}}', "is not JSON: trailing characters in column 12"),
        (b'{"a": "x', "is not JSON: it ends before it is whole"),
        (b'{"a": "\\ud83d\\ude00', "is not JSON: it ends before it is whole"),
        (b"", "is not JSON: it ends before it is whole"),
    ],
)
def test_what_is_no_json_is_told_by_its_true_fault_and_place(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(body, "The body")
    assert str(refused.value) == f"The body {why}"


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_one_typo_does_not_change_what_a_document_is(kind: str) -> None:
    document = DOCUMENTS[kind]
    assert KINDS.of(document) == kind
    for name in document:
        misspelled = {(other if other != name else name[:2] + name[3:]): value for other, value in document.items()}
        assert KINDS.of(misspelled) == kind, name
        assert KINDS.of({**document, "x_" + name: 1}) == kind
        assert KINDS.of({**document, name: [7]}) == kind


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_of_its_key_alone_is_of_its_kind(kind: str) -> None:
    keys = [field.name for field in INVENTORY[kind].shape.key]
    assert KINDS.of(dict.fromkeys(keys, "a")) == kind


def test_a_document_without_any_key_is_of_no_kind() -> None:
    nothing: list[Any] = [{}, {"name": "N"}, {"fiscal_year": 2026}, [], None, 7, "service_id"]
    for raw in nothing:
        assert KINDS.of(raw) == ""


def test_every_problem_of_a_service_with_a_typo_is_named(tmp_path: Path) -> None:
    raw: dict[str, Any] = {"service_id": "a-d", "organization_id": "o", "name": 5, "chanels": [], "tags": "one"}
    report = checked(tmp_path / "k.ndjson", msgspec.json.encode(raw))
    assert {(p.code, p.pointer) for p in report.problems} >= {
        ("unknown-field", "/chanels"),
        ("wrong-type", "/name"),
        ("wrong-type", "/tags"),
    }
    assert {problem.record for problem in report.problems} == {"service/a-d"}


def test_a_key_given_twice_is_named(tmp_path: Path) -> None:
    twice = b'{"service_id": "a", "organization_id": "o", "name": "One", "occasion": {"story": "a", "story": "b"}}'
    report = checked(tmp_path / "k.ndjson", twice + b"\n" + twice.replace(b'"story": "a", ', b"") + b"\n")
    (told,) = [problem for problem in report.problems if problem.code == "unreadable"]
    assert (told.row, told.message) == (1, "line 1 has the key story twice in one object")
    assert report.counts["added"] == 1
    with pytest.raises(Unreadable, match=r"k\.json has the key name twice"):
        checked(tmp_path / "k.json", b'[{"name":1,"name":2}]')


@pytest.mark.parametrize(
    "value", [b'"\\u00e9"', b"1.50", b"123456789012345678901234567890", b"1e5", b"-0", b'"\xc3\xa9"']
)
def test_numbers_and_texts_are_read_however_they_are_spelled(value: bytes) -> None:
    assert decode(b'\xef\xbb\xbf { "a" : [ ' + value + b" ] } ", "it") == {"a": [msgspec.json.decode(value)]}
