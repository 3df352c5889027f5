"""`psi calendar`, `psi board`: what is due when, and who owes what."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from api.commands.session import AsJson, check_there, fail, out, print_json, session
from api.server.store import existing_store, utc_now
from inventory.calendar.due_dates import calendar
from inventory.calendar.fiscal import period_of, quarter_amiss, washington_day
from inventory.codes import Status
from inventory.reports.board import SPANS, Owed, board, set_days, span
from inventory.schema.scalars import YEARS

WIDEST = 40  # signs of the longest bar
BESIDE_BARS = 52  # signs that their names and counts take
WIDEST_TABLE = 400  # signs
COLORS = {
    Status.ON_TIME: "green",
    Status.DONE: "green",
    Status.LATE: "yellow",
    Status.PARTIAL: "yellow",
    Status.DUE: "cyan",
    Status.MISSING: "red",
}


def calendar_command(
    fiscal_year: Annotated[
        int | None,
        typer.Argument(metavar="FY", help="The present one, if not said.", min=YEARS[0], max=YEARS[-1]),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What falls due in a fiscal year, and by when: the days of the circular, of its rule, and those that OMB set.

    Example: psi calendar 2026 --json
    """
    year = fiscal_year or period_of(washington_day(utc_now())).fiscal_year
    store = existing_store(session.settings)  # without an inventory OMB has set none
    entries = calendar(year, set_days(store) if store else lambda named: None)
    if as_json:
        print_json(entries)
        return
    table = Table("What", "For", "Until", "Due", "Source", title=f"Fiscal year {year}", box=None, header_style="bold")
    for entry in entries:
        until = entry.last_day.isoformat() if entry.last_day else ""
        day = f"{entry.due:%a} {entry.due.isoformat()}"
        table.add_row(entry.obligation.label, entry.period or str(year), until, day, entry.source.label)
    out.print(table)


def board_command(
    period: Annotated[str | None, typer.Argument(help=f"{SPANS}. The quarter that ended last, if not said.")] = None,
    provider: Annotated[str | None, typer.Option(help="Only this provider, by its id.")] = None,
    as_json: AsJson = False,
) -> None:
    """Who owes what: each designated service's feedback and each provider's yearly dates, as they stand today.

    As operator you see what is not public too.

    Example: psi board 2026-Q1 --provider dos-ca
    """
    today = washington_day(utc_now())
    named = period or str(period_of(today).previous)
    asked = span(named)
    if asked is None:
        amiss = f"there is no quarter {number}; " if (number := quarter_amiss(named)) else ""
        fail(f"{named} is no period: {amiss}say {SPANS[0].lower()}{SPANS[1:]}")
    check_there("provider", provider)
    owed = board(session.store, asked, today, provider_id=provider, sees_all=True)
    if as_json:
        print_json(owed)
        return
    out.print(Text.assemble((named, "bold"), f", as it stands on {today} in Washington"))
    if not owed:
        out.print("Nobody owes anything: no provider is on record, or no service is designated")
        return
    out.print(_picture(owed))
    table = _table(owed)
    least = Measurement.get(out, out.options.update(width=WIDEST_TABLE), table).minimum
    out.print(table, width=max(out.width, least))


def _picture(owed: Sequence[Owed]) -> Table:
    """How often each status is there, as bars: quarters of feedback apart from each thing that is due once a year."""
    counts = Counter((_kind(item), item.code) for item in owed)
    scale = min(1.0, max(1, min(WIDEST, out.width - BESIDE_BARS)) / max(counts.values()))
    table = Table("What", "Status", "", "Count", box=None, header_style="bold")
    for kind in dict.fromkeys(_kind(item) for item in sorted(owed, key=lambda item: item.service_id is None)):
        named = kind
        for code in (code for code in Status if counts[kind, code]):
            bar = "█" * max(1, round(counts[kind, code] * scale))
            table.add_row(named, code.label, Text(bar, COLORS.get(code, "dim")), f"{counts[kind, code]:,}")
            named = ""
    return table


def _kind(item: Owed) -> str:
    return "Quarters of feedback" if item.service_id else item.obligation.label


def _table(owed: Sequence[Owed]) -> Table:
    """What is owed, below each provider. Ids and words are whole in any terminal: they are there to be copied."""
    table = Table(box=None, header_style="bold")
    for name in ("What", "For", "Due"):
        table.add_column(name, no_wrap=True)
    table.add_column("Status")
    provider = None
    for item in owed:
        if item.provider_id != provider:
            provider = item.provider_id
            table.add_row(Text(provider, "bold"))
        what, spanned = item.service_id or item.obligation.label, item.period or str(item.fiscal_year)
        note = f": {item.note}" if item.note else ""
        stands = f", {item.state}" if item.state and item.state != str(item.status) else ""
        status = Text.assemble((str(item.status), COLORS.get(item.code, "dim")), note, stands)
        table.add_row(f"  {what}", spanned, item.due.isoformat(), status)
    return table
