"""The differences between SQLite and PostgreSQL, except how rows are written (`upserts.py`)."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.exc import OperationalError

from inventory.storage import write_lock
from inventory.storage.migrate import NEWEST, revision_of, upgrade
from inventory.storage.tables import CHAIN
from inventory.storage.write_lock import no_turn, turn

IDLE_TIMEOUT = 600  # seconds after which PostgreSQL ends an idle transaction
REACH = {
    "connect_timeout": 10,  # seconds
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
"""Timeouts after which libpq gives up an unreachable server. By default the system waits for 15 minutes, and all
readers with it. Values in the database URL take precedence."""
PATIENCE = 30_000  # milliseconds for which a read waits while another process writes to the SQLite file
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code for a lock timeout
COPY = ".copy-"  # prefix of the names of copies
MEMORY = ":memory:"
TABLES_LOCK = 280  # number of PostgreSQL's advisory lock for changing tables


def open_engine(url: str) -> Engine:
    """Open an engine for a database URL. Commits are durable, and errors contain no values."""
    if url.startswith("sqlite"):
        return _open_sqlite(url, PATIENCE)
    # Pre-ping finds connections that the server dropped, before they are used.
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(address, pool_pre_ping=True, hide_parameters=True)
    _set_up_postgresql(engine)
    return engine


def hurried(engine: Engine) -> Engine:
    """Open a second engine for the same SQLite file that does not wait for writers.

    Disposing of the first disposes of it.
    """
    other = _open_sqlite(engine.url.render_as_string(hide_password=False), patience=0)
    event.listen(engine, "engine_disposed", lambda _: other.dispose())
    return other


def is_remote(engine: Engine) -> bool:
    """Return whether reads go to a server, not to a local file."""
    return engine.dialect.name != "sqlite"


@contextmanager
def exclusive(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that writes: in SQLite's queue of writers, or plainly on PostgreSQL.

    Raises Busy where a row of PostgreSQL stayed locked for its lock timeout.
    """
    if engine.dialect.name == "sqlite":
        with alone(engine) as connection:
            yield connection
        return
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as fault:
        if getattr(fault.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise no_turn() from fault
        raise


def lock_file(engine: Engine) -> str:
    """Return the path of the lock file on which writers of a SQLite database queue."""
    return f"{engine.url.database}.lock"


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open one short transaction in which every read sees the same state."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open a snapshot for long reads. With SQLite it is a copy of the file, because a long read would block writers."""
    if engine.dialect.name != "sqlite":
        with reading(engine) as connection:
            yield connection
        return
    parent = Path(str(engine.url.database)).parent
    with ExitStack() as stack:
        with alone(engine) as connection:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(dir=parent, prefix=COPY, ignore_cleanup_errors=True))
            )
            stack.enter_context(FileLock(folder / "lock"))
            copy = folder / "copy.db"
            # SQLite copies only outside of a transaction; the queue of writers is still held.
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
            connection.exec_driver_sql("BEGIN")
        copied = create_engine(f"sqlite:///{copy}")
        with copied.connect() as connection:
            yield connection
        copied.dispose()


def left_copies(engine: Engine) -> list[Path]:
    """Return the copies that killed processes left. They hold everything that the database held."""
    if engine.dialect.name != "sqlite" or engine.url.database in (None, MEMORY):
        return []
    return [path for path in Path(str(engine.url.database)).parent.glob(f"{COPY}*") if not _in_use(path)]


def _in_use(copy: Path) -> bool:
    try:
        with FileLock(copy / "lock", timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return not copy.is_dir()  # its owner is deleting it right now


def _clear_away_copies(engine: Engine) -> None:
    if left_copies(engine):
        with alone(engine):  # no other process starts a copy meanwhile
            for copy in left_copies(engine):
                shutil.rmtree(copy, ignore_errors=True)


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Return whether this SQLite is free of the race that can corrupt a WAL database (fixed in 3.51.3, 3.50.7 and
    3.44.6).
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def _open_sqlite(url: str, patience: int) -> Engine:
    engine = create_engine(url, paramstyle="named", hide_parameters=True)  # both drivers accept named parameters
    _set_up_sqlite(engine, patience)
    return engine


def _set_up_sqlite(engine: Engine, patience: int) -> None:
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    journal = "WAL" if wal_is_safe(sqlite3.sqlite_version_info[:3]) else "TRUNCATE"

    @event.listens_for(engine, "do_connect")
    def make(_dialect: Any, _record: Any, _given: Any, _named: Any) -> None:
        # The file holds drafts and private fields, so only its owner may read it and the files SQLite adds.
        path = engine.url.database or MEMORY
        if path != MEMORY and not path.startswith("file:"):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the "begin" listener starts transactions, not the driver
        # Erased data must not stay in the file: secure_delete overwrites it.
        durable = (f"journal_mode={journal}", "synchronous=FULL", "secure_delete=ON")
        # With a rollback journal, the first page that leaves the cache early would lock out every reader until the
        # commit, so a transaction stays in memory.
        for pragma in (f"busy_timeout={patience}", *durable, "foreign_keys=ON", "cache_spill=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if mode.upper() != journal and mode != "memory":
            raise RuntimeError(f"SQLite refused journal mode {journal}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("psi_begin", "BEGIN"))


def _set_up_postgresql(engine: Engine) -> None:
    limits = {"lock_timeout": write_lock.LOCK_TIMEOUT, "idle_in_transaction_session_timeout": IDLE_TIMEOUT}

    @event.listens_for(engine, "do_connect")
    def reach(_dialect: Any, _record: Any, _given: Any, named: dict[str, Any]) -> None:
        for name, limit in REACH.items():
            named.setdefault(name, limit)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for name, seconds in limits.items():
            connection.execute(f"SET {name} = '{seconds * 1000:.0f}'")
        connection.commit()


def create_tables(engine: Engine) -> None:
    """Create the store's tables or migrate them, and start the chain. Concurrent calls are safe.

    Raises Incompatible if a newer version of this software made the tables.
    """
    _clear_away_copies(engine)
    with engine.connect() as connection:
        if revision_of(connection) == NEWEST and connection.execute(select(CHAIN.c.id)).first() is not None:
            return
    with alone(engine) as connection:
        upgrade(connection)


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that excludes all others that change tables, before there is a chain to queue on."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(TABLES_LOCK)))
            yield connection
        return
    with turn(lock_file(engine)), engine.connect() as connection:
        connection = connection.execution_options(psi_begin="BEGIN IMMEDIATE")
        with connection.begin():
            yield connection
