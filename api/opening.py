"""Opening what the settings name: the one place where engine and store are made for the site and the command line."""

import datetime
import getpass
import sqlite3
from functools import partial
from pathlib import Path

import msgspec
from sqlalchemy.exc import DatabaseError

from api.settings import Settings
from inventory.engines import create_tables, open_engine
from inventory.errors import Broken
from inventory.lifecycle import Actor, Role
from inventory.migrating import revision_of
from inventory.record_types import FEEDBACK, INVENTORY, Model
from inventory.store import Store
from inventory.suppression import suppressed


def utc_now() -> datetime.datetime:
    """The wall clock, in UTC."""
    return datetime.datetime.now(datetime.UTC)


def open_store(settings: Settings) -> Store:
    """The store at the configured database, made where it is not there yet. Raises Broken where it cannot be read."""
    Path(settings.home).mkdir(mode=0o700, parents=True, exist_ok=True)
    return _opened(settings)


def existing_store(settings: Settings) -> Store | None:
    """The store at the configured database; None where there is none yet, and then none is made."""
    file = settings.database_file
    if file is not None and not file.is_file():
        return None
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
    return f"The database {settings.database} cannot be opened: {(reason.splitlines() or ['no reason given'])[0]}"


def operator(holder: str | None = None) -> Actor:
    """Who acts on the command line: the operator, by the name of their account or another."""
    return Actor(holder or f"operator:{getpass.getuser()}", Role.OPERATOR)
