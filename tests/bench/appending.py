"""Appending one entry durably, against a bare durable insert of the same document into the same engine."""

import time
from collections.abc import Callable, Iterator
from itertools import count

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, insert

from inventory.ledger.store import Store
from inventory.records.documents import encode
from inventory.writes.writer import append as write
from tests.bench.figures import Figure, Settings, side_by_side
from tests.bench.subjects.stores import both_engines
from tests.conftest import OPERATOR, now
from tests.stress.scenarios.writers import saving
from tests.support.generated import service, service_id

BARE = Table("bare", MetaData(), Column("id", Integer, primary_key=True), Column("body", LargeBinary, nullable=False))
EACH = 40  # writes a run


def figures(settings: Settings) -> Iterator[Figure]:
    """The ratio of rates on each engine; each write is a transaction of its own."""
    with both_engines() as stores:
        for name, store in stores.items():
            BARE.create(store.engine)
            told = side_by_side(_runs(store), int(settings.choose(25, 5)))
            detail = f"append {1000 * told['append']:.2f} ms, bare insert {1000 * told['bare']:.2f} ms"
            what = f"appending one entry durably, against a bare durable insert, {name}"
            yield Figure(what=what, measured=told["bare"] / told["append"], reach=0.6, detail=detail)


def _runs(store: Store) -> dict[str, Callable[[], float]]:
    numbers = count()

    def append() -> float:
        chosen = [next(numbers) for _ in range(EACH)]
        changes = [saving(number, service_id(number), 0) for number in chosen]
        began = time.perf_counter()
        for change in changes:
            write(store, OPERATOR, now, change)
        return (time.perf_counter() - began) / EACH

    def bare() -> float:
        bodies = [encode(service(next(numbers))) for _ in range(EACH)]
        began = time.perf_counter()
        for body in bodies:
            with store.engine.begin() as connection:
                connection.execute(insert(BARE).values(body=body))
        return (time.perf_counter() - began) / EACH

    return {"append": append, "bare": bare}
