"""`psi ledger log`, `psi receipt`."""

from typing import Annotated

import typer
from rich.table import Table

from api.commands.acts import named
from api.commands.session import PROBLEMS, fail, out, print_json, session, told

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def log_command(
    record: Annotated[str, typer.Argument(help="A record as type/id; for services the id alone will do.")],
    as_json: AsJson = False,
) -> None:
    """Everything that was ever done to a record.

    Example: psi ledger log organization/dos-ca
    """
    with told():
        entries = session.store.log(*named(record))
    if not entries:
        fail(f"There is no {record}")
    if as_json:
        print_json(entries)
        return
    table = Table("Entry", "Public", "Version", "Action", "State", "Who", "When (UTC)", "Note", box=None)
    for entry in entries:
        public = "" if entry.public_seq is None else str(entry.public_seq)
        cells = (str(entry.version), entry.action, entry.state, entry.actor, entry.recorded_at, entry.note)
        table.add_row(str(entry.seq), public, *cells)
    out.print(table)


def receipt_command(
    link: Annotated[str, typer.Argument(help="The link a write answered with.")], as_json: AsJson = False
) -> None:
    """Look a receipt up in the ledger.

    Example: psi receipt 3f2a… (64 hexadecimal digits)
    """
    with told():
        entry = session.store.entry_by_link(link)
    if entry is None:
        out.print(f"No entry of this ledger bears the link {link}")
        raise typer.Exit(PROBLEMS)
    if as_json:
        print_json(entry)
    else:
        out.print(f"Entry {entry.seq}: {entry.action} {entry.record_type}/{entry.record_id} at {entry.recorded_at}")
