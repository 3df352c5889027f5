"""Print the figures that this project is measured by: `python -m tests.bench [NAME...] [--quick] [--json]`."""

import argparse
import sys
from collections.abc import Callable, Iterator

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench import (
    appending,
    checking,
    disclosure,
    get,
    http,
    kills,
    requests,
    responses,
    scores,
    sizes,
    submissions,
    writers,
)
from tests.bench.figures import Figure, Settings
from tests.bench.hostile import attack

ROWS: dict[str, Callable[[Settings], Iterator[Figure]]] = {
    "get": get.figures,
    "http": http.figures,
    "checking": checking.figures,
    "submissions": submissions.figures,
    "append": appending.figures,
    "scores": scores.figures,
    "disclosure": disclosure.figures,
    "writers": writers.figures,
    "kills": kills.figures,
    "requests": requests.figures,
    "responses": responses.figures,
    "sizes": sizes.figures,
    "hostile": attack.figures,
}


def main() -> int:
    """Measure what was chosen. 0 where every reach is met, 1 where one is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Print the figures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(ROWS)}; all, where none is named")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: an indication only")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    given = parser.parse_args()
    if unknown := set(given.names) - ROWS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    err = Console(stderr=True)
    found: list[Figure] = []
    for name in given.names or ROWS:
        with err.status(f"measuring {name}"):
            found += ROWS[name](Settings(given.quick))
    _print(found, given.json)
    return 1 if any(figure.met is False for figure in found) else 0


def _print(found: list[Figure], as_json: bool) -> None:
    if as_json:
        told = [{**msgspec.structs.asdict(figure), "met": figure.met} for figure in found]
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n")
        return
    table = Table("Figure", "Measured", "Reach", "", "How", header_style="bold")
    signs = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}
    for figure in found:
        reach = "" if figure.reach is None else f"{'≤' if figure.at_most else '≥'} {figure.reach:,g}"
        table.add_row(figure.what, f"{figure.measured:,.2f} {figure.unit}", reach, signs[figure.met], figure.detail)
    Console(width=None if sys.stdout.isatty() else 180).print(table)


if __name__ == "__main__":
    sys.exit(main())
