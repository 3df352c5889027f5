"""Opening what the settings name: the one place where engine and store are made for the site and the command line."""

import datetime
import getpass
import sqlite3
from functools import partial
from pathlib import Path

import msgspec
from sqlalchemy.exc import DatabaseError

from api.contract.errors import BadSetting
from api.server.settings import Settings
from datapackage.sample.scenario import is_rehearsed
from inventory.disclosure.suppression import suppressed
from inventory.errors import Broken, Incompatible
from inventory.ledger.clock_drift import drift
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import FEEDBACK, INVENTORY, Model
from inventory.storage.disk_space import sqlite_code
from inventory.storage.engines import create_tables, open_engine
from inventory.storage.migrate import NEWEST, revision_of
from inventory.storage.read_only import is_read_only, open_read_only, unfinished


class ReadOnly(BadSetting):
    """A home in which this account can write nothing."""


def utc_now() -> datetime.datetime:
    """The wall clock, in UTC."""
    return datetime.datetime.now(datetime.UTC)


def open_store(settings: Settings) -> Store:
    """The store at the configured database, made where it is not there yet. Raises Broken, ReadOnly."""
    check_writable(settings)
    Path(settings.home).mkdir(mode=0o700, parents=True, exist_ok=True)
    return _opened(settings)


def check_writable(settings: Settings) -> None:
    """Raise ReadOnly where the database is a file in a place where nothing can be written."""
    file = settings.database_file
    if file is not None and is_read_only(file):
        raise ReadOnly(
            f"{file.parent} is read-only: psi ledger verify and psi doctor work there. "
            "For everything else copy it to where this account can write, and name that in PSI_HOME"
        )


def read_only_store(settings: Settings) -> Store | None:
    """Open the store where its file can only be read; else return None. Raises Broken, Incompatible."""
    file = settings.database_file
    if file is None or not file.is_file() or not is_read_only(file):
        return None
    engine = open_read_only(file)
    try:
        with engine.connect() as connection:
            revision = revision_of(connection)
    except (DatabaseError, sqlite3.DatabaseError) as fault:
        raise Broken(cannot_open(settings, fault)) from fault
    if revision != NEWEST:
        raise Incompatible(
            f"The tables of {file} are of revision {revision or 'none'}, this version reads {NEWEST}. "
            "Copy it to where this account can write, and open it there"
        )
    return Store(engine, model_of(settings))


def existing_store(settings: Settings) -> Store | None:
    """The store at the configured database; None where there is none yet, and then none is made."""
    file = settings.database_file
    if file is not None and not file.is_file():
        return None
    if (reading := read_only_store(settings)) is not None:
        return reading
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            begun = revision_of(connection) is not None
    except (DatabaseError, sqlite3.DatabaseError) as fault:
        raise Broken(cannot_open(settings, fault)) from fault
    finally:
        engine.dispose()
    return _opened(settings) if begun else None


def _opened(settings: Settings) -> Store:
    engine = open_engine(settings.database_url)
    try:
        create_tables(engine)
    except (DatabaseError, sqlite3.DatabaseError) as fault:
        raise Broken(cannot_open(settings, fault)) from fault
    return Store(engine, model_of(settings))


def model_of(settings: Settings) -> Model:
    """The record types of the inventory, with the threshold of disclosure control from the settings."""
    suppresses = partial(suppressed, fewest=settings.withhold_below)
    return {**INVENTORY, FEEDBACK.name: msgspec.structs.replace(FEEDBACK, suppresses=suppresses)}


def cannot_open(settings: Settings, fault: Exception) -> str:
    """That the database cannot be opened, and why, in one line without its password."""
    reason = str(getattr(fault, "orig", None) or fault).strip()
    file = settings.database_file
    left = unfinished(file) if file is not None and is_read_only(file) else []
    hint = f". {', '.join(left)} holds unfinished writes: copy both to where this account can write" if left else ""
    if is_damaged(fault):
        hint = f". The file is damaged. {restoring(settings)}"
    return f"The database {settings.database} cannot be opened: {(reason.splitlines() or ['no reason given'])[0]}{hint}"


def is_damaged(fault: Exception) -> bool:
    """Return whether SQLite says that its file is damaged, or is no database."""
    return sqlite_code(getattr(fault, "orig", None) or fault) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def restoring(settings: Settings) -> str:
    """Return how to replace a ledger that is damaged or lost by its last backup."""
    file = settings.database_file
    if file is None:
        return "Restore the last backup into an empty database with psi restore"
    return f"{f'Move {file} away and restore' if file.exists() else 'Restore'} the last backup with psi restore"


def clock_doubt(store: Store, now: datetime.datetime) -> str | None:
    """Return why a write needs a person's word: the clock and the newest entry are far apart. None where they fit.

    The sample's own story is dated by the story, so after it any clock fits (docs/decisions/0016).
    """
    found = drift(store.chain().recorded_at, now)
    if found is not None and (found.is_future or (found.is_gap and not is_rehearsed(store))):
        return f"{found}. A wrong clock would date every later entry"
    return None


def operator(holder: str | None = None) -> Actor:
    """Who acts on the command line: the operator, by the name of their account or another."""
    return Actor(holder or f"operator:{getpass.getuser()}", Role.OPERATOR)
