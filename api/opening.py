"""Opening what the settings name: the one place where engine and store are made for the site and the command line."""

import datetime
import getpass
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from api.settings import Settings
from inventory.engines import create_tables, open_engine
from inventory.errors import Broken
from inventory.lifecycle import Actor, Role
from inventory.record_types import INVENTORY
from inventory.store import Store


def utc_now() -> datetime.datetime:
    """The wall clock, in UTC."""
    return datetime.datetime.now(datetime.UTC)


def open_store(settings: Settings) -> Store:
    """The store at the configured database, made where it is not there yet. Raises Broken where it cannot be read."""
    Path(settings.home).mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        create_tables(engine)
    except (DatabaseError, sqlite3.DatabaseError) as fault:
        where = engine.url.render_as_string()
        raise Broken(f"The database {where} cannot be opened: {getattr(fault, 'orig', fault)}") from fault
    return Store(engine, INVENTORY)


def operator(holder: str | None = None) -> Actor:
    """Who acts on the command line: the operator, by the name of their account or another."""
    return Actor(holder or f"operator:{getpass.getuser()}", Role.OPERATOR)
