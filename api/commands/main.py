"""`psi`, the command line."""

from importlib.metadata import version
from typing import Annotated

import typer

from api.commands import acts, deadlines, files, keys, ledger, loads, operate, pull, releases, scores, submit
from api.commands.session import Told

app = typer.Typer(
    name="psi",
    cls=Told,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="markdown",
)
ledger_commands = typer.Typer(help="The append-only ledger behind the inventory.", no_args_is_help=True)
app.add_typer(ledger_commands, name="ledger")
key_commands = typer.Typer(help="Keys to the API: whose they are, and what they open.", no_args_is_help=True)
app.add_typer(key_commands, name="key")


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


app.command("demo")(operate.demo_command)
app.command("serve")(operate.serve_command)
app.command("load")(loads.load_command)
app.command("check")(loads.check_command)
app.command("template")(files.template_command)
app.command("export")(files.export_command)
app.command("publish")(acts.publish_command)
app.command("act")(acts.act_command)
app.command("calendar")(deadlines.calendar_command)
app.command("board")(deadlines.board_command)
app.command("submit")(submit.submit_command)
app.command("pull")(pull.pull_command)
app.command("release")(releases.release_command)
app.command("verify")(releases.verify_command)
app.command("scores")(scores.scores_command)
app.command("backup")(operate.backup_command)
app.command("restore")(operate.restore_command)
app.command("doctor")(operate.doctor_command)
key_commands.command("issue")(keys.issue_command)
key_commands.command("list")(keys.list_command)
key_commands.command("rotate")(keys.rotate_command)
key_commands.command("revoke")(keys.revoke_command)
key_commands.command("refusals")(keys.refusals_command)
app.command("receipt")(ledger.receipt_command)
ledger_commands.command("verify")(ledger.verify_command)
ledger_commands.command("rebuild")(ledger.rebuild_command)
ledger_commands.command("log")(ledger.log_command)


def main() -> None:
    """Run `psi`."""
    app()
