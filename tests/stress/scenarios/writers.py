"""Many processes that write at once: what each gets done, and who wins where all want the same record."""

import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier
from typing import Any, NoReturn

from msgspec import Struct

from inventory.errors import Conflict
from inventory.ledger.store import Store
from inventory.writes.change import Change, Receipt
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.stress.scenarios.processes import PATIENCE, context, store_at
from tests.support.generated import service, service_id

ROOM = 1_000_000  # indexes of generated services kept for each writer
CONTESTED = service_id(0)


class Tally(Struct, frozen=True):
    """What one writer got done: its receipts, and the longest it waited for one, in seconds."""

    receipts: list[Receipt]
    longest: float


class Outcome(Struct, frozen=True):
    """How an update went: won, or lost to the version it was told of."""

    won: bool
    version: int


def write_at_once(url: str, processes: int, seconds: float) -> list[Tally]:
    """So many processes append single entries, as fast as each can, for the same so many seconds."""
    tallies: list[Tally] = _together(_write, url, processes, seconds)
    return tallies


def race(url: str, processes: int, rounds: int) -> list[list[Outcome]]:
    """Each round all processes change one record from the same version at once. The outcomes by process."""
    outcomes: list[list[Outcome]] = _together(_contest, url, processes, rounds)
    return outcomes


def slowest_share(tallies: list[Tally]) -> float:
    """What the slowest writer got done, as a part of an even share."""
    done = [len(tally.receipts) for tally in tallies]
    return min(done) * len(done) / sum(done)


def saving(index: int, record_id: str, base: int, name: str = "") -> Change:
    """The saving of a generated service under an id, made from that version."""
    document = {**service(index), "service_id": record_id}
    return Change(
        record_type="service",
        record_id=record_id,
        action="save",
        document=document | ({"name": name} if name else {}),
        base_version=base,
    )


def save(store: Store, index: int, record_id: str, base: int, name: str = "") -> Receipt:
    """Save a generated service. Raises Conflict."""
    return append(store, OPERATOR, now, saving(index, record_id, base, name))[0]


def _together(work: Callable[[str, int, Any, Barrier, Connection], None], url: str, processes: int, much: Any) -> Any:
    barrier = context().Barrier(processes)
    pipes = [context().Pipe(duplex=False) for _ in range(processes)]
    children = [
        context().Process(target=work, args=(url, number, much, barrier, into), daemon=True)
        for number, (_, into) in enumerate(pipes)
    ]
    for child, (_, into) in zip(children, pipes, strict=True):
        child.start()
        into.close()
    told = [outof.recv() if outof.poll(PATIENCE) else _silent(children) for outof, _ in pipes]
    for child in children:
        child.join(PATIENCE)
    return told


def _silent(children: list[ForkServerProcess]) -> NoReturn:
    for child in children:
        child.kill()
    raise TimeoutError("a writer said nothing")


def _write(url: str, number: int, seconds: float, barrier: Barrier, pipe: Connection) -> None:
    store, longest = store_at(url), 0.0
    receipts: list[Receipt] = []
    store.chain()
    barrier.wait(PATIENCE)
    end = time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        index = (number + 1) * ROOM + len(receipts)
        receipts.append(save(store, index, service_id(index), 0))
        longest = max(longest, time.monotonic() - began)
    pipe.send(Tally(receipts, longest))


def _contest(url: str, number: int, rounds: int, barrier: Barrier, pipe: Connection) -> None:
    store = store_at(url)
    outcomes: list[Outcome] = []
    for version in range(1, rounds + 1):
        barrier.wait(PATIENCE)
        try:
            receipt = save(store, 0, CONTESTED, version, f"Writer {number} in round {version}")
            outcomes.append(Outcome(True, receipt.version))
        except Conflict as conflict:
            outcomes.append(Outcome(False, conflict.current_version))
    pipe.send(outcomes)
