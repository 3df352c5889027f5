"""SQLite's own checks of its file. A server looks after its files itself."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from inventory.errors import Busy
from inventory.storage.engines import alone, reading
from inventory.storage.read_only import only_reads

STEPS = 10_000  # of SQLite's machine, between two looks at the time
WRITERS_WAIT = 30.0  # seconds for which writers wait, half of their patience, where a read stops them
TOO_LONG = (
    f"was not checked: it takes more than {WRITERS_WAIT:.0f} seconds, for which this version of SQLite stops writers. "
    "Stop the server, copy the database, make the copy and its folder read-only, and verify that"
)


def file_faults(engine: Engine) -> list[str]:
    """Return what SQLite finds wrong with its file and its indexes, or why it was not checked.

    Writers go on meanwhile where SQLite writes a log (WAL). Else they wait, and the check ends in time for them.
    """
    try:
        found = _found(engine, "integrity_check", None)
    except Busy as busy:
        return [f"was not checked. {busy}"]
    return [TOO_LONG] if found is None else found


def quick_faults(engine: Engine, seconds: float) -> list[str] | None:
    """Return what SQLite finds wrong with its file, without comparing indexes; None where the time did not do."""
    return _found(engine, "quick_check", seconds)


def _found(engine: Engine, check: str, seconds: float | None) -> list[str] | None:
    if engine.dialect.name != "sqlite":
        return []
    try:
        is_free = _lets_write(engine)
        bound = seconds if seconds is not None or is_free else WRITERS_WAIT
        with (reading if is_free else alone)(engine) as connection, _bounded(connection, bound):
            found = list(connection.exec_driver_sql(f"PRAGMA {check}(20)").scalars())
    except (DatabaseError, sqlite3.DatabaseError) as fault:
        cause = getattr(fault, "orig", fault)
        if getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise Busy("Others write into the file. Try again later") from fault
        return None if getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT else [str(cause)]
    return [str(line) for line in found if line != "ok"]


def _lets_write(engine: Engine) -> bool:
    """Whether a long read stops no writer: there is none, or SQLite writes a log. Else writers wait in their queue."""
    if only_reads(engine):
        return True
    with engine.connect() as connection:
        return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()).lower() == "wal"


@contextmanager
def _bounded(connection: Connection, seconds: float | None) -> Iterator[None]:
    """Interrupt what runs within when its time is up."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    if seconds is not None:
        until = time.monotonic() + seconds
        driver.set_progress_handler(lambda: time.monotonic() > until, STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, STEPS)
