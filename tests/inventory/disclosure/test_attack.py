"""No suppressed number follows from what is public, in random quarters that are restated honestly."""

from collections.abc import Iterable, Iterator
from itertools import chain
from random import Random
from typing import Any

import msgspec
import pytest

from inventory.disclosure import linkage, suppression
from inventory.records.registry import Document
from inventory.scores.pools import Quarterly, pools_of
from tests.inventory.disclosure.attacker import found, small_rows
from tests.inventory.disclosure.restated import Quarter, a_restated_quarter


def published(quarter: Quarter) -> list[Document]:
    """Return the public part of every version, as each was published."""
    public: list[Document] = []
    for version in range(len(quarter.versions)):
        public.append(suppression.suppressed(quarter.document(version), public))
    return public


def leaks(seeds: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Yield what the attacker finds out, with the seed of the quarter."""
    for seed in seeds:
        quarter = a_restated_quarter(Random(seed))
        public = published(quarter)
        yield from ((seed, leak) for leak in chain(found(quarter, public), small_rows(quarter, public)))


def test_no_suppressed_number_can_be_bounded() -> None:
    assert list(leaks(range(200))) == []


def nothing(*_: Any, **__: Any) -> set[Any]:
    return set()


@pytest.mark.parametrize(
    ("module", "name", "weaker"),
    [
        (suppression, "_is_few", lambda count, fewest: count is not None and 0 < count < 3),
        (suppression, "_bad_tables", nothing),
        (suppression, "linked_places", nothing),
        (linkage, "_moved", nothing),
    ],
    ids=["threshold", "tables", "versions", "moves"],
)
def test_without_a_rule_the_attacker_succeeds(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, weaker: Any
) -> None:
    monkeypatch.setattr(module, name, weaker)
    assert next(leaks(range(100)), None)


def test_pools_are_sums_of_published_figures() -> None:
    """What a pool says follows from the public parts, so the attacker need not read it."""
    for seed in range(60):
        for document in published(a_restated_quarter(Random(seed))):
            pools = pools_of(msgspec.convert(document, Quarterly))
            shown = [measure for collection in document["collections"] for measure in collection["measures"]]
            for (name, _), pool in pools.items():
                counts = [m["counts"] for m in shown if m["measure"] == name and any(m.get("counts", ()))]
                assert pool.counts == [sum(points) for points in zip(*counts, strict=True)]
