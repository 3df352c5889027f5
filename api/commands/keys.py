"""`psi key`: keys to the API."""

from typing import Annotated

import typer
from rich.table import Table

from api.commands.session import AsJson, Holder, Yes, out, print_json, session, told
from api.server.store import operator, utc_now
from inventory.access.api_keys import DAYS, FOR_DAYS, Issued, Wanted, issue, keys, revoke, rotate
from inventory.access.denied_writes import refusals
from inventory.records.lifecycle import GRANTS, Role

KeyId = Annotated[str, typer.Argument(help="The id of a key, as `psi key list` tells it.")]
Roles = Annotated[str, typer.Option(help=f"What it may do: {', '.join(sorted(GRANTS[Role.OPERATOR]))}.")]


def issue_command(
    to: Annotated[str, typer.Option(help="The person who is to hold it, by name.")],
    role: Roles,
    organization: Annotated[str | None, typer.Option(help="It reaches this organization and those below it.")] = None,
    days: Annotated[int, typer.Option(help=f"{FOR_DAYS}.")] = DAYS,
    as_json: AsJson = False,
    holder: Holder = None,
    yes: Yes = False,
) -> None:
    """Issue a key to the API. It is shown this once: only a digest of it is kept.

    Example: psi key issue --to "A. Certifier" --role certifier --organization dos-ca
    """
    if role not in GRANTS[Role.OPERATOR]:
        raise typer.BadParameter(f"{role} is none of {', '.join(sorted(GRANTS[Role.OPERATOR]))}", param_hint="--role")
    wanted = Wanted(holder=to, role=Role(role), organization_id=organization, days=days)
    with told():
        issued = issue(session.store, session.writer(holder, yes, utc_now), utc_now, wanted)
    _show(issued, as_json)


def list_command(as_json: AsJson = False) -> None:
    """List the keys: whose they are, what they open, and until when.

    Example: psi key list
    """
    with told():
        known = keys(session.store, operator())
    if as_json:
        print_json(known)
        return
    table = Table(box=None, header_style="bold")
    table.add_column("Key", no_wrap=True)
    for name in ("Holder", "Opens", "Of", "Until"):
        table.add_column(name, overflow="fold")
    for key in known:
        until = f"revoked {key.revoked_at[:10]}" if key.revoked_at else key.expires_at[:10]
        table.add_row(key.key_id, key.holder, key.role, key.organization_id or "all", until)
    out.print(table)


def rotate_command(
    key_id: KeyId,
    days: Annotated[int | None, typer.Option(help=f"{FOR_DAYS}; as many as the old one, if not said.")] = None,
    as_json: AsJson = False,
    holder: Holder = None,
    yes: Yes = False,
) -> None:
    """Put a new key in the place of one, for the same holder, role and organization. The old one opens nothing more.

    Example: psi key rotate 0f1e2d3c4b5a6978
    """
    with told():
        issued = rotate(session.store, session.writer(holder, yes, utc_now), utc_now, key_id, days)
    _show(issued, as_json)


def revoke_command(key_id: KeyId, as_json: AsJson = False, holder: Holder = None, yes: Yes = False) -> None:
    """Let a key open nothing from now on.

    Example: psi key revoke 0f1e2d3c4b5a6978
    """
    with told():
        key = revoke(session.store, session.writer(holder, yes, utc_now), utc_now, key_id)
    if as_json:
        print_json(key)
    else:
        out.print(f"Key {key.key_id} of {key.holder} opens nothing any more", highlight=False, markup=False)


def refusals_command(
    most: Annotated[int, typer.Option(help="So many of the newest.", min=1)] = 100, as_json: AsJson = False
) -> None:
    """List the newest attempts at writes over HTTP that were refused: whose, from where, at what, and why.

    Example: psi key refusals --most 20
    """
    with told():
        found = refusals(session.store, operator(), most)
    if as_json:
        print_json(found)
        return
    table = Table(box=None, header_style="bold")
    for name in ("When (UTC)", "Holder", "Key", "From", "What", "Status", "Why"):
        table.add_column(name, overflow="fold")
    for one in found:
        what = f"{one.method} {one.path}"
        cells = (one.refused_at, one.holder, one.key_id or "none", one.address, what, str(one.status), one.reason)
        table.add_row(*cells)
    out.print(table)


def _show(issued: Issued, as_json: bool) -> None:
    if as_json:
        print_json(issued)
        return
    key = issued.key
    where = f"in {key.organization_id} and below" if key.organization_id else "in all organizations"
    out.print(
        f"{key.holder}: {key.role} {where}, until {key.expires_at[:10]} (key {key.key_id})",
        highlight=False,
        markup=False,
    )
    out.print("The key is shown this once; send it as `Authorization: Bearer …`:", highlight=False)
    out.print(issued.secret, highlight=False)
