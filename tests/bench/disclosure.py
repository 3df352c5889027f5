"""Disclosure control under attack: random quarters, restated honestly, and integer bounds over all that is public."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from random import Random

from inventory.disclosure.suppression import suppressed
from inventory.records.registry import Document
from tests.bench.figures import Figure, Settings
from tests.inventory.disclosure.attacker import found, small_rows
from tests.inventory.disclosure.restated import a_restated_quarter

PROCESSES, AT_A_TIME = 2, 50


def figures(settings: Settings) -> Iterator[Figure]:
    """Suppressed numbers of which fewer than ten values are left, and how much is suppressed."""
    count = int(settings.choose(10_000, 500))
    began = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES) as pool:
        results = list(pool.map(attack, range(count), chunksize=AT_A_TIME))
    took = time.perf_counter() - began
    small, large, cells = (sum(result[place] for result in results) for place in (1, 2, 3))
    leaking = [seed for seed, result in enumerate(results) if result[0]]
    detail = f"{small:,} figures of fewer than ten in {cells:,}, {large:,} suppressed with them; {took:,.0f} s"
    if leaking:
        detail += f"; seeds {leaking[:5]}"
    yield Figure(
        what=f"quarters of {count:,} of which a suppressed number is bounded",
        measured=len(leaking),
        unit="quarters",
        reach=0,
        at_most=True,
        detail=detail,
    )


def attack(seed: int) -> tuple[int, int, int, int]:
    """Return how much was found out of one quarter, and how many figures are small, suppressed with them, and all."""
    quarter = a_restated_quarter(Random(seed))
    public: list[Document] = []
    small = large = cells = 0
    for version in range(len(quarter.versions)):
        document = quarter.document(version)
        public.append(suppressed(document, public))
        for whole, shown in zip(document["collections"], public[-1]["collections"], strict=True):
            for measure, left in zip(whole["measures"], shown["measures"], strict=True):
                answers = sum(measure["counts"]) if "counts" in measure else whole["respondents"]
                cells += 1
                small += 0 < answers < 10
                large += answers >= 10 and left.get("withheld", False)
    leaks = len(list(found(quarter, public))) + len(list(small_rows(quarter, public)))
    return leaks, small, large, cells
