"""SQLite files that can only be read: nothing is made beside them, and nobody waits for a turn."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event

READ_ONLY = "psi_read_only"
WAL = b"\2\2"  # bytes 18 and 19 of a database whose newest pages may lie in a log beside it


def is_read_only(file: Path) -> bool:
    """Whether this account cannot write a file, or make others in its folder."""
    return any(path.exists() and not os.access(path, os.W_OK) for path in (file, file.parent))


def open_read_only(file: Path) -> Engine:
    """Open an engine for a SQLite file that only reads."""
    query = {"mode": "ro", "uri": "true", **({"immutable": "1"} if _is_whole_wal(file) else {})}
    url = URL.create("sqlite", database=f"file:{quote(str(file.absolute()))}", query=query)
    engine = create_engine(url, hide_parameters=True, execution_options={READ_ONLY: True})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def only_reads(engine: Engine) -> bool:
    """Whether an engine was opened by `open_read_only`."""
    return bool(engine.get_execution_options().get(READ_ONLY))


def unfinished(file: Path) -> list[str]:
    """Return the journals of a file that hold unfinished writes: reading it begins with writing them."""
    found = [Path(f"{file}{end}") for end in ("-journal", "-wal")]
    return [path.name for path in found if path.exists() and path.stat().st_size]


def _is_whole_wal(file: Path) -> bool:
    """Whether SQLite would make a log beside the file to read it, though there is nothing in one."""
    with file.open("rb") as opened:
        is_wal = opened.read(20)[18:] == WAL
    return is_wal and not unfinished(file)
