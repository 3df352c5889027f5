"""What an import does: it loads what was sent as `psi load` does, by what its holder may."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from api.contract.answer_bounds import Room
from api.contract.messages import Imported
from datapackage.formats.bounds import Bounds, Sizes
from datapackage.loading.load import preview, spooled, write
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from inventory.calendar.fiscal import Clock, washington_day, written
from inventory.ledger.store import Store
from inventory.problems import MOST_PROBLEMS
from inventory.records.lifecycle import Actor
from inventory.storage.engines import reading
from inventory.writes.idempotency import Answer, Repeatable, keep_answer, kept_answer
from inventory.writes.publish import Publishing, publish_within
from inventory.writes.writer import transaction

Tell = Callable[[str, int], None]


class ImportOptions(Struct, frozen=True, kw_only=True):
    """What is to be done with what is sent, and how far."""

    record_type: str | None
    dry_run: bool
    publish: bool
    bounds: Bounds
    sizes: Sizes


def carry_out(
    store: Store,
    now: Clock,
    actor: Actor,
    path: Path,
    options: ImportOptions,
    repeatable: Repeatable | None,
    tell: Tell,
) -> Answer:
    """Load a file, and publish what it brought if that is wanted, in one transaction with the answer; or try it out.

    What was asked before is given the same answer again, but for a dry run, which writes nothing. Raises Unreadable,
    Conflict, NotAllowed, Reused, Stopped; then nothing is kept.
    """
    bounds = options.bounds
    bounds.go_on()
    if not options.dry_run and repeatable is not None and (kept := _kept(store, repeatable)) is not None:
        return kept
    inputs, _ = opened([path], store.model, store, options.record_type, None, sizes=options.sizes)
    plan = Plan(store.model, store, washington_day(now()), progress=tell, actor=actor, bounds=bounds)
    if options.dry_run:
        return _answer(preview(plan, inputs), None)
    with spooled(plan, inputs) as changes, transaction(store, actor, now) as writer:
        # Who sent the same at the same time may have been here meanwhile.
        if repeatable is not None and (kept := kept_answer(writer.connection, repeatable)) is not None:
            return kept
        write(writer, plan, changes)
        published = None
        if options.publish:
            tell("publishing", 0)
            published = publish_within(writer, actor.role, plan.kept(), MOST_PROBLEMS, bounds.go_on)
        answer = _answer(plan.report, published)
        if repeatable is not None:
            keep_answer(writer.connection, repeatable, answer, written(now()))
        bounds.go_on()
    return answer


def _kept(store: Store, repeatable: Repeatable) -> Answer | None:
    with reading(store.engine) as connection:
        return kept_answer(connection, repeatable)


def _answer(report: Report, published: Publishing | None) -> Answer:
    return Answer(status=200, headers={}, body=msgspec.json.encode(_told(report, published)))


def _told(report: Report, published: Publishing | None) -> Imported:
    room, done = Room(), published or Publishing()
    return Imported(
        counts=report.counts,
        problem_counts=report.problem_counts,
        problems=room.take_problems("problems", report.problems, report.found),
        kept_back=room.take("kept_back", done.problems, len(done.problems) + done.left_out),
        rejected=room.take("rejected", report.rejected, report.rejected.total),
        changes=room.take("changes", report.changes, report.changes.total),
        untold=room.take("untold", report.untold),
        published=None if published is None else len(published.receipts),
        left_out=room.left_out,
    )
