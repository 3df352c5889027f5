"""SQLite files that can only be read. No files are created next to them, and readers do not wait for a lock."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event

READ_ONLY = "psi_read_only"
WAL = b"\2\2"  # bytes 18 and 19 of a database in WAL mode


def is_read_only(file: Path) -> bool:
    """Return whether this account cannot write a file, or cannot create others in its folder."""
    return any(path.exists() and not os.access(path, os.W_OK) for path in (file, file.parent))


def open_read_only(file: Path) -> Engine:
    """Open an engine for a SQLite file that only reads."""
    query = {"mode": "ro", "uri": "true", **({"immutable": "1"} if _is_whole_wal(file) else {})}
    url = URL.create("sqlite", database=f"file:{quote(str(file.absolute()))}", query=query)
    engine = create_engine(url, hide_parameters=True, execution_options={READ_ONLY: True})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the "begin" listener starts transactions, not the driver

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def only_reads(engine: Engine) -> bool:
    """Return whether an engine was opened by `open_read_only`."""
    return bool(engine.get_execution_options().get(READ_ONLY))


def unfinished(file: Path) -> list[str]:
    """Return the names of journals with unfinished writes, which SQLite would apply before it reads the file."""
    found = [Path(f"{file}{end}") for end in ("-journal", "-wal")]
    return [path.name for path in found if path.exists() and path.stat().st_size]


def _is_whole_wal(file: Path) -> bool:
    """Return whether SQLite would create an empty log next to the file to read it."""
    with file.open("rb") as opened:
        is_wal = opened.read(20)[18:] == WAL
    return is_wal and not unfinished(file)
