"""Counting the responses of a survey, one row a respondent, against DuckDB's grouping of the same file."""

import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from datapackage.external.response_counts import COUNTED, DRIVERS, ID, TICKS, WORDS, SurveyType, counted, measures
from tests.bench.figures import Figure, Settings, side_by_side
from tests.conftest import ROOT
from tests.stress.scenarios.sizes import peak

Counts = dict[tuple[int, str], list[int]]
"""By point of trust and column, how many were offered it and did not tick, and how many did."""


def figures(settings: Settings) -> Iterator[Figure]:
    """Rows a second, and the most memory; both must count the same."""
    rows = int(settings.choose(5_000_000, 200_000))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "responses.csv"
        _write(path, rows)
        found: dict[str, Counts] = {}
        told = side_by_side(_runs(path, found), int(settings.choose(3, 1)))
        command = [sys.executable, "-m", "tests.bench.responses", str(path)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        megabytes = json.loads(done.stdout)
    same = found["ours"] == found["duckdb"]
    detail = (
        f"{told['ours']:.1f} s against {told['duckdb']:.1f} s; " + ("the same" if same else "NOT the same") + " counts"
    )
    what = f"counting {rows:,} responses"
    yield Figure(what=what, measured=rows / told["ours"], unit="rows/s", detail=detail)
    yield Figure(what=f"{what}, against DuckDB", measured=told["duckdb"] / told["ours"] if same else 0, detail=detail)
    yield Figure(what=f"{what}: greatest memory", measured=megabytes, unit="MB")


def _write(path: Path, rows: int) -> None:
    """Synthetic responses: five points, what went well from four up and what went wrong below, and some words."""
    chance, unasked = random.Random(1), ["null"] * len(DRIVERS)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([ID, *COUNTED, WORDS])
        for number in range(rows):
            score, bits = chance.choice("1234555"), chance.getrandbits(len(DRIVERS)) & chance.getrandbits(len(DRIVERS))
            ticks = [str(bits >> place & 1) for place in range(len(DRIVERS))]
            words = "Synthetic words, with a comma" if chance.random() < 0.2 else ""
            offered = [*ticks, *unasked] if score > "3" else [*unasked, *ticks]
            writer.writerow([number, score, *offered, words])


def _runs(path: Path, found: dict[str, Counts]) -> dict[str, Callable[[], float]]:
    def timed(name: str, count: Callable[[Path], Counts]) -> Callable[[], float]:
        def run() -> float:
            began = time.perf_counter()
            found[name] = count(path)
            return time.perf_counter() - began

        return run

    return {"ours": timed("ours", _ours), "duckdb": timed("duckdb", _duckdb)}


def _ours(path: Path) -> Counts:
    tally = counted(lambda: path.open("rb"), path.name, SurveyType.LIKERT)
    ticks = measures(tally, SurveyType.LIKERT)[1:]
    told = zip(TICKS, ticks, strict=True)
    return {(row["point"], column): row["counts"] for column, measure in told for row in measure["by_score"]}


def _duckdb(path: Path) -> Counts:
    import duckdb  # not at the top: the process whose memory is measured does without

    sums = ", ".join(f"count_if({column} = '{cell}')" for column in TICKS for cell in (0, 1))
    query = f"SELECT {COUNTED[0]}::INT, {sums} FROM read_csv(?, all_varchar = true) GROUP BY 1"
    with duckdb.connect() as connection:
        rows = connection.execute(query, [str(path)]).fetchall()
    counts = {
        (point, column): list(sums[2 * place : 2 * place + 2])
        for point, *sums in rows
        for place, column in enumerate(TICKS)
    }
    return {place: pair for place, pair in counts.items() if any(pair)}


if __name__ == "__main__":
    _ours(Path(sys.argv[1]))
    sys.stdout.write(json.dumps(peak()))
