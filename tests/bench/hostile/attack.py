"""A server over the sample while strangers send it what nobody means well: memory, /health, and what was restarted."""

import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from msgspec import Struct

from inventory.access.api_keys import Wanted, issue
from inventory.ledger.store import Store
from inventory.records.lifecycle import Role
from inventory.records.registry import INVENTORY
from inventory.storage.engines import create_tables, open_engine
from tests.bench.figures import Figure, Settings
from tests.bench.hostile.corpus import CORPUS, Item
from tests.bench.hostile.sending import Answer, sent
from tests.bench.hostile.watch import Watch, Watched
from tests.conftest import OPERATOR, now, publish_sample
from tests.support.processes import UNLIMITED, Server
from tests.support.quarters import a_quarter, publish_quarters
from tests.support.sites import release_uncertified

MOST_SECONDS, QUICK_SECONDS = 300.0, 28.0
NAMED = 6  # items that a row names


class Outcome(Struct, frozen=True):
    """What an attack came to."""

    item: Item
    answers: list[Answer]
    watched: Watched

    @property
    def held(self) -> bool:
        """Whether all that must hold did."""
        return not self.watched.killed and all(
            self.item.holds(one.status, one.size) and not one.leaked for one in self.answers
        )


def figures(settings: Settings) -> Iterator[Figure]:
    """Send the corpus, or its quick part, and say what became of the server."""
    items = in_turns(item for item in CORPUS if item.quick or not settings.quick)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        key = prepared(home)
        server = Server(home, **UNLIMITED, PSI_FAILED_KEYS="0", PSI_LOG_LEVEL="error")
        server.start()
        try:
            with Watch(server) as watch:
                outcomes = list(attacked(items, server, watch, key, settings.choose(MOST_SECONDS, QUICK_SECONDS)))
                yield from _of_server(watch, outcomes)
        finally:
            server.stop()
    yield from _of_kinds(outcomes)
    yield Figure(
        what="hostile corpus: attacks sent",
        measured=len(outcomes),
        unit=f"of {len(items)}",
        detail="the others had no time" if len(outcomes) < len(items) else "",
    )


def in_turns(items: Iterable[Item]) -> list[Item]:
    """The attacks, one of every kind after another: where time ends, something of every kind was sent."""
    numbers: Counter[str] = Counter()
    ranked = []
    for item in items:
        ranked.append((numbers[item.kind], item))
        numbers[item.kind] += 1
    return [item for _, item in sorted(ranked, key=itemgetter(0))]


def prepared(home: Path) -> str:
    """The sample with published quarters and a release in a home. Returns the key of an editor."""
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    publish_sample(store)
    publish_quarters(store, a_quarter("2026-Q1"), a_quarter("2026-Q2"))
    release_uncertified(store, home)
    key = issue(store, OPERATOR, now, Wanted(holder="a stranger", role=Role.EDITOR, organization_id="dos"))
    engine.dispose()
    return key.secret


def attacked(items: Sequence[Item], server: Server, watch: Watch, key: str, seconds: float) -> Iterator[Outcome]:
    """Send every attack, one after another, as long as there is time."""
    port, end = int(server.address.rpartition(":")[2]), time.monotonic() + seconds
    for item in items:
        if time.monotonic() > end:
            return
        watch.begin(item.name)
        answers = sent(item, port, key)
        yield Outcome(item, answers, watch.end())


def _of_server(watch: Watch, outcomes: Sequence[Outcome]) -> Iterator[Figure]:
    times = sorted(watch.times) or [0.0]
    p99 = times[int(0.99 * (len(times) - 1))]
    slowest = max(outcomes, key=lambda one: one.watched.slowest)
    yield Figure(
        what="hostile corpus: /health, p99",
        measured=p99,
        unit="s",
        reach=0.25,
        at_most=True,
        detail=f"p50 {statistics.median(times):.3f}, max {times[-1]:.2f} s ({slowest.item.kind}: {slowest.item.name}); "
        f"{len(times):,} questions, {watch.unanswered:,} unanswered",
    )
    largest, grown = max(outcomes, key=lambda one: one.watched.peak), max(outcomes, key=lambda one: one.watched.growth)
    yield _memory("the main process", largest, largest.watched.peak, 600)
    yield _memory("the main process, growth by one attack", grown, grown.watched.growth, 200)
    other = max(outcomes, key=lambda one: one.watched.other)
    yield _memory("Datasette's own process", other, other.watched.other, None)
    changed = [one for one in outcomes if one.watched.restarted]
    yield Figure(
        what="hostile corpus: attacks after which a process was another",
        measured=len(changed),
        unit="attacks",
        detail=_names(changed),
    )
    killed = [one for one in outcomes if one.watched.killed]
    yield Figure(
        what="hostile corpus: attacks at which the server died or had to be killed",
        measured=len(killed),
        unit="attacks",
        reach=0,
        at_most=True,
        detail=_names(killed),
    )


def _memory(what: str, at: Outcome, measured: float, reach: float | None) -> Figure:
    detail = f"{at.item.kind}: {at.item.name}" if measured else "there is none"
    return Figure(
        what=f"hostile corpus: memory of {what}", measured=measured, unit="MB", reach=reach, at_most=True, detail=detail
    )


def _of_kinds(outcomes: Sequence[Outcome]) -> Iterator[Figure]:
    for kind in dict.fromkeys(one.item.kind for one in outcomes):
        mine = [one for one in outcomes if one.item.kind == kind]
        statuses = Counter(str(answer.status or "none") for one in mine for answer in one.answers)
        failed = [one for one in mine if not one.held]
        told = ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))
        yield Figure(
            what=f"hostile corpus: {kind}, attacks that broke something ({len(mine)} sent)",
            measured=len(failed),
            unit="attacks",
            reach=0,
            at_most=True,
            detail="; ".join(part for part in (told, _names(failed)) if part),
        )


def _names(outcomes: Sequence[Outcome]) -> str:
    more = f" and {len(outcomes) - NAMED} more" if len(outcomes) > NAMED else ""
    return ", ".join(one.item.name for one in outcomes[:NAMED]) + more
