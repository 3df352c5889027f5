"""What an import does: it loads what was sent as `psi load` does, by what its holder may."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from api.outcomes import Imported
from datapackage.inputs import opened
from datapackage.loading import load, preview
from datapackage.planning import Plan
from datapackage.reports import Report
from inventory.calendar import washington_day
from inventory.lifecycle import Actor
from inventory.publishing import Publishing, publish_heads, waiting
from inventory.store import Store
from inventory.writing import Clock

Tell = Callable[[str, int], None]


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be done with what is sent."""

    record_type: str | None
    dry_run: bool
    publish: bool


def carry_out(store: Store, now: Clock, actor: Actor, path: Path, wanted: Wanted, tell: Tell) -> Imported:
    """Load a file, or try it out. Raises Unreadable, Conflict, NotAllowed; then nothing is kept."""
    inputs, _ = opened([path], store.model, store, wanted.record_type, None)
    plan = Plan(store.model, store, washington_day(now()), progress=tell, actor=actor)
    if wanted.dry_run:
        return _told(preview(plan, inputs), None)
    report, published = load(store, plan, inputs, actor, now), None
    if wanted.publish:
        tell("publishing", 0)
        published = publish_heads(store, actor, now, waiting(store, plan.kept()))
    return _told(report, published)


def _told(report: Report, published: Publishing | None) -> Imported:
    return Imported(
        counts=report.counts,
        untold=report.untold,
        changes=report.changes,
        problem_counts=report.problem_counts,
        problems=report.problems,
        rejected=report.rejected,
        published=None if published is None else len(published.receipts),
        kept_back=[] if published is None else published.problems,
    )
