"""`psi publish`, `psi act`: moving records through their lifecycle."""

from typing import Annotated

import typer

from api.commands.session import FINE, PROBLEMS, fail, out, print_json, progress, session, show_problems, told
from api.opening import operator, utc_now
from inventory.calendar import washington_day
from inventory.publishing import publish
from inventory.writing import Change, append

Records = Annotated[list[str] | None, typer.Argument(help="Records as type/id; for services the id alone will do.")]


def publish_command(
    records: Records = None,
    everything: Annotated[bool, typer.Option("--all", help="Every draft that is complete.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    holder: Annotated[str | None, typer.Option(help="In whose name, instead of your account's.")] = None,
) -> None:
    """Make services public. What is not complete stays a draft and is told with its problems.

    Example: psi publish --all
    """
    if bool(records) == everything:
        fail("name services, or say --all")
    ids = None if everything else [named(record)[1] for record in records or ()]
    with told(), progress() as tell:
        tell("publishing", 0)
        done = publish(session.store, operator(holder), utc_now, washington_day(utc_now()), ids)
    if as_json:
        print_json({"receipts": done.receipts, "problems": done.problems})
    else:
        out.print(f"{len(done.receipts):,} made public, {done.kept_back:,} kept back")
        show_problems(done.problems)
    raise typer.Exit(PROBLEMS if done.problems else FINE)


def act_command(
    action: Annotated[str, typer.Argument(help="What to do, such as retire, confirm or withdraw.")],
    records: Annotated[list[str], typer.Argument(help="Records as type/id; for services the id alone will do.")],
    reason: Annotated[str, typer.Option(help="Why; some actions ask for it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    holder: Annotated[str | None, typer.Option(help="In whose name, instead of your account's.")] = None,
) -> None:
    """Do one of the lifecycle's actions to records: all of them, or none.

    Example: psi act retire dos-ca-passport-services --reason "Replaced"
    """
    changes = []
    for record in records:
        record_type, record_id = named(record)
        changes.append(Change(record_type=record_type, record_id=record_id, action=action, note=reason))
    with told():
        receipts = append(session.store, operator(holder), utc_now, *changes)
    if as_json:
        print_json(receipts)
    for receipt in () if as_json else receipts:
        out.print(f"{receipt.record} is {receipt.state} (receipt {receipt.link})")


def named(record: str) -> tuple[str, str]:
    """Type and id of a record as people name it."""
    kind, _, rest = record.partition("/")
    return (kind, rest) if kind in session.store.model else ("service", record)
