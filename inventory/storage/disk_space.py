"""Recognition of full disks, in the errors of any library."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from inventory.errors import DiskFull

_ERRNOS = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_SQLSTATE = "53100"  # disk_full of PostgreSQL


@contextmanager
def room() -> Iterator[None]:
    """Raise DiskFull for any error that a full disk caused."""
    try:
        yield
    except Exception as fault:
        if (cause := full_disk(fault)) is None:
            raise
        file = getattr(cause, "filename", None)
        raise DiskFull(
            f"The disk is full{f' ({file})' if file else ''}: what was begun is undone, and nothing is lost. "
            "Free some space and run it again"
        ) from fault


def full_disk(fault: BaseException) -> BaseException | None:
    """Return the error in the chain of causes that reports a full disk; None if there is none."""
    return next(filter(_says_full, _causes(fault)), None)


def _says_full(fault: BaseException) -> bool:
    if isinstance(fault, OSError):
        return fault.errno in _ERRNOS
    if isinstance(fault, sqlite3.Error):
        return getattr(fault, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(fault, "sqlstate", None) == _SQLSTATE


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """Yield an error and those it was raised from or in the handling of."""
    each: BaseException | None = fault
    while each is not None:
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
