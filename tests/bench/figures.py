"""A figure: what was measured, and what is to be reached."""

import statistics
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct


class Figure(Struct, frozen=True, kw_only=True):
    """One row: a measured value in its unit, the reach (None: told, not to be reached) and how it came about."""

    what: str
    measured: float
    unit: str = "times"
    reach: float | None = None
    at_most: bool = False
    detail: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the reach is met; None where there is none."""
        if self.reach is None:
            return None
        return self.measured <= self.reach if self.at_most else self.measured >= self.reach


class Settings(Struct, frozen=True):
    """How much is measured."""

    quick: bool = False

    def choose(self, full: float, quick: float) -> float:
        """The full measure, or the quick one."""
        return quick if self.quick else full


def side_by_side(runs: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of each run, taken in turns, so that what disturbs the machine disturbs all of them."""
    told: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds):
        for name in _turned(list(runs), number):
            told[name].append(runs[name]())
    return {name: statistics.median(values) for name, values in told.items()}


def _turned(names: Sequence[str], by: int) -> list[str]:
    cut = by % len(names)
    return [*names[cut:], *names[:cut]]
