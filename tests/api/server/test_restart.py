"""PostgreSQL goes away and comes back: who asks is told to come again, and nothing acknowledged is lost."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from tests.inventory.storage.test_point_reads import save
from tests.support.builders import an_organization
from tests.support.postgres import new_database, running, stopped
from tests.support.sites import serving

pytestmark = pytest.mark.postgres
ID = an_organization()["organization_id"]
ASKED = (f"/api/v1/organizations/{ID}", "/api/v1/organizations", "/api/v1/services?q=a", "/api/v1/ledger/head", "/")


@pytest.fixture
def folder(postgres_url: str) -> Iterator[Path]:
    """Where a server of this test alone keeps its files, where servers start at all."""
    with tempfile.TemporaryDirectory(prefix="psi-restarted-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def ask(client: Any) -> list[int]:
    with ThreadPoolExecutor(8) as threads:
        return [answer.status_code for answer in threads.map(client.get, ASKED * 8)]


def test_while_it_is_away_they_are_told_to_come_again_and_then_all_is_there(folder: Path, tmp_path: Path) -> None:
    with running(folder) as url:
        engine = open_engine(new_database(url))
        create_tables(engine)
        store = Store(engine, INVENTORY)
        save(store, "A name")
        with serving(store, tmp_path) as client:
            assert set(ask(client)) == {200}
            with stopped(folder):
                assert set(ask(client)) == {503}
                assert client.get(ASKED[0]).headers["retry-after"]
            assert set(ask(client)) == {200}
            with stopped(folder):
                pass
            assert set(ask(client)) == {200}  # what was dropped meanwhile nobody notices
            save(store, "Another name")
            assert client.get(ASKED[0]).json()["name"] == "Another name"
            assert store.chain().seq == 2
        engine.dispose()
