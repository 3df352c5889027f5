"""Publishing: what is complete becomes public; what is not is told with its problems."""

import datetime
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec
from msgspec import Struct

from inventory.checking import check
from inventory.lifecycle import Actor
from inventory.problems import Problem, errors
from inventory.rules import Context, Find, Known
from inventory.store import Head, Store, known_by
from inventory.writing import Change, Clock, Receipt, append

BATCH = 500


class Published(Struct, frozen=True):
    """What publishing did: the receipts of what became public, and the errors that kept the rest back."""

    receipts: list[Receipt]
    problems: list[Problem]

    @property
    def kept_back(self) -> int:
        """How many records stay drafts."""
        return len({problem.record for problem in self.problems})


def publish(
    store: Store, actor: Actor, now: Clock, today: datetime.date, record_ids: Iterable[str] | None = None
) -> Published:
    """Publish these services, or every draft. Raises NotFound, NotAllowed, Conflict."""
    done = Published([], [])
    chosen = iter(_drafts(store)) if record_ids is None else iter([store.head("service", i) for i in record_ids])
    while batch := list(islice(chosen, BATCH)):
        documents = store.documents("service", [head.record_id for head in batch])
        context = Context(today=today, find=_finder(store, batch))
        changes = []
        for head in batch:
            found = (
                check(store.model["service"], documents.get(head.record_id), context).problems if head.version else ()
            )
            blocking = [msgspec.structs.replace(p, record=f"service/{head.record_id}") for p in errors(found)]
            done.problems.extend(blocking)
            if not blocking:
                changes.append(_publication(head))
        done.receipts.extend(append(store, actor, now, *changes))
    return done


def _finder(store: Store, batch: list[Head]) -> Find:
    """Looks each record up once: the services of a batch are known, and many share an organization."""
    known = {("service", head.record_id): known_by(head) for head in batch}

    def find(record_type: str, record_id: str) -> Known | None:
        key = (record_type, record_id)
        if key not in known:
            known[key] = store.find(record_type, record_id)
        return known[key]

    return find


def _publication(head: Head) -> Change:
    return Change(record_type="service", record_id=head.record_id, action="publish", base_version=head.version)


def _drafts(store: Store) -> Iterator[Head]:
    after = ""
    while page := store.page("service", after):
        yield from (head for head in page if head.state == "draft")
        after = page[-1].record_id
