"""What a server needs for itself: its port and, on SQLite, the ledger."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from api.contract.errors import BadSetting
from api.server.settings import Settings


class Taken(BadSetting):
    """A port or a ledger that another server has, or that cannot be had."""


def free_address(settings: Settings) -> str:
    """The IP address to listen at. Raises Taken where nobody can: the web server would share a port with another."""
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            if os.name == "posix":  # what a server that has just ended left behind does not count
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
            tried.listen(1)
    except OSError as fault:
        if fault.errno == errno.EADDRINUSE:
            raise Taken(f"port {port} is taken; PSI_PORT chooses another") from fault
        raise Taken(f"PSI_HOST {host}, PSI_PORT {port}: nobody can listen there: {fault.strerror}") from fault
    return str(address[0])


@contextmanager
def serving_alone(settings: Settings) -> Iterator[None]:
    """Hold a SQLite ledger while it is served. Raises Taken where another process serves it.

    The lock is the operating system's, so it goes with the process, however that ends.
    """
    file = settings.database_file
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{file}.serving")
    try:
        lock.acquire(timeout=0)
    except Timeout as fault:
        raise Taken(f"{file} is served by another process; on SQLite one process serves") from fault
    try:
        yield
    finally:
        lock.release()
