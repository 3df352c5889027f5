"""How often something may be done: so many times a minute, at once or spread over it."""

import math
from collections import OrderedDict

from msgspec import Struct

MINUTE = 60
ROUNDING = 1e-6
MOST_NAMES = 20_000
"""How many names are remembered: who has been quiet for longest is forgotten first."""


class Allowance(Struct, frozen=True):
    """What is left: of how many a minute, how many at once, and in how many seconds all, and one more."""

    allowed: bool
    limit: int
    remaining: int
    reset: int
    retry_after: int

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """It as headers of an answer."""
        return [
            (b"ratelimit-limit", b"%d" % self.limit),
            (b"ratelimit-remaining", b"%d" % self.remaining),
            (b"ratelimit-reset", b"%d" % self.reset),
        ]


class Rate:
    """A bucket for each name, which holds a minute's worth and fills evenly. One that allows 0 a minute counts nothing.

    It lives in this process: each process counts for itself.
    """

    def __init__(self, a_minute: int, most_names: int = MOST_NAMES) -> None:
        self._a_minute, self._most_names = a_minute, most_names
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, at: float) -> Allowance | None:
        """Take one, where there is one. at: seconds by a clock that never goes back. None where nothing is counted."""
        if not self._a_minute:
            return None
        left = self._now(name, at)
        allowed = left >= 1 - ROUNDING
        left = max(0.0, left - allowed)
        self._keep(name, left, at)
        missing = self._a_minute - left
        return Allowance(
            allowed,
            self._a_minute,
            int(left),
            math.ceil(missing * MINUTE / self._a_minute),
            max(1, math.ceil((1 - left) * MINUTE / self._a_minute)),
        )

    def give_back(self, name: str, at: float) -> None:
        """Undo a taking."""
        if self._a_minute:
            self._keep(name, min(self._a_minute, self._now(name, at) + 1), at)

    def _now(self, name: str, at: float) -> float:
        left, before = self._left.get(name) or (float(self._a_minute), at)
        return min(self._a_minute, left + (at - before) * self._a_minute / MINUTE)

    def _keep(self, name: str, left: float, at: float) -> None:
        self._left[name] = (left, at)
        self._left.move_to_end(name)
        if len(self._left) > self._most_names:
            self._left.popitem(last=False)
