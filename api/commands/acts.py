"""`psi publish`, `psi act`: moving records through their lifecycle, here or in an inventory elsewhere."""

from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import msgspec
import typer

from api.client.calls import Question, act
from api.client.inventory import Inventory, connect
from api.client.retries import Refused
from api.commands.session import (
    FINE,
    PROBLEMS,
    AsJson,
    Holder,
    Records,
    SomeRecords,
    Yes,
    err,
    fail,
    out,
    print_json,
    progress,
    session,
    show_problems,
    told,
)
from api.contract.messages import Written
from api.server.store import utc_now
from inventory.errors import Invalid
from inventory.records.lifecycle import ERASE
from inventory.records.registry import INVENTORY, Model
from inventory.validation.shape_problems import shown
from inventory.writes.change import Attestation, Change, Erasure
from inventory.writes.publish import publish
from inventory.writes.writer import append

MOST_DIGITS = 9
"""Digits of a version's number."""


def publish_command(
    records: SomeRecords = None,
    everything: Annotated[bool, typer.Option("--all", help="Every draft that is complete.")] = False,
    as_json: AsJson = False,
    holder: Holder = None,
    yes: Yes = False,
) -> None:
    """Make services public. What is not complete stays a draft and is told with its problems.

    Example: psi publish --all
    """
    if bool(records) == everything:
        fail("name services, or say --all")
    chosen = None if everything else [named(record) for record in records or ()]
    actor = session.writer(holder, yes, utc_now)
    with told(), progress() as tell:
        tell("publishing", 0)
        done = publish(session.store, actor, utc_now, chosen)
    if as_json:
        print_json({"receipts": done.receipts, "problems": done.problems})
    else:
        out.print(f"{len(done.receipts):,} made public, {done.kept_back:,} kept back")
        show_problems(done.problems)
    raise typer.Exit(PROBLEMS if done.problems else FINE)


class ErasedPart(StrEnum):
    """What of a version is erased."""

    PRIVATE = "private"
    BODY = "body"


def act_command(
    action: Annotated[str, typer.Argument(help="What to do, such as retire, submit, accept, withdraw or erase.")],
    records: Records,
    reason: Annotated[str, typer.Option(help="Why; some actions ask for it.")] = "",
    to: Annotated[str | None, typer.Option(help="transfer: the organization that is to own it.")] = None,
    version: Annotated[str | None, typer.Option(help="erase: a version's number; for private parts also all.")] = None,
    part: Annotated[
        ErasedPart | None, typer.Option(help="erase: the private part, or the whole body of a version never public.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="submit: who attests to it.")] = None,
    title: Annotated[str | None, typer.Option(help="submit: the title of their office.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="URL", help="In the inventory at this address, with the key in PSI_KEY.")
    ] = None,
    as_json: AsJson = False,
    holder: Holder = None,
    yes: Yes = False,
) -> None:
    """Do one of the lifecycle's actions to records: all of them, or none. What is erased is gone for good.

    Elsewhere (--at) records follow one another, up to the first that is refused.

    Example: psi act retire dos-ca-passport-services --reason "Replaced"
    """
    if bool(name) != bool(title):
        lacking, given = ("--title", "--name") if name else ("--name", "--title")
        fail(f"{lacking} is missing: who attests is named by both, and only {given} is given")
    if at is not None:
        if holder:
            fail("--at takes no --holder: the key says who acts")
        if action == ERASE:
            fail("erase is done in the inventory's own database, without --at")
        sent = {"reason": reason, "organization_id": to, "name": name, "title": title}
        _act_there(at, action, records, {field: value for field, value in sent.items() if value}, as_json=as_json)
        return
    attestation = Attestation(name, title) if name and title else None
    changes: list[Change] = []
    with told():
        for record in records:
            changes += _changes(
                action, named(record), reason, to, _versions(action, named(record), version, part), part
            )
        changes = [msgspec.structs.replace(change, attestation=attestation) for change in changes]
        receipts = append(session.store, session.writer(holder, yes, utc_now), utc_now, *changes)
    if as_json:
        print_json(receipts)
    for receipt in () if as_json else receipts:
        state = f"version {receipt.version} erased" if action == "erase" else receipt.state
        out.print(f"{receipt.record} is {state} (receipt {receipt.link})")


def _act_there(address: str, action: str, records: list[str], sent: dict[str, Any], *, as_json: bool) -> None:
    chosen, done = [_apart(record, INVENTORY) for record in records], []
    tell = partial(err.print, markup=False, highlight=False)
    with told(), connect(address, session.settings.key, tell) as inventory:
        for kind, record_id in chosen:
            done.append(_asked(inventory, act(INVENTORY[kind].table, record_id, action, sent)))
            if not as_json:
                out.print(f"{done[-1].record} is {done[-1].state} (receipt {done[-1].link})")
                show_problems(done[-1].problems)
    if as_json:
        print_json(done)


def _asked(inventory: Inventory, question: Question[Written]) -> Written:
    try:
        return inventory.ask(question)
    except Refused as refused:
        if refused.problems:
            raise Invalid(str(refused), refused.problems) from refused
        raise


def _changes(
    action: str, record: tuple[str, str], reason: str, to: str | None, versions: list[int], part: ErasedPart | None
) -> list[Change]:
    change = Change(record_type=record[0], record_id=record[1], action=action, note=reason, owner=to)
    if (action == "transfer") != bool(to):
        fail("transfer, and nothing else, asks for --to ORGANIZATION")
    erasures = [Erasure(version, part is ErasedPart.BODY) for version in versions]
    return [msgspec.structs.replace(change, erasure=erasure) for erasure in erasures] or [change]


def _versions(action: str, record: tuple[str, str], version: str | None, part: ErasedPart | None) -> list[int]:
    """The versions of which something is to be erased."""
    if action != "erase" and (version or part):
        fail("--version and --part are for erase")
    if action != "erase":
        return []
    if not version or not part:
        fail("erase asks for --version and --part, and is for good")
    if version != "all":
        is_number = version.isdecimal() and len(version) <= MOST_DIGITS
        return [int(version)] if is_number else fail(f"{shown(version)} is not the number of a version")
    if part is ErasedPart.BODY:
        fail("whole bodies are erased one by one, each by its --version")
    keys = [(*record, number) for number in sorted({entry.version for entry in session.store.log(*record)})]
    kept = session.store.bodies(keys)
    return [key[2] for key in keys if kept[key]["private_body"] is not None] or fail("It keeps no private part")


def named(record: str) -> tuple[str, str]:
    """Type and id of a record as people name it: type/id, or the id alone of a service."""
    return _apart(record, session.store.model)


def _apart(record: str, model: Model) -> tuple[str, str]:
    kind, slash, rest = record.partition("/")
    if not slash:
        return "service", record
    if kind not in model:
        fail(f"There is no type {kind} in {record}; records are named type/id, by {', '.join(model)}")
    return kind, rest
