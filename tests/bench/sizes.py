"""Load, publication and release of many services: seconds and memory, each step in a process of its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure, Settings
from tests.stress.scenarios.sizes import Measured, in_own_process

STEPS = ("make", "load", "publish", "release-without-parquet", "release")
REACHES = {"load": 1_000.0, "release-without-parquet": 100.0}  # MB
SMALLEST_REACH = {"load": 100_000, "release-without-parquet": 10_000}  # at that many services


def figures(settings: Settings) -> Iterator[Figure]:
    """Ten times as many services may take about ten times as long, and little more memory."""
    sizes = (1_000, 10_000) if settings.quick else (10_000, 100_000)
    found = {services: _measured(services, certify=services == 10_000) for services in sizes}
    for services, steps in found.items():
        for measured in steps.values():
            yield _memory(services, measured)
    for step in STEPS[1:]:
        few, many = (found[services][step].seconds for services in sizes)
        what = f"{step} of {sizes[1]:,} services against {sizes[0]:,}: growth of seconds (10 is linear)"
        linear = 15.0 if step.startswith("release") and not settings.quick else None
        yield Figure(what=what, measured=many / few, reach=linear, at_most=True, detail=f"{few:.1f} s, {many:.1f} s")


def _measured(services: int, certify: bool) -> dict[str, Measured]:
    with tempfile.TemporaryDirectory() as folder:
        steps = (*STEPS, "certify") if certify else STEPS
        return {step: in_own_process(step, Path(folder), services) for step in steps}


def _memory(services: int, measured: Measured) -> Figure:
    step = measured.step
    return Figure(
        what=f"{step} of {services:,} services: greatest memory",
        measured=measured.megabytes,
        unit="MB",
        reach=REACHES[step] if SMALLEST_REACH.get(step) == services else None,
        at_most=True,
        detail=f"{measured.seconds:.1f} s; {measured.records:,} records",
    )
