"""Fixtures shared by all tests: both engines, a store, a clock, an operator, and the sample in a store."""

import datetime
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from datapackage.loading.load import load
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.releases.make import Release, make_release
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.publish import publish
from tests.support.postgres import new_database, running

# Every request is a line of the log at the level below.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("warning"))
ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "datapackage" / "sample"
TODAY = datetime.date(2026, 11, 23)
NOON = datetime.datetime(2026, 11, 23, 17, tzinfo=datetime.UTC)
OPERATOR = Actor("operator:test", Role.OPERATOR)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server of this test run.

    Not below the folder of pytest: other runs that begin meanwhile close that folder to the server's own account.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="psi-postgres-", ignore_cleanup_errors=True))
        try:
            url = stack.enter_context(running(Path(folder)))
        except Exception as fault:
            if os.environ.get("PSI_REQUIRE_POSTGRES"):
                raise
            pytest.skip(f"PostgreSQL does not start here: {fault}")
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty ledger on each engine."""
    if request.param == "sqlite":
        made = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    else:
        made = open_engine(new_database(request.getfixturevalue("postgres_url")))
    create_tables(made)
    yield made
    made.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    """An empty store on each engine."""
    return Store(engine, INVENTORY)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for what does not depend on the engine."""
    made = open_engine(f"sqlite:///{tmp_path}/home/ledger.db")
    create_tables(made)
    yield Store(made, INVENTORY)
    made.dispose()


@pytest.fixture(scope="session")
def published_sample(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The sample inventory, published. Shared by all tests: read it, or copy it (`sample_store`)."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('sample')}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    publish_sample(store)
    engine.dispose()
    return store


@pytest.fixture(scope="session")
def sample_release(published_sample: Store, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A certified release of it, shared by all tests."""
    return make_release(published_sample, tmp_path_factory.mktemp("sample") / "releases", lambda what, count: None)


@pytest.fixture
def sample_store(published_sample: Store, tmp_path: Path) -> Iterator[Store]:
    """The sample inventory, published, to do with as a test likes."""
    path = tmp_path / "home" / "ledger.db"
    path.parent.mkdir()
    shutil.copy(str(published_sample.engine.url.database), path)
    made = open_engine(f"sqlite:///{path}")
    yield Store(made, INVENTORY)
    made.dispose()


def publish_sample(store: Store) -> None:
    """Load the sample into a store and publish it."""
    inputs, _ = opened([SAMPLE], INVENTORY, None, None, None)
    load(store, Plan(INVENTORY, store, TODAY), inputs, OPERATOR, now)
    publish(store, OPERATOR, now)


def now() -> datetime.datetime:
    """A clock that stands."""
    return NOON


def clock(*moments: datetime.datetime) -> Callable[[], datetime.datetime]:
    """A clock that tells these moments, one a question."""
    told = iter(moments)
    return lambda: next(told)
