"""Requests that come at once over HTTP: on SQLite to one process, on PostgreSQL to three."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.ledger.chain import ChainState
from inventory.ledger.store import Store
from tests.stress.scenarios.proofs import broken_from
from tests.stress.scenarios.requests import contend_at_once, import_at_once, repeat_at_once
from tests.stress.scenarios.served import Served, served

pytestmark = pytest.mark.slow


@pytest.fixture
def inventory(store: Store, tmp_path: Path) -> Iterator[Served]:
    with served(store, tmp_path) as made:
        yield made


def test_the_same_request_sent_64_times_at_once_has_one_effect_and_one_answer(inventory: Served) -> None:
    assert repeat_at_once(inventory, 3) == []
    assert broken_from(inventory.store, ChainState())[0] == []


def test_the_same_import_sent_64_times_at_once_has_one_effect_and_one_answer(inventory: Served) -> None:
    assert import_at_once(inventory, 2) == []
    assert broken_from(inventory.store, ChainState())[0] == []


def test_of_two_who_write_at_once_one_wins_and_the_other_is_told_the_current_version(inventory: Served) -> None:
    assert contend_at_once(inventory, 10) == []
    assert broken_from(inventory.store, ChainState())[0] == []
