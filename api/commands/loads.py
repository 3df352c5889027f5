"""`psi load` and `psi check`, also of files of survey responses."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.commands.session import (
    FINE,
    PROBLEMS,
    SHOWN,
    AsJson,
    Force,
    Holder,
    Yes,
    check_free,
    err,
    fail,
    out,
    print_json_object,
    progress,
    say,
    session,
    show_problems,
)
from api.server.store import operator, utc_now
from datapackage.crosswalks.definition import COUNTED
from datapackage.exports.annotate import annotate
from datapackage.external.response_counts import Sink, SurveyType
from datapackage.external.response_input import FORM, ResponseFile, ResponseOptions, told
from datapackage.formats.archives import check_target
from datapackage.formats.atomic_files import claimed, replacing
from datapackage.formats.located import Input
from datapackage.loading.load import load, preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from inventory.calendar.fiscal import washington_day
from inventory.records.lifecycle import Actor
from inventory.records.registry import INVENTORY
from inventory.writes.publish import Publishing, publish_heads, waiting

OfSurvey = Annotated[SurveyType | None, typer.Option("--survey-type", help="Of responses: how question_1 was asked.")]
Into = Annotated[str | None, typer.Option(metavar=FORM, help="Of responses: the collection that they become.")]
LeaveOut = Annotated[
    bool, typer.Option("--leave-out-bad-rows", help="Of responses: take the good rows though others are bad.")
]

Paths = Annotated[list[Path], typer.Argument(help="JSON, NDJSON, CSV, XLSX, or a data package (directory or zip).")]
As = Annotated[str | None, typer.Option("--as", help="What the documents are, where they do not say.")]
CrosswalkName = Annotated[str | None, typer.Option(help="A crosswalk by name, or a TOML file of your own.")]


def load_command(
    paths: Paths,
    crosswalk: CrosswalkName = None,
    as_type: As = None,
    publish_too: Annotated[bool, typer.Option("--publish", help="Publish what was loaded and is complete.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Tell what would happen; write nothing.")] = False,
    as_json: AsJson = False,
    rejects: Annotated[Path | None, typer.Option(help="Where to write what could not be kept.")] = None,
    force: Force = False,
    holder: Holder = None,
    survey_type: OfSurvey = None,
    into: Into = None,
    leave_out_bad_rows: LeaveOut = False,
    yes: Yes = False,
) -> None:
    """Load files into the inventory: what can be kept is kept, the rest comes back with every problem.

    Example: psi load services.json --publish
    """
    if rejects is not None:
        check_target(rejects)
        check_free(rejects, force)
    actor, today = operator(holder) if dry_run else session.writer(holder, yes, utc_now), washington_day(utc_now())
    counts_rows = crosswalk == COUNTED
    asked = ResponseOptions(survey_type=survey_type, into=into, leave_out=leave_out_bad_rows)
    inputs, matches = opened(paths, INVENTORY, session.store, as_type, crosswalk, asked)
    with progress() as tell, bad_rows(rejects if counts_rows and not dry_run else None) as sink:
        watch(inputs, tell, sink)
        plan = Plan(INVENTORY, session.store, today, matches, tell)
        report = preview(plan, inputs) if dry_run else load(session.store, plan, inputs, actor, utc_now)
    published = None
    try:  # what was loaded is kept for good: whatever fails from here on, its rejects and its report are not lost
        if report.rejected and not dry_run and not counts_rows:
            _write_rejects(report, rejects)
        if publish_too and not dry_run:
            published = _publish(plan, actor)
    finally:
        _print(report, inputs, as_json, "would be loaded" if dry_run else "loaded", published)
    kept_back = published is not None and published.kept_back
    raise typer.Exit(PROBLEMS if report.has_errors or kept_back else FINE)


def check_command(
    paths: Paths,
    crosswalk: CrosswalkName = None,
    as_type: As = None,
    as_json: AsJson = False,
    annotated: Annotated[
        Path | None, typer.Option("--annotate", help="Write the workbook again, its problems marked.")
    ] = None,
    survey_type: OfSurvey = None,
    into: Into = None,
    leave_out_bad_rows: LeaveOut = False,
    force: Force = False,
) -> None:
    """Tell every problem of files without a store: nothing is read from the inventory and nothing is written to it.

    Example: psi check services.xlsx --annotate marked.xlsx
    """
    if annotated is not None:
        check_target(annotated)
        if len(paths) != 1:
            fail("--annotate takes one workbook")
        check_free(annotated, force)
    asked = ResponseOptions(survey_type=survey_type, into=into, leave_out=leave_out_bad_rows)
    inputs, matches = opened(paths, INVENTORY, None, as_type, crosswalk, asked)
    with progress() as tell:
        watch(inputs, tell, None)
        report = preview(Plan(INVENTORY, None, washington_day(utc_now()), matches, tell), inputs)
    if annotated is not None:
        annotate(paths[0], report.problems, annotated)
    _print(report, inputs, as_json, "checked")
    raise typer.Exit(PROBLEMS if report.has_errors else FINE)


def _write_rejects(report: Report, path: Path | None) -> None:
    """Write the rejects, or say why they could not be written: the load is stored already."""
    count, taken = f"{len(report.rejected):,}", None
    try:
        if path is None:
            path = taken = claimed(Path(session.settings.home), f"rejects-{utc_now():%Y%m%dT%H%M%S}", ".ndjson")
        with replacing(path, private=True) as new, new.open("wb") as file:
            file.writelines(report.rejected.lines())
    except OSError as fault:
        if taken is not None:
            taken.unlink(missing_ok=True)
        say(
            f"The load is stored, but the {count} rejects could not be written: {fault.strerror or fault}. "
            "Make it possible to write them, such as by freeing some space, and load the same files again"
        )
        return
    err.print(f"{count} could not be kept: they are in {path}, each with its problems", markup=False)


def _publish(plan: Plan, actor: Actor) -> Publishing:
    with progress() as tell:
        tell("publishing", 0)
        return publish_heads(session.store, actor, utc_now, waiting(session.store, plan.kept()))


def _print(report: Report, inputs: Input, as_json: bool, done: str, published: Publishing | None = None) -> None:
    if as_json:
        names = ("counts", "untold", "changes", "problem_counts", "problems")
        told: dict[str, Any] = {**{name: getattr(report, name) for name in names}, **of_rows(inputs)}
        if published is not None:
            facts = {"receipts": len(published.receipts), "kept_back": published.kept_back}
            told["published"] = {**facts, "problems": published.problems}
        print_json_object(told)
        return
    counts = read_alone(inputs) or ", ".join(f"{count:,} {what}" for what, count in report.counts.items())
    out.print(f"{done}: {counts}", highlight=False)
    _print_untold(report.untold)
    print_rows(inputs)
    _print_changes(report)
    show_problems(report.problems)
    if published is not None:
        out.print(f"{len(published.receipts):,} made public, {published.kept_back:,} kept back")
        show_problems(published.problems)


def _print_untold(names: list[str]) -> None:
    """What the input says nothing of: the tables first, for they hold most."""
    if names:
        named = sorted(names, key=lambda name: "." in name)
        more = f" and {len(named) - SHOWN:,} more (--json names all)" if len(named) > SHOWN else ""
        out.print(f"Not in the input, and so left as it is: {', '.join(named[:SHOWN])}{more}", highlight=False)


def _print_changes(report: Report) -> None:
    """What changed, what is absent and what is only proposed; what is new is in the counts."""
    count = 0
    for change in (change for change in report.changes if change.action != "added"):
        count += 1
        if count > SHOWN:
            continue
        fields = "" if change.action == "proposed" else ", ".join(change.fields)
        out.print(f"{change.action}  {change.record}  {fields}".rstrip(), markup=False, highlight=False)
    if count > SHOWN:
        out.print(f"… and {count - SHOWN:,} more; --json prints all of them")


@contextmanager
def bad_rows(path: Path | None) -> Iterator[Sink | None]:
    """Where rows that cannot be read are written, one JSON value a line: their numbers and bad cells, no other text."""
    if path is None:
        yield None
        return
    count = 0
    try:
        with path.open("wb") as file:

            def write(row: int, cells: Sequence[tuple[str, str]]) -> None:
                nonlocal count
                count += 1
                file.write(msgspec.json.encode({"row": row, "cells": dict(cells)}) + b"\n")

            yield write
    finally:
        if not count:
            path.unlink(missing_ok=True)
    if count:
        err.print(f"{count:,} rows cannot be read: their numbers and bad cells are in {path}", markup=False)


def watch(inputs: Input, tell: Any, sink: Sink | None) -> None:
    """Tell, while a file of responses is read, how far that is and which rows are bad."""
    if isinstance(inputs, ResponseFile):
        inputs.watch(tell, sink)


def of_rows(inputs: Input) -> dict[str, Any]:
    """What became of the rows of a file of responses; of any other input nothing."""
    return {"responses": told(inputs.tally)} if isinstance(inputs, ResponseFile) else {}


def read_alone(inputs: Input) -> str | None:
    """What was read of a file of responses that go nowhere; None for any other input."""
    if not isinstance(inputs, ResponseFile) or inputs.brings_records:
        return None
    count = inputs.tally.respondents
    return f"{count:,} {'respondent' if count == 1 else 'respondents'} of 1 collection read"


def print_rows(inputs: Input) -> None:
    """The same in a line."""
    if isinstance(inputs, ResponseFile):
        tally = inputs.tally
        out.print(
            f"{tally.rows:,} rows: {tally.respondents:,} respondents, {tally.unanswered:,} without an answer, "
            f"{tally.left_out:,} that cannot be read",
            highlight=False,
        )
