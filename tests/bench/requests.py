"""Requests that come at once, and servers killed or without a database meanwhile: what goes wrong."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inventory.ledger.store import Store
from inventory.storage.engines import create_tables
from tests.bench.figures import Figure, Settings
from tests.stress.scenarios.processes import store_at
from tests.stress.scenarios.requests import SAME, contend_at_once, import_at_once, repeat_at_once
from tests.stress.scenarios.served import served
from tests.stress.scenarios.submissions import Toll, restarted, services, submit_disturbed
from tests.support.postgres import new_database, running


def figures(settings: Settings) -> Iterator[Figure]:
    """Faults of identical requests and of two writers at once; of killed servers and of a restarted database."""
    rounds, submissions = int(settings.choose(100, 5)), int(settings.choose(200, 40))
    kills, restarts = int(settings.choose(20, 3)), int(settings.choose(5, 1))
    for name in ("SQLite", "PostgreSQL"):
        with _store(name) as (store, folder), served(store, folder, services(submissions)) as inventory:
            what = f"{SAME} identical POSTs at once, {rounds} rounds: more than one effect or answer, {name}"
            yield _fault_figure(what, repeat_at_once(inventory, rounds))
            what = f"{SAME} identical imports at once, {rounds} rounds: more than one effect or answer, {name}"
            yield _fault_figure(what, import_at_once(inventory, rounds))
            what = f"two writers at once, {rounds} rounds: not one winner, or a loser not told, {name}"
            yield _fault_figure(what, contend_at_once(inventory, rounds))
            toll = submit_disturbed(inventory, submissions, inventory.server.killed, kills)
            yield _toll_figure(f"server killed {toll.disturbed} times during", submissions, toll, name)
    with _store("PostgreSQL") as (store, folder), served(store, folder, services(submissions)) as inventory:
        store.engine.dispose()
        toll = submit_disturbed(
            inventory, submissions, lambda: restarted(folder, inventory), restarts, store.engine.dispose
        )
        yield _toll_figure(f"PostgreSQL restarted {toll.disturbed} times during", submissions, toll, "PostgreSQL")
        yield Figure(
            what="PostgreSQL restarted under load: until the server is well again, at the longest",
            measured=max(toll.recovered),
            unit="s",
            detail=", ".join(f"{seconds:.1f} s" for seconds in toll.recovered),
        )


@contextmanager
def _store(engine: str) -> Iterator[tuple[Store, Path]]:
    with tempfile.TemporaryDirectory(prefix="psi-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if engine == "SQLite":
            store = store_at(f"sqlite:///{folder}/ledger.db")
            create_tables(store.engine)
            yield store, folder
            store.engine.dispose()
            return
        with running(folder) as url:
            store = store_at(new_database(url))
            create_tables(store.engine)
            yield store, folder
            store.engine.dispose()


def _fault_figure(what: str, faults: list[str]) -> Figure:
    return Figure(what=what, measured=len(faults), unit="", reach=0, at_most=True, detail="; ".join(faults[:3]))


def _toll_figure(what: str, submissions: int, toll: Toll, name: str) -> Figure:
    statuses = sorted({told.partition(": ")[2][:40] for told in toll.asked_again})
    detail = f"{toll.acknowledged} acknowledged; asked again {len(toll.asked_again)} times: {', '.join(statuses[:4])}"
    return Figure(
        what=f"{what} {submissions} submissions: lost or doubled, {name}",
        measured=len(toll.faults),
        unit="",
        reach=0,
        at_most=True,
        detail="; ".join([*toll.faults[:3], detail]),
    )
