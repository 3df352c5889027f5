"""Whether an inventory can do its work: what is looked at, what was found, and what to do."""

import datetime
import difflib
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from api.server.last_verification import last_verified
from api.server.missing_entries import missing_entries, remedy
from api.server.settings import Settings
from api.server.store import cannot_open, is_damaged, restoring
from datapackage.releases.checksums import archive_faults, checksum_faults
from datapackage.releases.directory import LATEST, archive, current_release, directory, shelved_ids
from datapackage.releases.make import Progress
from inventory.errors import Busy
from inventory.ledger.clock_drift import LOOK_CLOSER, REMEDY, UNREADABLE, drift, shown, span
from inventory.ledger.store import Store
from inventory.ledger.transactions import read_chain
from inventory.records.registry import INVENTORY
from inventory.storage.engines import left_copies, open_engine, wal_is_safe
from inventory.storage.file_checks import quick_faults
from inventory.storage.migrate import NEWEST, revision_of
from inventory.storage.read_only import is_read_only, open_read_only
from inventory.storage.tables import CHAIN, ENTRIES

LEAST_SPACE = 500 * 2**20  # bytes
CHECK_SECONDS = 10  # writers wait meanwhile
RELEASE_SECONDS = 60  # after which older releases are left unchecked


def _quiet(what: str, count: int) -> None:
    """Show no progress."""


class Finding(Struct, frozen=True):
    """One thing looked at. remedy: what to do where it is not fine."""

    what: str
    fine: bool
    found: str
    remedy: str


def examine(
    settings: Settings, now: datetime.datetime, variables: Collection[str] = (), tell: Progress = _quiet
) -> list[Finding]:
    """Look at everything, the names of environment variables too. Changes nothing, and stops at nothing."""
    home = Path(settings.home)
    found = [_python(), _sqlite(), *_unknown(variables), _home(home), _space(home)]
    file = settings.database_file
    if file is not None and not file.exists():
        missing = list(_missing(settings, None))
        found += missing or [
            Finding("Database", True, f"{settings.database}: none yet", "any command that writes makes it")
        ]
    else:
        only_read = file is not None and is_read_only(file)
        engine = open_read_only(file) if file is not None and only_read else open_engine(settings.database_url)
        try:
            found += _database(engine, settings, now)
            found += _file(engine)
        finally:
            engine.dispose()
    return [*found, *_releases(settings.releases, tell)]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")


def _sqlite() -> Finding:
    journal = "WAL" if wal_is_safe(sqlite3.sqlite_version_info[:3]) else "rollback journal, which this version asks for"
    remedy = "install SQLite 3.37 or newer"
    return Finding("SQLite", sqlite3.sqlite_version_info >= (3, 37), f"{sqlite3.sqlite_version}, {journal}", remedy)


def _unknown(variables: Collection[str]) -> Iterator[Finding]:
    """Variables that look like settings and are none: what they were to say is not heard."""
    known = [f"PSI_{name.upper()}" for name in Settings.__struct_fields__]
    for name in sorted(name for name in variables if name.startswith("PSI_") and name not in known):
        nearest = difflib.get_close_matches(name, known, 1, 0.7)
        remedy = f"say {nearest[0]}" if nearest else f"leave it out; there are {', '.join(known)}"
        yield Finding("Settings", False, f"{name} is no setting", remedy)


def _home(home: Path) -> Finding:
    if not home.exists():
        return Finding("PSI_HOME", True, f"{home.absolute()}: none yet", "any command that writes makes it")
    fine = home.is_dir() and os.access(home, os.W_OK)
    remedy = "let this account write in it; a copy that is only read can be verified, and nothing else"
    return Finding("PSI_HOME", fine, f"{home.absolute()}{'' if fine else ' is read-only'}", remedy)


def _space(home: Path) -> Finding:
    there = next(folder for folder in (home.absolute(), *home.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    return Finding("Space", free > LEAST_SPACE, f"{free / 2**30:,.1f} GiB free", "make room for a copy")


def _database(engine: Engine, settings: Settings, now: datetime.datetime) -> Iterator[Finding]:
    try:
        with engine.connect() as connection:
            revision = revision_of(connection)
            yield Finding("Database", True, settings.database, "")
            yield from _sight(engine, settings)
            known = revision in (None, NEWEST)
            told = f"revision {revision or 'none yet'}"
            newer = revision is not None and revision > NEWEST
            remedy = "install the version that made them" if newer else f"any command brings them to revision {NEWEST}"
            yield Finding("Tables", known, told, remedy)
            if revision == NEWEST:
                yield _ledger(connection)
                yield _clock(connection, now)
                yield _verification(settings, now)
            whole = Store(engine, INVENTORY) if revision == NEWEST else None
            if revision in (None, NEWEST):
                yield from _missing(settings, whole)
    except (SQLAlchemyError, sqlite3.Error) as fault:
        told = cannot_open(settings, fault)
        remedy = restoring(settings) if is_damaged(fault) else "check PSI_DATABASE_URL, and that the server runs"
        yield Finding("Database", False, told, remedy)


def _ledger(connection: Connection) -> Finding:
    """Whether there are as many entries as the end of the chain says, and the last is the one it names."""
    end = connection.execute(select(CHAIN.c.seq, CHAIN.c.link)).first()
    last = connection.execute(select(ENTRIES.c.seq, ENTRIES.c.link).order_by(ENTRIES.c.seq.desc()).limit(1)).first()
    count = connection.execute(select(func.count()).select_from(ENTRIES)).scalar_one()
    ends = end is not None and (last is None or tuple(end) == tuple(last))
    told = f"{count:,} entries, the links between them not looked at" if end else "no end of the chain"
    if end is not None and count != end[0]:
        told = f"{count:,} entries, where the end of the chain says {end[0]:,}"
    fine = ends and end is not None and count == end[0]
    return Finding("Ledger", fine, told, "run psi ledger verify, and restore a backup where it says so")


def _clock(connection: Connection, now: datetime.datetime) -> Finding:
    """Compare the newest entry with the clock. A week without entries is normal; an entry of tomorrow is not."""
    recorded_at = read_chain(connection).recorded_at
    found = drift(recorded_at, now)
    if found is None and recorded_at:
        return Finding("Clock", False, UNREADABLE, LOOK_CLOSER)
    told = str(found) if found else f"{shown(now)}; no entry yet"
    return Finding("Clock", found is None or not found.is_future, told, REMEDY)


def _missing(settings: Settings, store: Store | None) -> Iterator[Finding]:
    """Report entries that the last verification or the newest release names and the ledger lacks."""
    for fault in missing_entries(settings, store):
        yield Finding("Missing entries", False, fault.what, remedy(settings))


def _verification(settings: Settings, now: datetime.datetime) -> Finding:
    """Say how old the last full verification is."""
    last = last_verified(settings)
    if last is None:
        return Finding("Verification", True, "none on record here; psi ledger verify looks at every entry", "")
    told = f"held {span(abs(now - last.at))} ago ({shown(last.at)}), up to entry {last.seq:,}"
    return Finding("Verification", True, told, "")


def _file(engine: Engine) -> Iterator[Finding]:
    """Let SQLite check its file for as long as writers can wait."""
    if engine.dialect.name != "sqlite":
        return
    try:
        faults = quick_faults(engine, CHECK_SECONDS)
    except Busy as busy:
        yield Finding("File", True, f"not checked. {busy}", "")
        return
    told = f"too large to check in {CHECK_SECONDS} seconds; psi ledger verify checks all of it"
    if faults is not None:
        told = "; ".join(faults[:3]) or "SQLite's quick check finds no fault"
    yield Finding("File", not faults, told, "stop writing, run psi ledger verify, and restore the last backup")


def _sight(engine: Engine, settings: Settings) -> Iterator[Finding]:
    """Who else can read what is not public, and copies of it that are nobody's."""
    file = settings.database_file
    if file is not None:
        fine = not file.stat().st_mode & 0o077 or not Path(settings.home).stat().st_mode & 0o077
        told = "its owner alone" if fine else f"other accounts can read {file}"
        yield Finding("Readers", fine, told, f"chmod 600 {file}; chmod 700 {settings.home}")
    left = [str(path) for path in left_copies(engine)]
    if left:
        yield Finding("Copies", False, f"left by a killed process: {', '.join(left)}", "any command clears them away")


def _releases(releases: Path, tell: Progress) -> Iterator[Finding]:
    """Compare every release with its checksums, the newest first, for as long as an operator waits."""
    names, current = shelved_ids(releases), current_release(releases)
    if not names:
        yield Finding("Releases", True, "none yet", "run psi release")
        return
    if current not in names:
        found = f"{LATEST} points to {current}, which is missing" if current else f"{LATEST} names no release"
        yield Finding("Releases", False, f"{found}, so the site shows none", "run psi release")
    until, held, checked = time.monotonic() + RELEASE_SECONDS, 0, 0
    for name in names:
        if checked and time.monotonic() > until:
            break
        tell("checking releases", checked)
        faults, remedy = _release(releases, name, is_newest=not checked)
        held, checked = held + (not faults), checked + 1
        if faults:
            yield Finding("Releases", False, f"{name}: {'; '.join(faults[:3])}", remedy)
    left = len(names) - checked
    unchecked = f"; {left:,} older not checked for want of time, which psi verify does" if left else ""
    if held:
        yield Finding("Releases", True, f"{held:,} of {len(names):,}: checksums hold{unchecked}", "")


def _release(releases: Path, name: str, is_newest: bool) -> tuple[list[str], str]:
    """Return what is wrong with a release, and what to do."""
    folder, zipped = directory(releases, name), archive(releases, name)
    damaged = list(checksum_faults(folder)) if folder.is_dir() else [f"its folder {folder} is missing"]
    unpacked = list(archive_faults(releases, name))
    if is_newest:
        remedy = "run psi release, which writes it again, or a new one where more is public by now"
    elif not damaged:
        remedy = f"{f'remove {zipped} and ' if zipped.is_file() else ''}run psi release, which packs the folder again"
    elif not unpacked:
        remedy = f"replace {folder} by unpacking {zipped}"
    else:
        remedy = f"copy {folder} and {zipped.name} from a backup; without one, move both away"
    return [*damaged, *unpacked], remedy
