"""SQLite's own checks of its file. A server looks after its files itself."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from inventory.storage.engines import alone
from inventory.storage.read_only import only_reads

STEPS = 10_000  # of SQLite's machine, between two looks at the time


def file_faults(engine: Engine) -> list[str]:
    """Return what SQLite finds wrong with its file and its indexes; writers wait meanwhile."""
    return _found(engine, "integrity_check", None) or []


def quick_faults(engine: Engine, seconds: float) -> list[str] | None:
    """Return what SQLite finds wrong with its file, without comparing indexes; None where the time did not do."""
    return _found(engine, "quick_check", seconds)


def _found(engine: Engine, check: str, seconds: float | None) -> list[str] | None:
    if engine.dialect.name != "sqlite":
        return []
    try:
        with _undisturbed(engine) as connection, _bounded(connection, seconds):
            found = list(connection.exec_driver_sql(f"PRAGMA {check}(20)").scalars())
    except (DatabaseError, sqlite3.DatabaseError) as fault:
        cause = getattr(fault, "orig", fault)
        return None if getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT else [str(cause)]
    return [str(line) for line in found if line != "ok"]


@contextmanager
def _undisturbed(engine: Engine) -> Iterator[Connection]:
    """A transaction beside which nobody writes: a long read would make writers fail, in the queue they wait."""
    if only_reads(engine):
        with engine.begin() as connection:
            yield connection
    else:
        with alone(engine) as connection:
            yield connection


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
