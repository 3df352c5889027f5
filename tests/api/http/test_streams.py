"""Lists that stream: so many at a time."""

import gc

import pytest

from api.http import lists
from tests.support.sites import Client

LINES = {"Accept": "application/x-ndjson"}


def test_returns_503_beyond_the_most_streams(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_STREAMS", 0)
    answer = reader.get("/api/v1/services", headers=LINES)
    assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
    assert reader.get("/api/v1/services").status_code == 200


def test_streams_that_end_make_room(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_STREAMS", 1)
    for _ in range(3):
        gc.collect()
        assert reader.get("/api/v1/services", headers=LINES).status_code == 200
