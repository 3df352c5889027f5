"""Running an inventory: `psi demo`, `psi serve`, `psi backup`, `psi restore`, `psi doctor`."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer
from rich.table import Table
from rich.text import Text

from api.commands.session import FINE, PROBLEMS, AsJson, Force, check_free, fail, out, print_json, progress, session
from api.server.datasette_supervisor import running_datasette
from api.server.doctor import examine
from api.server.logs import server_logging, set_up
from api.server.missing_entries import check_none_missing, missing_entries, remedy
from api.server.ports import free_address, serving_alone
from api.server.settings import Settings
from api.server.store import check_writable, operator, utc_now
from datapackage.exports.backup import Manifest, back_up, restore
from datapackage.loading.load import load
from datapackage.loading.new_records import Newcomers, known
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.releases.make import make_release
from datapackage.sample.scenario import began, rehearse
from inventory.calendar.fiscal import washington_day
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.writes.publish import publish_heads, waiting

if TYPE_CHECKING:
    from granian.server.common import AbstractServer

SAMPLE_PUBLISHER = {
    "PSI_PUBLISHER": "Nobody: a synthetic sample",
    "PSI_CONTACT": "Synthetic contact <nobody@example.org>",
    "PSI_BUREAU_CODE": "000:00",
    "PSI_PROGRAM_CODE": "000:000",
}
"""Who publishes the sample, where the environment names nobody: so that /data.json can be looked at."""

MOST_CONNECTIONS = 4_096
"""Connections that one worker holds. Others wait until one ends."""
IDLE = 10
"""Seconds for which a connection may stay without a whole request head."""
CONNECTION_BYTES = 65_536
"""The most that the web server buffers of a connection."""
SETTLED, PAUSE = 10.0, 0.5
"""Seconds within which a server whose workers die cannot work; and those before workers are started again later."""

log = structlog.get_logger()


def demo_command(
    serve: Annotated[bool, typer.Option(help="Serve it when it is ready.")] = True,
) -> None:
    """Load the sample inventory, publish it, make a release and serve all of it. Run again, it loses nothing.

    Example: psi demo
    """
    with _place() if serve else nullcontext():
        _fill()
        if serve:
            for variable, value in SAMPLE_PUBLISHER.items():
                os.environ.setdefault(variable, value)  # the server reads it there
            _listen(1)


def serve_command(
    workers: Annotated[int, typer.Option(help="Processes; more than one needs PostgreSQL.", min=1)] = 1,
) -> None:
    """Serve the site, the API and Datasette.

    Example: PSI_PORT=9000 psi serve
    """
    if workers > 1 and session.settings.database_file is not None:
        fail(f"--workers {workers} needs PostgreSQL: on SQLite one process serves")
    with _place():
        _listen(workers)


@contextmanager
def _place() -> Iterator[None]:
    """Where to serve, seen to be free before anything is done; the ledger is held meanwhile."""
    check_writable(session.settings)
    free_address(session.settings)
    with serving_alone(session.settings):
        yield


def _fill() -> None:
    """Load what is new of the sample, publish it, and make a release."""
    check_none_missing(session.settings, session.store)
    actor, now = operator(), began(session.store, utc_now)
    with progress() as tell, as_file(files("datapackage") / "sample") as folder:
        sample, _ = opened([folder], INVENTORY, session.store, None, None)
        plan = Plan(INVENTORY, session.store, washington_day(now()), None, tell)
        # What is there already may have been changed since, and is left as its owner wants it.
        report = load(session.store, plan, Newcomers(sample, session.store), actor, now)
        tell("publishing", 0)
        untouched = (head for head in waiting(session.store, known(sample, INVENTORY)) if head.version == 1)
        publish_heads(session.store, actor, now, untouched)
        quarters = rehearse(session.store, utc_now, tell)
        release = make_release(session.store, session.settings.releases, tell)
    added = report.counts["added"]
    out.print(f"The sample inventory is loaded; {added:,} of its records and {quarters:,} quarters of feedback are new")
    out.print(f"Release {release.release_id} is in {release.path}")


def _listen(workers: int) -> None:
    """Serve with so many workers, and with Datasette in a process that all of them use."""
    settings = session.settings
    set_up(settings.log_level)
    _warn_of_missing(settings, session.store)
    out.print(f"Listening on {settings.host}, port {settings.port}; people reach it at", highlight=False)
    for path, what in (("/", "home"), ("/api/v1/services", "API"), ("/data/", "Datasette"), ("/releases", "releases")):
        out.print(f"  {settings.public_url}{path}  {what}", highlight=False, markup=False)
    with running_datasette(settings) as datasette_socket:
        os.environ["PSI_DATASETTE_SOCKET"] = datasette_socket  # the workers read it there
        _raise_file_limit()
        _serve_for_good(workers)


def _raise_file_limit() -> None:
    """Let each worker hold as many connections as it may: the usual limit of open files is lower."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _warn_of_missing(settings: Settings, store: Store) -> None:
    """Log entries that the ledger lacks: the server answers, so that an operator may look."""
    for fault in missing_entries(settings, store):
        log.warning("ledger", line=f"{fault.what}. {remedy(settings)}")


def _serve_for_good(workers: int) -> None:
    """Serve until asked to end. Exits with 1 where the workers die again and again from the start.

    The web server starts a worker that dies again, but ends when the next one dies within seconds. Signals reach the
    newest server that began to serve, also once it ended: each loop asks it before it starts another.
    """
    began, server = time.monotonic(), _server(workers)
    while True:
        try:
            server.serve()
            return
        except SystemExit:
            if server.interrupt_signal:
                return  # it ends with 1 where a worker dies meanwhile
            if time.monotonic() - began < SETTLED:
                raise
        log.error("workers", line="died twice within seconds; they are started again")
        time.sleep(PAUSE)
        if server.interrupt_signal:
            return
        server = _successor(server, workers)


def _successor(ended: "AbstractServer[Any]", workers: int) -> "AbstractServer[Any]":
    """Return a server that ends as soon as it serves, if the one before it was interrupted until then."""
    server = _server(workers)

    @server.on_startup
    def pass_on() -> None:
        if ended.interrupt_signal:
            server.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    return server


def _server(workers: int) -> "AbstractServer[Any]":
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    settings = session.settings
    return Granian(
        "api.app:application",
        address=free_address(settings),
        port=settings.port,
        interface=Interfaces.ASGI,
        factory=True,
        http=HTTPModes.http1,  # the mode that detects HTTP/2 waits without end for the first byte
        workers=workers,
        backpressure=MOST_CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=IDLE * 1000, max_buffer_size=CONNECTION_BYTES),
        respawn_failed_workers=True,
        log_access=False,
        log_dictconfig=server_logging(settings.log_level),
        log_level=LogLevels(settings.log_level),
    )


def backup_command(
    path: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write everything that is kept to one file, from either engine, while others go on writing.

    Example: psi backup inventory-2026-11-24.psi
    """
    check_free(path, force)
    with progress() as tell:
        manifest = back_up(session.store, path, tell)
    _tell(path, manifest, f"{path} holds the ledger", as_json)


def restore_command(
    path: Annotated[Path, typer.Argument(metavar="IN", help="A file that psi backup wrote.")], as_json: AsJson = False
) -> None:
    """Fill an empty inventory from a backup; its ledger is verified before anything is kept.

    Example: PSI_HOME=./restored psi restore inventory-2026-11-24.psi
    """
    with progress() as tell:
        manifest = restore(session.store, path, tell)
    _tell(path, manifest, "Restored and verified", as_json)


def _tell(path: Path, manifest: Manifest, done: str, as_json: bool) -> None:
    if as_json:
        print_json({"path": str(path), "seq": manifest.seq, "link": manifest.link, "rows": manifest.rows})
    else:
        out.print(f"{done} up to entry {manifest.seq:,}, link {manifest.link}", highlight=False, markup=False)


def doctor_command(as_json: AsJson = False) -> None:
    """See whether this inventory can do its work, and say what to do where it cannot.

    Example: psi doctor
    """
    with progress() as tell:
        found = examine(session.settings, utc_now(), os.environ, tell)
    sick = [finding for finding in found if not finding.fine]
    if as_json:
        print_json(found)
    else:
        table = Table("", "What", "Found", "To do", box=None, header_style="bold")
        for finding in found:
            sign = Text("fine", "green") if finding.fine else Text("not", "bold red")
            table.add_row(sign, finding.what, finding.found, "" if finding.fine else finding.remedy)
        out.print(table)
    raise typer.Exit(PROBLEMS if sick else FINE)
