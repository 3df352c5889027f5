"""`psi backup`, `psi restore`, `psi doctor`."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from api.commands.options import AsJson, Force
from api.commands.session import FINE, PROBLEMS, check_free, out, print_json, progress, session
from api.server.doctor import examine
from api.server.store import utc_now
from datapackage.exports.backup import Manifest, back_up, restore


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
