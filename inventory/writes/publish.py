"""Publication: records without errors become public, and the problems of all others are returned."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice

from msgspec import Struct

from inventory.calendar.fiscal import Clock
from inventory.ledger.heads import FEW, PAGE, Head, read_heads
from inventory.ledger.store import Store
from inventory.problems import Problem, errors
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import Model
from inventory.writes.change import Change, Receipt
from inventory.writes.writer import Writer, transaction

PUBLISH = "publish"


class Publishing(Struct, kw_only=True):
    """The outcome of publishing: receipts of published records, and errors of the records that were not published.

    kept_back: the number of records not published. most: the maximum number of errors listed; None: all. left_out:
    the number of errors not listed.
    """

    receipts: list[Receipt] = []
    problems: list[Problem] = []
    kept_back: int = 0
    most: int | None = None
    left_out: int = 0

    def keep_back(self, found: list[Problem]) -> None:
        """Add the errors of a record that is not published."""
        room = len(found) if self.most is None else self.most - len(self.problems)
        self.kept_back += 1
        self.problems += found[:room]
        self.left_out += len(found[room:])


def publish(store: Store, actor: Actor, now: Clock, records: Iterable[tuple[str, str]] | None = None) -> Publishing:
    """Publish these records, by type and id, or all that can be published. Raises NotFound, NotAllowed, Conflict."""
    return publish_heads(store, actor, now, waiting(store) if records is None else _heads(store, records))


def publish_heads(store: Store, actor: Actor, now: Clock, chosen: Iterable[Head]) -> Publishing:
    """Publish these records in their current state, one transaction a page. Raises NotFound, NotAllowed, Conflict."""
    done = Publishing()
    for name, heads in groupby(chosen, lambda head: head.record_type):
        while batch := list(islice(heads, PAGE)):
            with transaction(store, actor, now) as writer:
                _publish(writer, name, batch, done)
    return done


def publish_within(
    writer: Writer,
    role: Role,
    records: Iterable[tuple[str, str]],
    most: int | None = None,
    go_on: Callable[[], None] = lambda: None,
) -> Publishing:
    """Publish those of these records, by type and id, that this role may publish, in the writer's transaction.

    Other records stay as they are, for example when an agency's file repeats an accepted quarter. most: the maximum
    number of errors listed. go_on: a function called between groups of records, which may raise an error to stop.
    """
    done = Publishing(most=most)
    for name, chosen in groupby(records, lambda record: record[0]):
        while batch := [record_id for _, record_id in islice(chosen, PAGE)]:
            found = read_heads(writer.connection, name, batch)
            heads = [found[record_id] for record_id in batch if record_id in found]
            _publish(writer, name, [head for head in heads if _waits(writer.model, head, role)], done, go_on)
    return done


def _publish(
    writer: Writer,
    name: str,
    heads: Sequence[Head],
    done: Publishing,
    go_on: Callable[[], None] = lambda: None,
) -> None:
    ready = []
    for start in range(0, len(heads), FEW):
        go_on()
        few = heads[start : start + FEW]
        found = writer.problems(name, {head.record_id: head.version for head in few}, PUBLISH)
        for head in few:
            if blocking := errors(found.get(head.record_id, ())):
                done.keep_back(blocking)
            else:
                ready.append(head)
    done.receipts.extend(writer.append([_publication(head) for head in ready]))


def waiting(store: Store, records: Iterable[tuple[str, str]] | None = None) -> Iterator[Head]:
    """Return the records that can be published next: of these, by type and id, or of all."""
    found = _all_heads(store, store.model) if records is None else _heads(store, records)
    return (head for head in found if _waits(store.model, head))


def _waits(model: Model, head: Head, role: Role = Role.OPERATOR) -> bool:
    action = model[head.record_type].action(PUBLISH)
    return action is not None and head.state in action.from_states and role in action.roles


def _publication(head: Head) -> Change:
    return Change(record_type=head.record_type, record_id=head.record_id, action=PUBLISH, base_version=head.version)


def _heads(store: Store, records: Iterable[tuple[str, str]]) -> Iterator[Head]:
    for name, chosen in groupby(records, lambda record: record[0]):
        while batch := [record_id for _, record_id in islice(chosen, PAGE)]:
            found = store.heads(name, batch)
            yield from (found.get(i, Head(record_type=name, record_id=i)) for i in batch)


def _all_heads(store: Store, names: Iterable[str]) -> Iterator[Head]:
    for name in names:
        after = ""
        while page := store.page(name, after):
            yield from page
            after = page[-1].record_id
