"""Processes of the stress tests: real ones, started from one that has imported everything."""

import multiprocessing
from multiprocessing.context import ForkServerContext

from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.storage.engines import open_engine

PATIENCE = 120  # seconds after which a child that says nothing is a fault


def context() -> ForkServerContext:
    """Where processes come from. A fork of this one would share its connections."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["tests.stress.scenarios.writers", "tests.stress.scenarios.kills"])
    return made


def store_at(url: str) -> Store:
    """A store with connections of its own."""
    return Store(open_engine(url), INVENTORY)


def url_of(store: Store) -> str:
    """The address another process opens the store by."""
    return store.engine.url.render_as_string(hide_password=False)
