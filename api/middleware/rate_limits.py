"""How often who may ask: the public by address, holders by key, and who tries keys that open nothing, seldom."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from api.contract.errors import TooMany
from api.middleware.request_context import Visit
from api.middleware.token_bucket import MOST_NAMES, Allowance, Rate
from api.server.client_address import counted_as
from inventory.access.api_keys import Key

UNPROVEN = "requests with keys that open nothing, or were not used before,"


def too_many(allowance: Allowance, counted: str) -> TooMany:
    """Return the error that names the limit and the seconds to wait. counted: what it limits, in words."""
    limit, wait = allowance.limit, allowance.retry_after
    return TooMany(f"At most {limit:,} {counted} a minute are answered; ask again in {wait} s", wait)


class Limits:
    """The rates of this process. A rate of 0 is none."""

    def __init__(
        self, *, per_address: int, per_key: int, failed_keys: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._addresses, self._keys, self._failures = Rate(per_address), Rate(per_key), Rate(failed_keys)
        self._clock = clock
        # Whose keys were good before are not kept out by others who guess from the same address.
        self._proven: OrderedDict[bytes, Key] = OrderedDict()

    def arrive(self, visit: Visit, key_text: str | None) -> None:
        """Count a request. A key that is not known yet counts as one that failed, until it is judged."""
        at = self._clock()
        if key_text is None:
            visit.allowance = self._addresses.take(counted_as(visit.address), at)
            return
        visit.text_digest = hashlib.sha256(key_text.encode()).digest()
        visit.key = self._proven.get(visit.text_digest)
        if visit.key is not None:
            visit.allowance = self._keys.take(visit.key.key_id, at)
        else:
            visit.allowance = self._failures.take(counted_as(visit.address), at)
            visit.counted = UNPROVEN

    def judge(self, visit: Visit, key: Key | None) -> None:
        """Say whether the key of a request opens anything. Raises TooMany."""
        digest = visit.text_digest
        if digest is None:
            return
        if key is None:
            self._proven.pop(digest, None)
            return
        if digest not in self._proven:
            self._failures.give_back(counted_as(visit.address), self._clock())
            visit.allowance, visit.counted = self._keys.take(key.key_id, self._clock()), "requests"
        self._proven[digest] = key
        self._proven.move_to_end(digest)
        if len(self._proven) > MOST_NAMES:
            self._proven.popitem(last=False)
        if visit.allowance is not None and not visit.allowance.allowed:
            raise too_many(visit.allowance, visit.counted)
