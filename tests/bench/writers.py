"""Eight processes writing at once."""

from collections.abc import Iterator

from inventory.ledger.chain import ChainState
from tests.bench.figures import Figure, Settings
from tests.bench.subjects.stores import both_engines
from tests.stress.scenarios.processes import url_of
from tests.stress.scenarios.proofs import broken_from, not_kept
from tests.stress.scenarios.writers import slowest_share, write_at_once

WRITERS = 8


def figures(settings: Settings) -> Iterator[Figure]:
    """The slowest writer's part of an even share, and the faults of the ledger they leave behind."""
    with both_engines() as stores:
        for name, store in stores.items():
            seconds = settings.choose(10, 2)
            tallies = write_at_once(url_of(store), WRITERS, seconds)
            receipts = [receipt for tally in tallies for receipt in tally.receipts]
            faults = [*broken_from(store, ChainState())[0], *not_kept(store, receipts)]
            each = ", ".join(str(len(tally.receipts)) for tally in tallies)
            longest = 1000 * max(tally.longest for tally in tallies)
            detail = f"in {seconds:g} s: {each} appends; longest wait {longest:.0f} ms"
            what = f"eight processes writing at once: slowest writer's share of an even share, {name}"
            yield Figure(what=what, measured=slowest_share(tallies), reach=0.6, detail=detail)
            what = f"eight processes writing at once: faults of the ledger, {name}"
            detail = "; ".join(faults[:3]) or f"{len(receipts):,} receipts proved"
            yield Figure(what=what, measured=len(faults), unit="", reach=0, at_most=True, detail=detail)
