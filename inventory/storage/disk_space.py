"""Disks that are full or take no more writes: recognizing one, whichever library notices it first."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from inventory.errors import DiskFull

_ERRNOS = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FAILED = {errno.EFBIG, errno.EIO}
_SQLSTATE = "53100"  # disk_full of PostgreSQL


@contextmanager
def room() -> Iterator[None]:
    """Raise DiskFull for whatever fails because the disk is full, or takes no more of a file."""
    try:
        yield
    except Exception as fault:
        if (cause := full_disk(fault)) is not None:
            raise DiskFull(
                f"The disk is full{_file(cause)}: what was begun is undone, and nothing is lost. "
                "Free some space and run it again"
            ) from fault
        if (cause := failed_write(fault)) is None:
            raise
        reason = getattr(cause, "strerror", None) or str(cause)
        raise DiskFull(
            f"The disk takes no more{_file(cause)}, {reason}: what was begun is undone, and nothing is lost. Check the "
            "disk, quotas and the limit on the size of a file (ulimit -f), and run it again"
        ) from fault


def _file(cause: BaseException) -> str:
    file = getattr(cause, "filename", None)
    return f" ({file})" if file else ""


def failed_write(fault: BaseException) -> BaseException | None:
    """Return the error, of this one and all it came from, of a disk that fails or of a file that may not grow."""
    return next(filter(_says_failed, _causes(fault)), None)


def _says_failed(fault: BaseException) -> bool:
    if isinstance(fault, OSError):
        return fault.errno in _FAILED
    return sqlite_code(fault) == sqlite3.SQLITE_IOERR


def sqlite_code(fault: BaseException) -> int:
    """Return the primary code of SQLite's error; 0 where it has none."""
    return int(getattr(fault, "sqlite_errorcode", None) or 0) & 0xFF


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
