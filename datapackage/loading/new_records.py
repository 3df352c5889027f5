"""Inputs of records that the store does not have yet."""

from collections.abc import Iterator
from itertools import islice

from datapackage.formats.located import Input, Located
from datapackage.loading.lookup import record_key
from inventory.ledger.heads import PAGE
from inventory.ledger.store import Store
from inventory.records.registry import Model


class Newcomers(Input):
    """An input without the records that the store has, in any state."""

    def __init__(self, inputs: Input, store: Store) -> None:
        self._inputs, self._store = inputs, store

    def __iter__(self) -> Iterator[Located]:
        located = iter(self._inputs)
        while batch := list(islice(located, PAGE)):
            keys = [record_key(self._store.model, one) for one in batch]
            held = {
                (name, record_id)
                for name in {key[0] for key in keys if key}
                for record_id in self._store.heads(name, [key[1] for key in keys if key and key[0] == name])
            }
            yield from (one for one, key in zip(batch, keys, strict=True) if key not in held)


def known(inputs: Input, model: Model) -> Iterator[tuple[str, str]]:
    """Yield type and id of every record in an input."""
    return (key for located in inputs if (key := record_key(model, located)) is not None)
