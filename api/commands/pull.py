"""`psi pull`: every submission that an inventory elsewhere shows, into a file, going on where it was interrupted."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.client.calls import Page
from api.client.download import PulledFile, PulledStream, Reached
from api.client.inventory import connect
from api.client.retries import NotServed
from api.commands.session import FINE, PROBLEMS, SHOWN, AsJson, err, fail, out, print_json, progress, say, session
from inventory.calendar.fiscal import Period
from inventory.records import Feedback
from inventory.records.registry import FEEDBACK
from inventory.reports.board import span

Pulled = PulledFile | PulledStream


class Checked:
    """Submissions as lines, each looked at: whether it is one, of the period asked for, and in order."""

    def __init__(self, period: str | None) -> None:
        asked = span(period) if period else None
        self._wanted = None if asked is None else asked.quarters
        self._last = ""

    def lines(self, page: Page) -> tuple[bytes, tuple[str, ...]]:
        """A page as lines, and what is wrong with some of them. Raises NotServed where the server repeats itself."""
        # A line has no breaks, however the server lays its JSON out.
        lines = [msgspec.json.format(item, indent=-1) if b"\n" in item else item for item in map(bytes, page.items)]
        faults = [fault for line in lines if (fault := self._fault(line))]
        return b"".join(line + b"\n" for line in lines), tuple(faults)

    def _fault(self, line: bytes) -> str | None:
        try:
            feedback = msgspec.json.decode(line, type=Feedback)
        except msgspec.DecodeError as fault:
            return f"a line after {self._last or 'the beginning'}: {fault}"
        record_id = FEEDBACK.record_id_of(feedback)
        if record_id <= self._last:
            raise NotServed(f"The server repeats itself: {record_id} follows {self._last}")
        self._last = record_id
        if self._wanted is not None and Period(feedback.fiscal_year, feedback.quarter) not in self._wanted:
            return f"{record_id}: of another period than was asked for"
        return None


def pull_command(
    address: Annotated[str, typer.Option("--from", metavar="URL", help="The inventory's address.")],
    path: Annotated[
        Path | None, typer.Argument(metavar="OUT.ndjson", help="The file to fill; standard output, if not said.")
    ] = None,
    period: Annotated[str | None, typer.Option(help="A quarter such as 2026-Q1, or a fiscal year; else all.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Go on from there: the `next` of a page of /api/v1/feedback.")
    ] = None,
    state: Annotated[
        str | None, typer.Option(help="Only what is in this state; with a key (PSI_KEY) else all it lets one see.")
    ] = None,
    page_size: Annotated[int, typer.Option(help="Submissions a page.", min=1, max=1000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Fetch every submission of feedback that an inventory shows, one a line. Interrupted, say the same again to go on.

    Example: psi pull --from https://services.example.gov --period 2026-Q1 feedback.ndjson
    """
    asked = {name: value for name, value in (("period", period), ("state", state)) if value is not None}
    told = {"from": address, **asked}
    into = PulledFile(path, told, since) if path else PulledStream(sys.stdout.buffer, told, since)
    begun = into.reached.count
    with progress() as tell:
        try:
            _pull(address, asked, page_size, into, tell)
        except NotServed as fault:
            again = f", {_again(into)}" if fault.passing else ""
            fail(f"{fault}; {into.reached.count:,} submissions are here{again}")
    into.close()
    if path:
        _tell(path, into.reached, into.reached.count - begun, as_json=as_json)
    for wrong in into.reached.faults[:SHOWN]:
        err.print(f"Not as it should be: {wrong}", highlight=False, markup=False)
    raise typer.Exit(PROBLEMS if into.reached.faults else FINE)


def _pull(address: str, asked: dict[str, str], limit: int, into: Pulled, tell: Any) -> None:
    """Everything that follows where it came to, page by page. Raises NotServed."""
    if into.reached.done:
        return
    checked = Checked(asked.get("period"))
    with connect(address, session.settings.key, say) as inventory:
        for page in inventory.pages("feedback", asked, into.reached.cursor, limit):
            lines, faults = checked.lines(page)
            into.add(lines, len(page.items), page.next, faults)
            tell("pulling", into.reached.count)


def _again(into: Pulled) -> str:
    if isinstance(into, PulledFile):
        return "say the same again to go on"
    return f"go on with --since {into.reached.cursor}" if into.reached.cursor else "begin again"


def _tell(path: Path, reached: Reached, new: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"path": str(path), "submissions": reached.count, "new": new, "faults": reached.faults})
    else:
        out.print(f"{path} holds {reached.count:,} submissions, {new:,} of them pulled now", highlight=False)
