"""Submissions through the client while the server is killed, or its database restarted: none lost, none doubled."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from random import Random
from threading import Event, Thread

import httpx
from msgspec import Struct

from api.client.calls import act, put
from api.client.inventory import Inventory
from api.contract.messages import Written
from inventory.ledger.chain import ChainState
from inventory.ledger.store import Store
from inventory.writes.change import Receipt
from tests.stress.scenarios.proofs import broken_from, not_kept
from tests.stress.scenarios.served import YEAR, Served
from tests.support.postgres import restart
from tests.support.processes import answers
from tests.support.quarters import a_quarter

CLIENTS = 4
ATTEMPTS = 60
LONGEST = 0.5  # seconds between two attempts here, so that a test takes seconds
ATTESTED = {"name": "A synthetic name", "title": "Director"}
QUARTERS = (1, 2)


class Submission(Struct, frozen=True):
    """A quarter that was acknowledged, as a draft and as submitted."""

    record_id: str
    receipts: tuple[Receipt, ...]


class Toll(Struct):
    """What was done to the server, what was acknowledged, how often was asked again, and every fault found."""

    disturbed: int = 0
    acknowledged: int = 0
    asked_again: list[str] = []
    recovered: list[float] = []
    faults: list[str] = []


def services(submissions: int) -> list[str]:
    """The services that so many quarters are about."""
    return [f"dos-ca-s{number}" for number in range(-(-submissions // len(QUARTERS)))]


def submit_disturbed(
    served: Served,
    submissions: int,
    disturb: Callable[[], float],
    times: int,
    settle: Callable[[], None] = lambda: None,
) -> Toll:
    """Submit so many quarters, over several clients, while the server is disturbed so many times.

    disturb: takes the server down and up again, and returns after how many seconds it answered. settle: is
    called before the ledger is looked at, to let go of connections that broke off.
    """
    toll, chance, over = Toll(), Random(280), Event()
    before = served.store.chain().seq

    done: list[Submission] = []

    def trouble() -> None:
        for number in range(1, times + 1):
            while len(done) < number * submissions / (times + 1) and not over.wait(0.002):
                pass
            over.wait(chance.uniform(0, 0.05))  # so that it hits any moment of a submission
            toll.recovered.append(disturb())
            toll.disturbed += 1

    troubling = Thread(target=trouble)
    troubling.start()
    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            quarters = [(name, number) for name in services(submissions) for number in QUARTERS][:submissions]
            parts = [pool.submit(_submit, served, quarters[n::CLIENTS], done, toll.asked_again) for n in range(CLIENTS)]
            for part in as_completed(parts):
                part.result()
    finally:
        over.set()
        troubling.join()
    settle()
    toll.acknowledged = len(done)
    toll.faults += _lost_or_doubled(served.store, done, submissions, before)
    return toll


def restarted(folder: Path, inventory: Served) -> float:
    """Restart the database. After how many seconds from then on the server answers well."""
    began = time.monotonic()
    restart(folder)
    while not answers(inventory.server.address):
        time.sleep(0.02)
    return time.monotonic() - began


def _submit(served: Served, quarters: Sequence[tuple[str, int]], done: list[Submission], told: list[str]) -> None:
    with _connected(served, "editor", told) as editor, _connected(served, "certifier", told) as certifier:
        for service_id, number in quarters:
            record_id = f"dos-ca/{service_id}/{YEAR}-Q{number}"
            document = a_quarter(f"{YEAR}-Q{number}", service_id=service_id)
            kept = editor.ask(put("feedback", record_id, document))
            sent = certifier.ask(act("feedback", record_id, "submit", ATTESTED))
            done.append(Submission(record_id, (_receipt(kept), _receipt(sent))))


def _connected(served: Served, holder: str, told: list[str]) -> Inventory:
    http = httpx.Client(base_url=served.server.address, headers=served.bearing(holder), timeout=30)
    return Inventory(http, lambda wait: time.sleep(min(wait, LONGEST)), ATTEMPTS, told.append)


def _receipt(written: Written) -> Receipt:
    return Receipt(**{name: getattr(written, name) for name in Receipt.__struct_fields__})


def _lost_or_doubled(store: Store, done: list[Submission], submissions: int, before: int) -> Iterator[str]:
    if len(done) != submissions:
        yield f"{submissions - len(done)} of {submissions} never went through"
    yield from not_kept(store, (receipt for one in done for receipt in one.receipts))
    for one in done:
        acts = [(entry.action, entry.seq) for entry in store.log("feedback", one.record_id)]
        if acts != [(name, receipt.seq) for name, receipt in zip(("save", "submit"), one.receipts, strict=True)]:
            yield f"{one.record_id}: {acts}"
    if (written := store.chain().seq - before) != 2 * submissions:
        yield f"{written} entries of {submissions} submissions"
    yield from broken_from(store, ChainState())[0]
