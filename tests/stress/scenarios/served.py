"""An inventory served by processes of its own, with keys of every role: one on SQLite, three on PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from msgspec import Struct

from inventory.ledger.store import Store
from tests.stress.scenarios.processes import url_of
from tests.support.api.writing import keys_of_holders
from tests.support.builders import with_organizations
from tests.support.processes import UNLIMITED, Server, running_server
from tests.support.quarters import with_designations

WORKERS = 3
YEAR = 2026


class Served(Struct, frozen=True):
    """A server, the keys of holders by name, and the store it serves."""

    server: Server
    keys: dict[str, str]
    store: Store

    def client(self, holder: str, timeout: float = 60) -> httpx.Client:
        """A client that bears a key; below /api/v1."""
        return httpx.Client(base_url=f"{self.server.address}/api/v1", headers=self.bearing(holder), timeout=timeout)

    def bearing(self, holder: str) -> dict[str, str]:
        """The headers of a holder."""
        return {"Authorization": f"Bearer {self.keys[holder]}"}


@contextmanager
def served(store: Store, home: Path, services: Sequence[str] = ()) -> Iterator[Served]:
    """The store, served, once it knows holders of every role. services: published, to be reported on by dos-ca."""
    with_organizations(with_designations(store, [("dos-ca", name, YEAR) for name in services]), "usda")
    keys = keys_of_holders(store)
    words = () if store.engine.dialect.name == "sqlite" else ("--workers", str(WORKERS))
    with running_server(home, *words, PSI_DATABASE_URL=url_of(store), **UNLIMITED) as server:
        yield Served(server, keys, store)
