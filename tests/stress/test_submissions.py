"""Servers are killed while quarters are submitted: nothing acknowledged is lost, and nothing is done twice."""

from pathlib import Path

import pytest

from inventory.ledger.store import Store
from tests.stress.scenarios.served import served
from tests.stress.scenarios.submissions import services, submit_disturbed

pytestmark = pytest.mark.slow


def test_a_server_killed_while_quarters_are_submitted_loses_and_doubles_nothing(store: Store, tmp_path: Path) -> None:
    with served(store, tmp_path, services(60)) as inventory:
        toll = submit_disturbed(inventory, 60, inventory.server.killed, times=4)
    assert toll.faults == []
    assert (toll.acknowledged, toll.disturbed) == (60, 4)
    assert toll.asked_again
