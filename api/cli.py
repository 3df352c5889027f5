"""`psi`, the command line."""

from importlib.metadata import version
from typing import Annotated

import typer

from api.commands import (
    acts,
    deadlines,
    files,
    keys,
    ledgers,
    loads,
    pulling,
    releases,
    scores,
    serving,
    submitting,
    upkeep,
)
from api.commands.session import Told

app = typer.Typer(
    name="psi",
    cls=Told,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
)
ledger = typer.Typer(help="The append-only ledger behind the inventory.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")
key = typer.Typer(help="Keys to the API: whose they are, and what they open.", no_args_is_help=True)
app.add_typer(key, name="key")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"psi {version('public-services-inventory')}")
        raise typer.Exit


@app.callback()
def begin(
    told: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version and end.")
    ] = False,
) -> None:
    """The Public Services Inventory: register services, publish them, release them, serve them."""


app.command("demo")(serving.demo_command)
app.command("serve")(serving.serve_command)
app.command("load")(loads.load_command)
app.command("check")(loads.check_command)
app.command("template")(files.template_command)
app.command("export")(files.export_command)
app.command("publish")(acts.publish_command)
app.command("act")(acts.act_command)
app.command("calendar")(deadlines.calendar_command)
app.command("board")(deadlines.board_command)
app.command("submit")(submitting.submit_command)
app.command("pull")(pulling.pull_command)
app.command("release")(releases.release_command)
app.command("verify")(releases.verify_command)
app.command("scores")(scores.scores_command)
app.command("backup")(upkeep.backup_command)
app.command("restore")(upkeep.restore_command)
app.command("doctor")(upkeep.doctor_command)
key.command("issue")(keys.issue_command)
key.command("list")(keys.list_command)
key.command("rotate")(keys.rotate_command)
key.command("revoke")(keys.revoke_command)
key.command("refusals")(keys.refusals_command)
app.command("receipt")(ledgers.receipt_command)
ledger.command("verify")(ledgers.verify_command)
ledger.command("rebuild")(ledgers.rebuild_command)
ledger.command("log")(ledgers.log_command)


def main() -> None:
    """Run `psi`."""
    app()
