"""`psi ledger verify`, `log`, `rebuild`, and `psi receipt`."""

from contextlib import suppress
from typing import Annotated

import httpx
import typer
from rich.table import Column, Table
from sqlalchemy.exc import DatabaseError

from api.client.calls import receipt
from api.client.inventory import connect
from api.client.retries import Refused
from api.commands.acts import named
from api.commands.session import FINE, PROBLEMS, SHOWN, AsJson, Record, fail, out, print_json, progress, say, session
from api.contract.messages import PublicEntry
from api.server.last_verification import note_verified
from api.server.missing_entries import missing_entries, remedy
from api.server.store import existing_store, utc_now
from inventory.errors import Broken
from inventory.ledger.chain import ChainState
from inventory.ledger.rebuild import rebuild_heads
from inventory.ledger.store import Store
from inventory.ledger.verify import verify
from inventory.ledger.verify_contents import Fault


def verify_command(as_json: AsJson = False) -> None:
    """Walk the whole ledger and say what is wrong where: links, numbers, bodies, heads, and the chain's end.

    Example: psi ledger verify
    """
    began, store = utc_now(), existing_store(session.settings)
    before, faults = ChainState(), _missing(store)
    if store is not None:
        with suppress(Broken):  # where the chain's end is lost, verifying says so
            before = store.chain()
        with progress() as tell:
            faults += dict.fromkeys(verify(store, tell, utc_now))
        store.engine.dispose()
    chain = None if faults else before
    if as_json:
        print_json({"chain": chain, "faults": faults})
    elif chain:
        out.print(f"The ledger holds: {chain.seq:,} entries, the last with the link {chain.link}")
    else:
        table = Table(
            "Table",
            "Row",
            "What",
            title=f"{len(faults):,} fault{'s' if len(faults) > 1 else ''}",
            box=None,
            header_style="bold",
        )
        for fault in faults[:SHOWN]:
            table.add_row(fault.table, fault.row, fault.what)
        out.print(table)
        if len(faults) > SHOWN:
            out.print(f"… and {len(faults) - SHOWN:,} more; --json prints all of them")
    if chain:
        try:
            note_verified(session.settings, chain, began)
        except OSError as fault:  # the ledger holds all the same
            say(f"psi: This verification was not recorded in {session.settings.home}: {fault.strerror or fault}")
    raise typer.Exit(PROBLEMS if faults else FINE)


def _missing(store: Store | None) -> list[Fault]:
    """Return a fault where there is no ledger, and for the entries that it lacks, with what to do."""
    settings = session.settings
    faults: list[Fault] = []
    if store is None:
        faults.append(Fault("entries", "", f"There is no ledger at {settings.database}. PSI_HOME names its folder"))
    with suppress(Broken, DatabaseError):  # verifying says what cannot be read
        for fault in missing_entries(settings, store):
            faults.append(Fault(fault.table, fault.row, f"{fault.what}. {remedy(settings)}"))
    return faults


def rebuild_command(as_json: AsJson = False) -> None:
    """Rebuild from the ledger the heads that lists and filters read.

    Example: psi ledger rebuild
    """
    count = rebuild_heads(session.store)
    if as_json:
        print_json({"heads": count})
    else:
        out.print(f"{count:,} heads rebuilt from the ledger")


def log_command(
    record: Record,
    as_json: AsJson = False,
) -> None:
    """Everything that was ever done to a record.

    Example: psi ledger log organization/dos-ca
    """
    entries = session.store.log(*named(record))
    if not entries:
        fail(f"There is no {record}")
    if as_json:
        print_json(entries)
        return
    names = ("Entry", "Public", "Version", "Action", "State", "Who", "When (UTC)", "Note")
    table = Table(*(Column(name, overflow="fold") for name in names), box=None)
    for entry in entries:
        public = "" if entry.public_seq is None else str(entry.public_seq)
        cells = (str(entry.version), entry.action, entry.state, entry.actor, entry.recorded_at, entry.note)
        table.add_row(str(entry.seq), public, *cells)
    out.print(table)


def receipt_command(
    link: Annotated[str, typer.Argument(help="The link a write answered with.")],
    address: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="An inventory elsewhere; else the one here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look a receipt up in the ledger.

    Example: psi receipt 3f2a… (64 hexadecimal digits)
    """
    entry = _asked(address, link) if address else session.store.entry_by_link(link)
    if entry is None:
        out.print(f"No entry of this ledger bears the link {link}")
        raise typer.Exit(PROBLEMS)
    if as_json:
        print_json(entry)
    else:
        out.print(f"Entry {entry.seq}: {entry.action} {entry.record_type}/{entry.record_id} at {entry.recorded_at}")


def _asked(address: str, link: str) -> PublicEntry | None:
    with connect(address, session.settings.key) as inventory:
        try:
            return inventory.ask(receipt(link))
        except Refused as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return None
            raise
