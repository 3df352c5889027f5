"""Loading: a plan carried out in one transaction."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import msgspec

from datapackage.formats.bounds import BATCH_BYTES
from datapackage.formats.located import Input
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from inventory.calendar.fiscal import Clock
from inventory.ledger.heads import PAGE
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor
from inventory.writes.change import Change
from inventory.writes.writer import Writer, transaction

BATCH = PAGE


def load(store: Store, plan: Plan, inputs: Input, actor: Actor, now: Clock) -> Report:
    """Carry out a plan in one transaction, all of it or nothing. Raises Conflict if the store has changed."""
    with spooled(plan, inputs) as changes, transaction(store, actor, now) as writer:
        write(writer, plan, changes)
    return plan.report


@contextmanager
def spooled(plan: Plan, inputs: Input) -> Iterator[Iterator[list[Change]]]:
    """Yield the changes of a plan in batches from a file. All of them are known before the first is written."""
    with tempfile.TemporaryFile() as spool:
        for planned in plan.changes(inputs):
            _spool(spool, planned.change())
        spool.seek(0)
        yield _spooled(spool)


def write(writer: Writer, plan: Plan, changes: Iterator[list[Change]]) -> None:
    """Write the changes of a plan within the writer's transaction. Raises Conflict, NotAllowed."""
    done = 0
    for batch in changes:
        plan.go_on()
        writer.append(batch)
        done += len(batch)
        plan.progress("writing", done)
        batch.clear()


def preview(plan: Plan, inputs: Input) -> Report:
    """Return the report of a load without changing anything."""
    for _ in plan.changes(inputs):
        pass
    return plan.report


def _spool(spool: IO[bytes], change: Change) -> None:
    body = msgspec.msgpack.encode(change)
    spool.write(len(body).to_bytes(4, "big") + body)


def _spooled(spool: IO[bytes]) -> Iterator[list[Change]]:
    batch: list[Change] = []
    size = 0
    while head := spool.read(4):
        body = spool.read(int.from_bytes(head, "big"))
        size += len(body)
        batch.append(msgspec.msgpack.decode(body, type=Change))
        if len(batch) == BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
