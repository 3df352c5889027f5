"""The sample inventory published, released and served, for tests to read."""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from litestar.testing import TestClient

from api.app import create_app
from api.commands.operate import SAMPLE_PUBLISHER
from api.server.bundled import SITE
from api.server.settings import Settings
from catalog.datasette_site import DatasetteSite
from datapackage.releases.make import make_release
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, Model
from inventory.storage.engines import create_tables, open_engine
from tests.conftest import publish_sample

Client = TestClient[Any]
UNLIMITED = dict.fromkeys(("PSI_REQUESTS_PER_ADDRESS", "PSI_REQUESTS_PER_KEY", "PSI_FAILED_KEYS"), "0")
NEEDING_KEYS = ("/api/v1/keys", "/api/v1/refusals", "/api/v1/templates/feedback", "/api/v1/templates/services")
"""What nobody reads without a key."""


def release_uncertified(store: Store, home: Path) -> Path:
    """Make a release where its certification is not what is tested."""
    return make_release(store, home / "releases", lambda what, count: None, gate=lambda written, model: None).path


def datasette_within(settings: Settings, model: Model) -> httpx.AsyncBaseTransport:
    """Return Datasette within this process, with every limit on SQL and none on the process."""
    return httpx.ASGITransport(DatasetteSite(settings.releases, model, SITE, settings.public_url))


@contextmanager
def serving(store: Store, home: Path, **environ: str) -> Iterator[Client]:
    """The application over a store, asked as often as tests like unless its settings say otherwise."""
    settings = Settings.from_environment({"PSI_HOME": str(home), **UNLIMITED, **environ})
    with TestClient(create_app(settings, store, datasette=datasette_within(settings, store.model))) as client:
        yield client


@contextmanager
def listening(store: Store, home: Path) -> Iterator[str]:
    """The application over a store behind a port of this machine; its address."""
    settings = Settings.from_environment({"PSI_HOME": str(home), **UNLIMITED, **SAMPLE_PUBLISHER})
    app = create_app(settings, store, datasette=datasette_within(settings, store.model))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@contextmanager
def sample_site() -> Iterator[Client]:
    """The whole site over the sample, with a release."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/ledger.db")
        create_tables(engine)
        store = Store(engine, INVENTORY)
        publish_sample(store)
        release_uncertified(store, Path(folder))
        with serving(store, Path(folder), **SAMPLE_PUBLISHER) as client:
            yield client
        engine.dispose()
