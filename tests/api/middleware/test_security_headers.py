"""What every answer bears for the sake of browsers and caches."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.middleware.security_headers import SECURITY_HEADERS
from inventory.ledger.store import Store
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_service


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path) as made:
        yield made


def test_what_a_holder_sees_is_kept_by_nobody_on_the_way(site: Site) -> None:
    service = a_service(service_id="dos-ca-x")
    asked = [
        site.ask("PUT", "/services/dos-ca-x", "editor", json=service),
        site.ask("GET", "/services/dos-ca-x", "editor"),
        site.ask("GET", "/services", "editor"),
        site.ask("GET", "/services/none", "editor"),
        site.ask("GET", "/nothing", "editor"),
        site.ask("GET", "/services", headers={"X-Api-Key": "none"}),
    ]
    assert {answer.headers["cache-control"] for answer in asked} == {"private, no-store"}
    assert "cache-control" not in site.ask("GET", "/services").headers


@pytest.mark.parametrize("path", ["/", "/api/v1/services", "/api/v1/nothing", "/nothing", "/health", "/openapi.json"])
def test_answers_bear_the_headers_that_keep_browsers_safe(site: Site, path: str) -> None:
    answer = site.client.get(path)
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert len(answer.headers["x-request-id"]) == 16
