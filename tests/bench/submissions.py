"""Checking submissions of feedback as JSON documents, with every rule that needs no inventory."""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from datapackage.loading.load import preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from inventory.calendar.fiscal import Period
from inventory.records.registry import INVENTORY, Document
from tests.bench.figures import Figure, Settings
from tests.conftest import ROOT, TODAY
from tests.stress.scenarios.sizes import peak
from tests.support.builders import STATEMENTS, a_collection, a_feedback, a_measure

MOST_COLLECTIONS = 20


class Checking(msgspec.Struct, frozen=True):
    """What checking came to: seconds, megabytes at most, submissions read and problems told."""

    seconds: float
    megabytes: float
    read: int
    problems: int


def figures(settings: Settings) -> Iterator[Figure]:
    """Submissions a second, and the most memory, in a process of its own."""
    submissions = int(settings.choose(10_000, 1_000))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "submissions.ndjson"
        collections = _write(path, submissions)
        command = [sys.executable, "-m", "tests.bench.submissions", str(path)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        megabytes = path.stat().st_size / 1e6
    found = msgspec.json.decode(done.stdout, type=Checking)
    assert found.read == submissions
    what = f"checking {submissions:,} submissions (up to {MOST_COLLECTIONS} collections each)"
    detail = (
        f"{found.seconds:.1f} s; {collections:,} collections, {megabytes:.0f} MB of JSON, {found.problems:,} problems"
    )
    yield Figure(what=what, measured=submissions / found.seconds, unit="submissions/s", detail=detail)
    yield Figure(what=f"{what}: greatest memory", measured=found.megabytes, unit="MB")


def _write(path: Path, submissions: int) -> int:
    """Synthetic submissions that say all a quarter can be asked for. Returns how many collections they have."""
    chance, count = random.Random(1), 0
    with path.open("wb") as file:
        for number in range(submissions):
            collections = [_collection(chance, place) for place in range(chance.randint(1, MOST_COLLECTIONS))]
            file.write(msgspec.json.encode(_submission(number, collections)) + b"\n")
            count += len(collections)
    return count


def _submission(number: int, collections: list[Document]) -> Document:
    return a_feedback(service_id=f"service-{number}", customers=10_000_000, collections=collections)


def _collection(chance: random.Random, place: int) -> Document:
    counts = {measure: [chance.randint(10, 900) for _ in range(5)] for measure in STATEMENTS}
    quarter = Period(2026, 1)
    return a_collection(
        collection_id=f"collection-{place:02}",
        collected_from=quarter.first_day.isoformat(),
        collected_to=quarter.last_day.isoformat(),
        respondents=max(map(sum, counts.values())),
        customers_at_point=400_000,
        offered=100_000,
        measures=[a_measure(measure, counts[measure]) for measure in STATEMENTS],
    )


def _check(path: Path) -> Checking:
    inputs, matches = opened([path], INVENTORY, None, "feedback", None)
    began = time.perf_counter()
    report = preview(Plan(INVENTORY, None, TODAY, matches), inputs)
    seconds = time.perf_counter() - began
    return Checking(seconds, peak(), report.counts["read"], len(report.problems))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(msgspec.to_builtins(_check(Path(sys.argv[1])))))
