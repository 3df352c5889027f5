"""What the rules may know of other records while an input is checked: the store, and the rest of the input."""

from collections.abc import Iterable
from typing import Any

from datapackage.readers import Located
from inventory.record_types import Model
from inventory.rules import Known
from inventory.store import Store


class Lookup:
    """Finds records in the store first, then in the input. Without a store, what the input does not hold is assumed."""

    def __init__(self, model: Model, store: Store | None) -> None:
        self._model, self._store = model, store
        self._stored: dict[tuple[str, str], Known | None] = {}
        self._coming: dict[tuple[str, str], Known] = {}

    def expect(self, inputs: Iterable[Located]) -> set[str]:
        """Read through the inputs once, to know what they hold. Returns the names of the kinds of record in them."""
        kinds = set()
        for located in inputs:
            kinds.add(located.record_type)
            key = record_key(self._model, located)
            if key is not None:
                raw: dict[str, Any] = located.raw
                owner, parent = raw.get("organization_id"), raw.get("parent_id")
                state = "proposed" if located.proposed else "current"
                known = Known(
                    state, owner if isinstance(owner, str) else "", parent if isinstance(parent, str) else None
                )
                self._coming.setdefault(key, known)
        return kinds

    def prepare(self, record_type: str, record_ids: list[str]) -> None:
        """Look these up in one go."""
        if self._store is None:
            return
        new = [i for i in record_ids if (record_type, i) not in self._stored]
        heads = self._store.heads(record_type, new) if new else {}
        for record_id in new:
            head = heads.get(record_id)
            known = Known(head.state, head.organization_id, head.parent_id) if head else None
            self._stored[record_type, record_id] = known

    def find(self, record_type: str, record_id: str) -> Known | None:
        """The rules' view (see `inventory.rules.Find`)."""
        self.prepare(record_type, [record_id])
        known = self._stored.get((record_type, record_id)) or self._coming.get((record_type, record_id))
        if known is None and self._store is None:
            return Known("current")
        return known


def record_key(model: Model, located: Located) -> tuple[str, str] | None:
    """Type and id of a raw input; None where it does not say."""
    raw = located.raw
    if not isinstance(raw, dict) or located.record_type not in model:
        return None
    try:
        return located.record_type, model[located.record_type].record_id(raw)
    except KeyError:
        return None
