"""`psi submit`: files sent to an inventory elsewhere, and the quarters of feedback in them submitted there."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import httpx
import typer
from msgspec import Struct

from api.client.calls import act, load, record
from api.client.inventory import Inventory, connect
from api.client.retries import Refused
from api.commands.session import FINE, PROBLEMS, AsJson, fail, out, print_json, progress, say, session, show_problems
from api.contract.media_types import SENT, SUFFIXES
from api.contract.messages import Imported
from api.server.store import utc_now
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import nothing_read
from inventory.calendar.fiscal import washington_day
from inventory.errors import Invalid
from inventory.problems import Problem, errors
from inventory.records.documents import changed_fields
from inventory.records.documents import document as document_of
from inventory.records.registry import INVENTORY, Document, RecordType

SUBMIT = "submit"
Attested = dict[str, str]


class Submitted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a quarter: its state there, the link of its receipt where it was submitted, or why it was not."""

    record: str
    state: str = ""
    link: str | None = None
    refused: str | None = None
    problems: list[Problem] = []


class Sent(Struct, frozen=True, kw_only=True):
    """What sending files did, and what became of their quarters."""

    imported: list[Imported]
    submitted: list[Submitted]


def submit_command(
    paths: Annotated[list[Path], typer.Argument(help="Workbooks, JSON, NDJSON, or data packages as zip.")],
    address: Annotated[str, typer.Option("--to", metavar="URL", help="The inventory's address.")],
    name: Annotated[
        str | None, typer.Option(help="Who attests to the quarters of feedback; this submits them.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="The title of their office.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send files to an inventory, with the key in PSI_KEY; with --name and --title, submit their quarters of feedback.

    A key that may only certify sends nothing: it submits what is there, where that is what the files say. Interrupted,
    say the same again: nothing is sent or submitted twice. Exits with 1 where what was sent has errors or a quarter was
    not submitted.

    Example: psi submit quarter.xlsx --to https://services.example.gov --name "A. Official" --title "CX lead"
    """
    if bool(name) != bool(title):
        fail(f"who attests is named by --name and --title; --{'title' if name else 'name'} is missing")
    attested = {"name": name, "title": title} if name and title else None
    for path in paths:
        if path.suffix not in SUFFIXES.values():
            fail(f"{path} ends in none of {', '.join(SUFFIXES.values())}")
    quarters = _quarters(paths)
    with progress() as tell, connect(address, session.settings.key, say) as inventory:
        tell("sending", 0)
        imported = _send(inventory, paths, may_fail=attested is not None)
        sent = Sent(imported=imported, submitted=list(_submit(inventory, quarters, attested, check=not imported)))
    if not imported and not sent.submitted:
        fail("nothing was sent: the key may only certify, and the files hold no quarter of feedback")
    _show(sent, as_json)
    wrong = any(nothing_read().code in report.problem_counts or errors(report.problems) for report in imported)
    raise typer.Exit(PROBLEMS if wrong or any(one.refused for one in sent.submitted) else FINE)


def _quarters(paths: Sequence[Path]) -> dict[tuple[str, str], Document]:
    """What of the files can be submitted, by type and id."""
    plan = Plan(INVENTORY, None, washington_day(utc_now()))
    inputs, _ = opened(paths, INVENTORY, None, None, None)
    found = {
        (one.head.record_type, one.head.record_id): document_of(one.record)
        for one in plan.changes(inputs)
        if INVENTORY[one.head.record_type].action(SUBMIT)
    }
    if plan.report.rejected:
        raise Invalid("nothing was sent: mend first what cannot be kept", list(plan.report.problems))
    return found


def _send(inventory: Inventory, paths: Sequence[Path], *, may_fail: bool) -> list[Imported]:
    """Send the files; none where the key may not, and need not."""
    media = {suffix: name for name, suffix in SUFFIXES.items()}
    try:
        return [
            inventory.ask(load(path.read_bytes(), media[path.suffix])).of_file(path.name, f"{SENT}{path.suffix}")
            for path in paths
        ]
    except Refused as refused:
        if may_fail and refused.status == httpx.codes.FORBIDDEN:
            return []
        raise


def _submit(
    inventory: Inventory, quarters: dict[tuple[str, str], Document], attested: Attested | None, *, check: bool
) -> Iterator[Submitted]:
    for (record_type, record_id), document in quarters.items() if attested else ():
        kind, named = INVENTORY[record_type], f"{record_type}/{record_id}"
        try:
            yield _submit_one(inventory, kind, record_id, document if check else None, attested or {})
        except Refused as refused:
            yield Submitted(record=named, refused=str(refused), problems=refused.problems)


def _submit_one(
    inventory: Inventory, kind: RecordType, record_id: str, document: Document | None, attested: Attested
) -> Submitted:
    """Submit what is a draft there. document: what it has to say, and no more, where that is not known yet."""
    named, submits = f"{kind.name}/{record_id}", kind.action(SUBMIT)
    kept = inventory.ask(record(kind.table, record_id))
    if others := changed_fields(kept.document, document) if document is not None else []:
        return Submitted(record=named, refused=f"it is not what the file says: {', '.join(others)}", state=kept.state)
    if submits is None or kept.state not in submits.from_states:
        return Submitted(record=named, state=kept.state)
    written = inventory.ask(act(kind.table, record_id, SUBMIT, attested, kept.etag))
    return Submitted(record=named, state=written.state, link=written.link, problems=written.problems)


def _show(sent: Sent, as_json: bool) -> None:
    if as_json:
        print_json(sent)
        return
    for report in sent.imported:
        out.print("sent: " + ", ".join(f"{count:,} {what}" for what, count in report.counts.items()), highlight=False)
        show_problems(report.problems)
    for one in sent.submitted:
        receipt = f" (receipt {one.link})" if one.link else ""
        out.print(f"{one.record}: {one.refused or f'is {one.state}{receipt}'}", markup=False, highlight=False)
        show_problems(one.problems)
