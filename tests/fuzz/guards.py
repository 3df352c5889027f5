"""What holds of every input: only our errors, so much time and memory, and problems that say where they are."""

import os
import re
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import msgspec
from hypothesis import HealthCheck, Phase, settings

from datapackage.exports.annotate import annotate
from datapackage.loading.load import preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from inventory.errors import InventoryError
from inventory.problems import Problem
from inventory.records.registry import INVENTORY
from tests.conftest import TODAY

EXAMPLES = int(os.environ.get("PSI_FUZZ_EXAMPLES", "40"))
"""Inputs a test; `make fuzz` asks for 10,000."""
CPU_SECONDS, STUCK_SECONDS = 5.0, 30.0  # of an input of at most a few hundred kilobytes
GROWTH = 200 * 2**20
LONGEST_MESSAGE = 4_000  # bytes
ADDRESS_SPACE = 4 * 2**30
_STATUS, _REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_WITHOUT_PLACE = {"nothing-read"}

examples = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


class Stuck(Exception):
    """An input that is read without end."""


def checked(*paths: Path, record_type: str | None = None, crosswalk: str | None = None) -> Report | None:
    """What `psi check` says of files, within bounds; None where one is refused. Raises AssertionError."""
    with bounded():
        try:
            inputs, matches = opened(paths, INVENTORY, None, record_type, crosswalk)
            report = preview(Plan(INVENTORY, None, TODAY, matches), inputs)
        except InventoryError as refused:
            _short_and_plain(refused)
            return None
        msgspec.json.encode([*report.problems, *report.rejected, *report.changes])
    for problem in report.problems:
        assert has_place(problem, paths), problem
    return report


def annotated(path: Path, report: Report) -> None:
    """Mark the problems in a workbook, within bounds. What is written is a workbook, unless it is refused."""
    out = path.with_name("annotated.xlsx")
    with bounded():
        try:
            annotate(path, report.problems, out)
        except InventoryError as refused:
            _short_and_plain(refused)
            return
    assert checked(out) is not None


@contextmanager
def bounded() -> Iterator[None]:
    """Raise AssertionError where more time or memory is taken than an input is worth."""
    before, began = _forget_peak(), time.process_time()
    with _unstuck():
        yield
    took, grown = time.process_time() - began, _peak() - before
    assert took < CPU_SECONDS, f"{took:.1f} s"
    assert grown < GROWTH, f"{grown / 2**20:.0f} MiB"


@contextmanager
def limited_memory() -> Iterator[None]:
    """A process that takes very much more memory than it has ends, instead of the machine."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_status("VmSize") + ADDRESS_SPACE, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def has_place(problem: Problem, paths: tuple[Path, ...]) -> bool:
    """Whether a problem names its file, and its cell, row or pointer in it."""
    if problem.code in _WITHOUT_PLACE:
        return True
    inside = {path.name for path in paths} | {inner.name for path in paths if path.is_dir() for inner in path.iterdir()}
    if problem.file is None or (problem.row is not None and problem.row < 1):
        return False
    known = problem.file in inside or any(path.suffix == ".zip" for path in paths)
    return known and (problem.row is not None or problem.sheet is not None or problem.file.endswith(".json"))


def _short_and_plain(refused: InventoryError) -> None:
    assert 0 < len(str(refused).strip().encode()) < LONGEST_MESSAGE, str(refused)[:LONGEST_MESSAGE]


@contextmanager
def _unstuck() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Stuck

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, STUCK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _forget_peak() -> int:
    """The memory that the process has now; its peak is counted from here on, where the system can do that."""
    if not _REFS.exists():
        return _peak()
    _REFS.write_text("5")
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM") if _STATUS.exists() else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _status(name: str) -> int:
    found = re.search(rf"^{name}:\s+([0-9]+) kB", _STATUS.read_text("ascii"), re.M)
    assert found is not None
    return int(found[1]) * 1024
