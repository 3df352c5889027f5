"""`psi template`, `psi export`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import AsJson, Force
from api.commands.session import check_free, out, print_json, progress, session
from datapackage.exporting import export, template

Organization = Annotated[str | None, typer.Option(help="Only what belongs to this organization or one below it.")]


class Fillable(StrEnum):
    """What there are templates for."""

    SERVICES = "services"


TYPES = {Fillable.SERVICES: "service"}


def template_command(
    what: Annotated[Fillable, typer.Argument(help="What to fill in.")],
    path: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="The workbook to write.")],
    organization: Organization = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write a workbook to fill in, with drop-downs and help; with an organization, its services are in it.

    Example: psi template services services.xlsx --organization dos-ca
    """
    check_free(path, force)
    count = template(session.store, path, TYPES[what], organization)
    if as_json:
        print_json({"path": str(path), "records": count})
    else:
        out.print(f"{path} holds {count:,} {what}; fill it in and say: psi check {path}", highlight=False)


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
