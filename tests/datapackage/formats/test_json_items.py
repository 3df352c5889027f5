"""Large JSON files, read a document at a time: the same as read whole, wherever the pieces part."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datapackage.formats import json_files, json_items
from datapackage.formats.json_files import JsonFile, NdjsonFile
from inventory.errors import InventoryError, TooMuch, Unreadable
from inventory.records.registry import INVENTORY

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "WHOLE", 0)
    monkeypatch.setattr(json_items, "PIECE", 3)


def read(path: Path, body: bytes, most: int | None = None) -> list[tuple[str, Any]]:
    path.write_bytes(body)
    return [(located.record_type, located.raw) for located in JsonFile(path, INVENTORY, None, most)]


@pytest.mark.usefixtures("streamed")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, max_size=4), indent=st.sampled_from([None, 1]), ascii=st.booleans())
def test_a_list_is_read_as_it_was_written(tmp_path: Path, values: list[Any], indent: int | None, ascii: bool) -> None:
    body = json.dumps(values, indent=indent, ensure_ascii=ascii).encode("utf-8", "surrogatepass")
    assert [raw for _, raw in read(tmp_path / "a.json", body)] == values


@pytest.mark.usefixtures("streamed")
def test_lists_by_table_are_read_with_their_types(tmp_path: Path) -> None:
    body = b'\xef\xbb\xbf { "services" : [ {"service_id": "a"}, {} ] , "organizations":[{"x":1}], "providers": [] } '
    assert read(tmp_path / "a.json", body) == [
        ("service", {"service_id": "a"}),
        ("service", {}),
        ("organization", {"x": 1}),
    ]


@pytest.mark.usefixtures("streamed")
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b" ", "a.json begins with neither [ nor {"),
        (b"1", "a.json begins with neither [ nor {"),
        (b"[1, 2", "a.json, after 2 documents, has its end in the place of ,"),
        (b"[1 2]", "a.json, after 1 documents, has 2 in the place of ,"),
        (b"[1, x]", "a.json, after 1 documents, is not JSON: Expecting value"),
        (b"[1] 2", "a.json, after 1 documents, goes on behind its end"),
        (b'["\xff"]', "a.json is not in UTF-8: invalid start byte"),
        (b'[{"a":1,"a":2}]', "a.json, document 1, has the key a twice in one object"),
        (b'{"services":[],"services":[]}', "has the key services twice in one object"),
        (b'{"service_id":"a"}', "is too large for one document: service_id is no list of a table"),
        (b"[" * 5_000, "a.json is nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, body: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(tmp_path / "a.json", body)
    assert message in str(refused.value)


@pytest.mark.usefixtures("streamed")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=30) | st.text('[]{}",:\\ 1aé', max_size=30).map(str.encode))
def test_anything_else_is_refused_in_our_words(tmp_path: Path, body: bytes) -> None:
    try:
        found = read(tmp_path / "a.json", body)
    except InventoryError:
        return
    assert isinstance(json.loads(body.decode("utf-8-sig"), strict=False), list | dict) and isinstance(found, list)


@pytest.mark.usefixtures("streamed")
def test_a_document_that_is_too_long_is_refused(tmp_path: Path) -> None:
    body = json.dumps([{"a": "x" * 90}, {"a": "x" * 3_000}]).encode()
    with pytest.raises(
        TooMuch, match=r"a\.json, after 1 documents, is longer than 1,000 bytes, or not JSON\. Nothing was"
    ):
        read(tmp_path / "a.json", body, most=1_000)
    assert len(read(tmp_path / "a.json", body)) == 2


def test_a_line_that_is_too_long_is_a_problem_of_that_line(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"service_id":"a"}\n{"a":"' + b"x" * 5_000 + b'"}\n{"service_id":"b"}\n')
    first, long, last = NdjsonFile(path, INVENTORY, None, 1_000)
    assert (first.raw, last.raw, last.row) == ({"service_id": "a"}, {"service_id": "b"}, 3)
    assert [problem.message for problem in long.problems] == ["line 2 is longer than 1,000 bytes"]
