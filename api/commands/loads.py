"""`psi load`, `psi check`."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from api.commands.session import FINE, PROBLEMS, err, out, print_json, progress, session, show_problems, told
from api.opening import operator, utc_now
from datapackage.inputs import opened
from datapackage.loading import load, preview
from datapackage.planning import Plan, Report
from inventory.calendar import washington_day
from inventory.problems import errors
from inventory.publishing import publish_heads, waiting
from inventory.record_types import INVENTORY

Paths = Annotated[list[Path], typer.Argument(help="JSON, NDJSON, CSV, XLSX, or a data package (directory or zip).")]
As = Annotated[str | None, typer.Option("--as", help="What the documents are, where they do not say.")]
CrosswalkName = Annotated[str | None, typer.Option(help="A crosswalk by name, or a TOML file of your own.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def load_command(
    paths: Paths,
    crosswalk: CrosswalkName = None,
    as_type: As = None,
    publish_too: Annotated[bool, typer.Option("--publish", help="Publish what is complete.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Tell what would happen; write nothing.")] = False,
    as_json: AsJson = False,
    rejects: Annotated[Path | None, typer.Option(help="Where to put what could not be kept.")] = None,
    holder: Annotated[str | None, typer.Option(help="In whose name, instead of your account's.")] = None,
) -> None:
    """Take inputs into the inventory: what can be kept is kept, the rest comes back with every problem.

    Example: psi load services.json --publish
    """
    with told():
        inputs, matches = opened(paths, INVENTORY, session.store, as_type, crosswalk)
        with progress() as tell:
            plan = Plan(INVENTORY, session.store, washington_day(utc_now()), matches, tell)
            actor = operator(holder)
            report = preview(plan, inputs) if dry_run else load(session.store, plan, inputs, actor, utc_now)
            if publish_too and not dry_run:
                publish_heads(session.store, actor, utc_now, waiting(session.store, plan.kept()))
    _finish(report, as_json, dry_run, rejects)


def check_command(paths: Paths, crosswalk: CrosswalkName = None, as_type: As = None, as_json: AsJson = False) -> None:
    """Tell every problem of inputs without a store: nothing is read from the inventory and nothing is written.

    Example: psi check services.json
    """
    with told():
        inputs, matches = opened(paths, INVENTORY, None, as_type, crosswalk)
        with progress() as tell:
            report = preview(Plan(INVENTORY, None, washington_day(utc_now()), matches, tell), inputs)
    _print(report, as_json, "checked")
    raise typer.Exit(PROBLEMS if errors(report.problems) else FINE)


def _finish(report: Report, as_json: bool, dry_run: bool, rejects: Path | None) -> None:
    _print(report, as_json, "would be loaded" if dry_run else "loaded")
    if report.rejected and not dry_run:
        path = rejects or Path(session.settings.home) / f"rejects-{utc_now():%Y%m%dT%H%M%S}.ndjson"
        path.write_bytes(b"".join(msgspec.json.encode(rejected) + b"\n" for rejected in report.rejected))
        err.print(f"{len(report.rejected):,} could not be kept: they are in {path}, each with its problems")
    raise typer.Exit(PROBLEMS if errors(report.problems) else FINE)


def _print(report: Report, as_json: bool, done: str) -> None:
    if as_json:
        names = ("counts", "changes", "problem_counts", "problems")
        print_json({name: getattr(report, name) for name in names})
        return
    counts = Table(*report.counts, title=done, box=None, header_style="bold")
    counts.add_row(*(f"{count:,}" for count in report.counts.values()))
    out.print(counts)
    for code, count in report.problem_counts.items():
        out.print(f"  {count:>8,} {code}")
    show_problems(report.problems)
