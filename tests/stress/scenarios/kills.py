"""kill -9 while a process loads and writes: nothing acknowledged is lost, and a load is there whole or not at all."""

import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from msgspec import Struct

from datapackage.loading import load
from inventory.ledger.chain import ChainState
from inventory.ledger.store import Store
from inventory.writes.change import Receipt
from tests.stress.scenarios.processes import PATIENCE, context, store_at, url_of
from tests.stress.scenarios.proofs import broken_from, not_kept, torn_heads
from tests.stress.scenarios.writers import save
from tests.support.generated import service_id, write_ndjson
from tests.support.loads import loaded

A_LOAD = 120  # services
SINGLES = 10  # appends after each load
LIFE = 0.8  # seconds a child may live at most once it works
ROOM = 100_000  # indexes of generated services kept for each round


class Loading(Struct, frozen=True):
    """A load of the generated services from an index on has begun, or was acknowledged."""

    start: int
    done: bool


class Toll(Struct):
    """What the kills hit, what had been acknowledged, and every fault found."""

    kills: int = 0
    in_a_load: int = 0
    acknowledged: int = 0
    loads_kept: int = 0
    loads_gone: int = 0
    faults: list[str] = []


def kill_often(store: Store, times: int, seed: int = 280) -> Toll:
    """Kill a loading and writing process so many times; after each, write again and prove the ledger."""
    toll, chance, state = Toll(), Random(seed), ChainState()
    for number in range(times):
        with tempfile.TemporaryDirectory() as folder:
            told = _killed(url_of(store), folder, number, chance.uniform(0, LIFE), waits=number == times - 1)
        save(store, number, f"after-kill-{number}", 0)  # queues behind what the dead process may have left running
        _count(toll, store, told)
        faults, state = broken_from(store, state)
        toll.faults += faults
    faults, _ = broken_from(store, ChainState())
    toll.faults += [*faults, *torn_heads(store, "service")]
    return toll


def _count(toll: Toll, store: Store, told: list[Receipt | Loading]) -> None:
    receipts = [word for word in told if isinstance(word, Receipt)]
    begun = [word.start for word in told if isinstance(word, Loading) and not word.done]
    done = {word.start for word in told if isinstance(word, Loading) and word.done}
    toll.kills += 1
    toll.acknowledged += len(receipts) + len(done)
    toll.in_a_load += bool(begun) and begun[-1] not in done
    toll.faults += not_kept(store, receipts)
    for start in begun:
        kept = len(store.heads("service", [service_id(index) for index in range(start, start + A_LOAD)]))
        toll.loads_kept += kept == A_LOAD
        toll.loads_gone += kept == 0
        if kept not in (0, A_LOAD) or (start in done and not kept):
            toll.faults.append(f"load of {start}: {kept} of {A_LOAD} kept, acknowledged: {start in done}")


def _killed(url: str, folder: str, number: int, life: float, *, waits: bool) -> list[Receipt | Loading]:
    """Return everything a child acknowledged before it was killed. waits: kill it after its first acknowledgment."""
    outof, into = context().Pipe(duplex=False)
    child = context().Process(target=_work, args=(url, folder, number, into), daemon=True)
    child.start()
    into.close()
    if not outof.poll(PATIENCE) or outof.recv() != "ready":
        child.kill()
        raise TimeoutError("the process to be killed does not work")
    told: list[Receipt | Loading] = []
    while waits and not any(isinstance(word, Receipt) or word.done for word in told) and outof.poll(PATIENCE):
        told.append(outof.recv())
    time.sleep(life)
    child.kill()
    child.join(PATIENCE)
    try:
        while True:
            told.append(outof.recv())
    except EOFError:
        return told


def _work(url: str, folder: str, number: int, pipe: Connection) -> None:
    load.BATCH = A_LOAD // 4  # so that a load writes in several steps, between which it can be killed
    store = store_at(url)
    store.chain()
    pipe.send("ready")
    for start in range((number + 1) * ROOM, (number + 2) * ROOM, 2 * A_LOAD):
        file = write_ndjson(Path(folder) / f"{start}.ndjson", A_LOAD, start)
        pipe.send(Loading(start, False))
        loaded(store, file)
        pipe.send(Loading(start, True))
        for single in range(start + A_LOAD, start + A_LOAD + SINGLES):
            pipe.send(save(store, single, f"single-{single}", 0))
