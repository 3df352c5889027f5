"""PostgreSQL is restarted while quarters are submitted: nothing acknowledged is lost, nothing is done twice."""

import tempfile
from pathlib import Path

import pytest

from inventory.storage.engines import create_tables
from tests.stress.scenarios.processes import store_at
from tests.stress.scenarios.served import served
from tests.stress.scenarios.submissions import restarted, services, submit_disturbed
from tests.support.postgres import new_database, running

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def test_a_database_restarted_while_quarters_are_submitted_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="psi-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with running(folder) as url:
            store = store_at(new_database(url))
            create_tables(store.engine)
            with served(store, tmp_path, services(40)) as inventory:
                store.engine.dispose()
                toll = submit_disturbed(
                    inventory, 40, lambda: restarted(folder, inventory), times=2, settle=store.engine.dispose
                )
            store.engine.dispose()
    assert toll.faults == []
    assert (toll.acknowledged, toll.disturbed) == (40, 2)
