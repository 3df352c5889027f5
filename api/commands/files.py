"""`psi template`, `psi export`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.client.calls import template as laid_out
from api.client.inventory import connect
from api.commands.session import AsJson, Force, check_free, fail, out, print_json, progress, say, session
from api.server.store import operator, utc_now
from datapackage.exports.export import check_workbook, export, quarter_template, template
from datapackage.formats.atomic_files import replacing
from inventory.calendar.fiscal import Period, period, period_of, washington_day

Organization = Annotated[str | None, typer.Option(help="Only what belongs to this organization or one below it.")]


class Fillable(StrEnum):
    """What there are templates for."""

    SERVICES = "services"
    FEEDBACK = "feedback"


TYPES = {Fillable.SERVICES: "service"}
HELD = {Fillable.SERVICES: ("service", "services"), Fillable.FEEDBACK: ("quarter", "quarters")}


def template_command(
    what: Annotated[Fillable, typer.Argument(help="What to fill in.")],
    path: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="The workbook to write.")],
    organization: Organization = None,
    quarter: Annotated[
        str | None,
        typer.Option("--period", help="Of feedback: the quarter, such as 2026-Q1; else the last that ended."),
    ] = None,
    address: Annotated[
        str | None,
        typer.Option("--from", metavar="URL", help="An inventory elsewhere, by the key in PSI_KEY; else the one here."),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write a workbook to fill in, with drop-downs and help; with an organization, its services are in it.

    Of feedback it holds a quarter of each designated service, laid out as its surveys ask. From elsewhere it is of the
    key's own organization where none is said.

    Example: psi template feedback feedback.xlsx --organization dos-ca --period 2026-Q1
    """
    check_free(path, force)
    if quarter is not None and what is not Fillable.FEEDBACK:
        fail("--period is of feedback; services have none")
    asked = _quarter(quarter)
    if address is not None:
        _fetch(address, what, path, {"organization": organization, "period": quarter and str(asked)})
        count = None
    elif what is Fillable.FEEDBACK:
        count = quarter_template(session.store, path, organization, asked)
    else:
        count = template(session.store, path, TYPES[what], organization, operator())
    if as_json:
        print_json({"path": str(path), "records": count})
    else:
        holds = "is here" if count is None else f"holds {count:,} {HELD[what][count != 1]}"
        out.print(f"{path} {holds}; fill it in and say: psi check {path}", highlight=False)


def _fetch(address: str, what: Fillable, path: Path, asked: dict[str, str | None]) -> None:
    """Write what an inventory elsewhere lays out."""
    check_workbook(path)
    said = {name: value for name, value in asked.items() if value is not None}
    with connect(address, session.settings.key, say) as inventory, replacing(path, private=True) as new:
        new.write_bytes(inventory.ask(laid_out(what, said)))


def _quarter(text: str | None) -> Period:
    """The quarter named, or the last that ended."""
    found = period_of(washington_day(utc_now())).previous if text is None else period(text)
    return found or fail(f"{text} is no quarter of a fiscal year; one is written like 2026-Q1")


def export_command(
    path: Annotated[Path, typer.Argument(metavar="OUT", help="OUT.ndjson, OUT.xlsx or OUT.zip.")],
    organization: Organization = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write all records as kept, drafts and private fields too, in a form that psi load takes back.

    Example: psi export inventory.zip
    """
    check_free(path, force)
    with progress() as tell:
        count = export(session.store, path, organization, tell)
    if as_json:
        print_json({"path": str(path), "records": count})
    else:
        out.print(f"{path} holds {count:,} records, drafts and private fields included", highlight=False)
