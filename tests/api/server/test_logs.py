"""The log: a line an event, and never a secret in it, nor in an answer."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from api.contract.errors import BadSetting
from api.server.logs import line_formatter, set_up
from api.server.settings import Settings
from inventory.ledger.store import Store
from inventory.storage.engines import open_engine
from tests.conftest import ROOT
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_service


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged meanwhile."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up("info", stream)
    yield stream
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def site(written: io.StringIO, sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path) as made:
        yield made


def events(written: io.StringIO) -> list[Any]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_is_a_line_named_as_its_answer_is(site: Site, written: io.StringIO) -> None:
    public = site.ask("GET", "/services?q=hidden")
    keyed = site.ask("GET", "/services/none", "editor")
    one, other = events(written)
    assert one.keys() == {
        "event", "level", "at", "request_id", "method", "path", "status", "ms", "key_id", "address"
    }  # fmt: skip
    assert (one["method"], one["path"], one["status"], one["key_id"]) == ("GET", "/api/v1/services", 200, None)
    assert other["key_id"] == site.keys["editor"].split("_")[1] and other["status"] == 404
    assert one["request_id"] == public.headers["x-request-id"] != keyed.headers["x-request-id"]
    assert "hidden" not in written.getvalue()


def test_a_path_stays_in_its_line_and_steers_no_terminal(site: Site, written: io.StringIO) -> None:
    site.client.get("/a%0Ab%0D%00%1b]0;owned%07%C2%9B2J")
    (event,) = events(written)
    assert event["path"] == "/a\ufffdb\ufffd\ufffd\ufffd]0;owned\ufffd\ufffd2J"


def fail_with(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def fail(*_given: Any, **_named: Any) -> None:
        raise fault

    monkeypatch.setattr(Store, "read_row", fail)


def test_no_key_is_in_the_log_or_in_an_answer_whatever_goes_wrong(
    sqlite_store: Store, tmp_path: Path, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing_site(sqlite_store, tmp_path) as site:
        key = site.keys["editor"]
        secret = key.split("_", 2)[2]
        headers = {"X-Api-Key": key + "x"}
        answers = [
            site.ask("GET", "/services", headers=headers),
            site.ask("GET", f"/services/{key}", "editor"),
            site.ask("GET", f"/services?key={key}", "editor"),
            site.ask("PUT", f"/services/{key}", "editor", json=a_service()),
            site.ask("POST", "/checks/service", "editor", json={"note": key}, headers={"Content-Type": "text/csv"}),
            site.ask("POST", "/keys", "omb_admin", json={"holder": "x"}),
        ]
        fail_with(monkeypatch, RuntimeError(f"no good: Authorization: Bearer {key}, or postgresql://me:hunter2@host/x"))
        site.client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
        broken = site.ask("GET", "/services/x", "editor")
    assert broken.status_code == 500 and secret not in broken.text and "hunter2" not in broken.text
    told = written.getvalue()
    assert "no good" in told and "Traceback" in told
    assert secret not in told and "hunter2" not in told
    assert [answer.status_code for answer in answers] == [401, 404, 400, 422, 415, 422]
    assert not [answer.text for answer in answers if secret in answer.text]


def test_errors_of_the_database_tell_no_values(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(OperationalError) as fault, engine.connect() as connection:
        connection.execute(text("insert into nothing values (:value)"), {"value": "private"})
    assert "private" not in str(fault.value)
    engine.dispose()


def test_libraries_are_heard_in_the_same_form_and_only_when_something_is_wrong(
    written: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    handler = logging.StreamHandler(written)
    handler.setFormatter(line_formatter())
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger("alembic.runtime").info("Context impl")
    logging.getLogger("httpx").info("HTTP Request: GET http://x?key=hidden")
    logging.getLogger("any.library").warning("Something with psi_0a1b_%s", "hidden")
    (event,) = events(written)
    assert event["level"] == "warning" and event["event"] == "Something with psi_[secret]"


def test_a_level_that_is_none_is_told() -> None:
    with pytest.raises(BadSetting, match="PSI_LOG_LEVEL must be one of debug, info, warning, error"):
        Settings.from_environment({"PSI_LOG_LEVEL": "loud"})


def test_a_server_begins_with_lines_of_json_alone(tmp_path: Path) -> None:
    code = "from api.app import application; application()"
    environ = {"PSI_HOME": str(tmp_path), "PSI_LOG_LEVEL": "debug", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout == ""
    assert [line for line in done.stderr.splitlines() if not line.startswith("{")] == []
