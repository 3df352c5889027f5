"""Records that an input should list and does not."""

from collections.abc import Callable, Collection, Iterator, Sequence

from datapackage.external.source_ids import SourceMatches
from inventory.ledger.heads import Head
from inventory.ledger.store import Store

Named = Collection[tuple[str, str]]


def absent(
    store: Store,
    owners: Named,
    listed: Named,
    matches: SourceMatches | None,
    is_seen: Callable[[Head], bool],
) -> Iterator[tuple[str, str]]:
    """Yield type and id of records missing from the input, whose owners' records it should list completely.

    owners: types of record with ids of their owners. matches: the match of a source's records; None: all records
    count. is_seen: whether the loader may see a record.
    """
    for name in sorted({name for name, _ in owners}):
        after = ""
        while page := store.page(name, after):
            awaited = [head for head in page if (name, head.organization_id) in owners]
            missing = [head for head in awaited if (name, head.record_id) not in listed and is_seen(head)]
            yield from ((name, record_id) for record_id in _counted(store, name, missing, matches))
            after = page[-1].record_id


def _counted(store: Store, name: str, heads: Sequence[Head], matches: SourceMatches | None) -> list[str]:
    """Return the records that can still be saved and come from the source.

    Documents are read only if there is a source.
    """
    found = [head.record_id for head in heads if head.state in store.model[name].saves.from_states]
    if matches is None or not found:
        return found
    known = store.documents(name, found)
    return [record_id for record_id in found if record_id in known and matches.is_from(known[record_id])]
