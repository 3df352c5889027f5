"""Many processes write at once."""

from inventory.ledger.chain import ChainState
from inventory.ledger.store import Store
from tests.stress.scenarios.processes import url_of
from tests.stress.scenarios.proofs import broken_from, not_kept
from tests.stress.scenarios.writers import CONTESTED, race, save, slowest_share, write_at_once

WRITERS, SECONDS, ROUNDS = 8, 2.0, 5


def test_eight_writers_at_once_each_get_their_share_and_lose_nothing(store: Store) -> None:
    tallies = write_at_once(url_of(store), WRITERS, SECONDS)
    receipts = [receipt for tally in tallies for receipt in tally.receipts]
    # Nobody starves. How even the shares are depends on who else uses the machine: `bench` asks for 0.6.
    assert slowest_share(tallies) >= 0.3
    assert sorted(receipt.seq for receipt in receipts) == list(range(1, len(receipts) + 1))
    assert not_kept(store, receipts) == []
    assert broken_from(store, ChainState())[0] == []


def test_of_processes_changing_one_record_exactly_one_wins_each_round(store: Store) -> None:
    save(store, 0, CONTESTED, 0)
    outcomes = race(url_of(store), WRITERS, ROUNDS)
    for version, round_outcomes in enumerate(zip(*outcomes, strict=True), start=2):
        assert sorted(outcome.won for outcome in round_outcomes) == [False] * (WRITERS - 1) + [True]
        assert {outcome.version for outcome in round_outcomes} == {version}
    assert store.head("service", CONTESTED).version == ROUNDS + 1
    assert broken_from(store, ChainState())[0] == []
