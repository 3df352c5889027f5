"""JSON and NDJSON that is almost right."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datapackage.formats import json_files, json_items
from inventory.records.registry import INVENTORY
from tests.fuzz.documents import documents, values
from tests.fuzz.guards import checked, examples, limited_memory
from tests.fuzz.tables import DOCUMENTS
from tests.fuzz.texts import damaged

TYPES = st.none() | st.sampled_from(sorted(INVENTORY))


@pytest.fixture(scope="module", autouse=True)
def _memory() -> Iterator[None]:
    with limited_memory():
        yield


def encoded(value: Any) -> bytes:
    """JSON, with what is no text of Unicode left out."""
    return msgspec.json.encode(value)


def said_twice(body: bytes) -> bytes:
    """The body with its first key once more."""
    key, colon, rest = body.partition(b":")
    return key + colon + b"1," + key.strip(b"[{ ") + colon + rest if colon else body


@st.composite
def json_bodies(draw: st.DrawFn) -> bytes:
    """One document, a list of them or lists by table, damaged half of the time."""
    few = st.lists(documents(), max_size=3)
    tables = st.sampled_from([kind.table for kind in INVENTORY.values()])
    body = encoded(draw(documents() | few | st.dictionaries(tables, few, max_size=2) | values))
    if draw(st.booleans()):
        body = draw(damaged(draw(st.sampled_from((body, body, said_twice(body), body.decode().encode("utf-16"))))))
    return body


@st.composite
def ndjson_bodies(draw: st.DrawFn) -> bytes:
    """Documents a line, some of them rejects of a load before, damaged half of the time."""
    lines = draw(
        st.lists(documents() | values | st.fixed_dictionaries({"raw": documents(), "problems": values}), max_size=4)
    )
    end = draw(st.sampled_from((b"\n", b"\n", b"\r\n", b"\n\n", b"\r", b" \n", b"")))
    body = end.join(map(encoded, lines)) + draw(st.sampled_from((b"", end)))
    return draw(damaged(body)) if draw(st.booleans()) else body


@pytest.mark.parametrize(
    ("whole", "piece"), [(json_files.WHOLE, json_items.PIECE), (0, 64)], ids=["whole", "in pieces"]
)
@given(body=json_bodies(), record_type=TYPES)
@example(body=b'[{"employees": %b}]' % (b"9" * 5_000), record_type="organization")
@example(body=b'{"serv\tices": []}', record_type=None)
@examples
def test_json_is_read_or_refused(whole: int, piece: int, body: bytes, record_type: str | None) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_files, "WHOLE", whole)
        patch.setattr(json_items, "PIECE", piece)
        path = Path(folder) / "sent.json"
        path.write_bytes(body)
        checked(path, record_type=record_type)


@given(ndjson_bodies(), TYPES)
@examples
def test_ndjson_is_read_line_by_line(body: bytes, record_type: str | None) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sent.ndjson"
        path.write_bytes(body)
        assert checked(path, record_type=record_type) is not None


def test_valid_documents_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "sent.json"
    path.write_bytes(encoded([one for each in DOCUMENTS.values() for one in each]))
    report = checked(path)
    assert report is not None
    assert report.counts["rejected"] == 0
