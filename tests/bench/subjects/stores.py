"""Empty stores to measure on: SQLite in a folder, and a real PostgreSQL."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inventory.ledger.store import Store
from inventory.storage.engines import create_tables
from tests.stress.scenarios.processes import store_at
from tests.support.postgres import new_database, running


@contextmanager
def both_engines() -> Iterator[dict[str, Store]]:
    """An empty store on each engine, by the engine's name."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "postgres") as url:
        stores = {"SQLite": store_at(f"sqlite:///{folder}/ledger.db"), "PostgreSQL": store_at(new_database(url))}
        for store in stores.values():
            create_tables(store.engine)
        yield stores
        for store in stores.values():
            store.engine.dispose()
