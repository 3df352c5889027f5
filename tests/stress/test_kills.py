"""A process killed in the middle of its work leaves a whole ledger behind."""

import pytest
from sqlalchemy import Engine, text

from inventory.ledger.chain import ChainState
from inventory.ledger.store import Store
from tests.stress.scenarios.kills import kill_often
from tests.stress.scenarios.proofs import broken_from, not_kept, torn_heads
from tests.stress.scenarios.writers import save


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_process_loses_nothing_it_acknowledged(store: Store, times: int) -> None:
    toll = kill_often(store, times)
    assert toll.faults == []
    assert toll.kills == times and toll.acknowledged > 0
    assert times < 20 or (toll.in_a_load > 0 and toll.loads_kept > 0 and toll.loads_gone > 0)


def test_the_proofs_find_what_a_kill_could_break(store: Store, engine: Engine) -> None:
    kept, torn = save(store, 0, "kept", 0), save(store, 1, "torn", 0)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM bodies WHERE record_id = 'torn'"))
        connection.execute(text("UPDATE heads SET version = 0 WHERE record_id = 'kept'"))
        connection.execute(text("UPDATE chain SET seq = 3"))
    assert not_kept(store, [kept, torn]) == ["service/kept: acknowledged and lost"]
    assert torn_heads(store, "service") == ["service/kept: no body", "service/torn: no body"]
    faults, _ = broken_from(store, ChainState())
    assert faults == ["entry 2: its body is gone or changed", "the chain stands at 3, its entries at 2"]
