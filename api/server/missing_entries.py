"""Entries that the last verification or the newest release names and the ledger lacks.

Both are files in PSI_HOME, so they outlive a ledger that is lost or replaced by an older copy.
"""

from collections.abc import Iterator

from api.server.last_verification import Verified, last_verified
from api.server.settings import Settings
from api.server.store import restoring
from datapackage.packages.descriptor import facts_of
from datapackage.releases.directory import release_ids, release_number
from inventory.errors import Broken
from inventory.ledger.clock_drift import shown
from inventory.ledger.store import Store
from inventory.ledger.verify_contents import Fault


def missing_entries(settings: Settings, store: Store | None) -> list[Fault]:
    """Compare the ledger with the last verification and the newest release. store: None where there is no ledger."""
    # The ledger is read last: other processes may write, verify and release meanwhile.
    verified, releases = last_verified(settings), release_ids(settings.releases)
    faults = list(_since_verified(verified, store)) if verified else []
    return [*faults, *_since_released(releases[0], store)] if releases else faults


def check_none_missing(settings: Settings, store: Store) -> None:
    """Raise Broken where entries are missing, with what to do."""
    if faults := missing_entries(settings, store):
        raise Broken(f"{'; '.join(fault.what for fault in faults)}. {remedy(settings)}")


def remedy(settings: Settings) -> str:
    """Return what to do about missing entries."""
    return (
        f"{restoring(settings)}. If no backup has these entries, they are lost: "
        "remove verified.json and move the newest releases away to go on without them"
    )


def _since_verified(verified: Verified, store: Store | None) -> Iterator[Fault]:
    if not verified.seq:
        return
    found, day = store.entries(verified.seq - 1, 1) if store else [], shown(verified.at)
    if not found:
        span = _span(store.chain().seq if store else 0, verified.seq)
        yield Fault("entries", span, f"Entries {span} that were verified on {day} are missing")
    elif found[0].link != verified.link:
        what = f"Entry {verified.seq:,} differs from the one verified on {day}: this is another ledger, or was changed"
        yield Fault("entries", f"{verified.seq:,}", what)


def _since_released(release_id: str, store: Store | None) -> Iterator[Fault]:
    number = release_number(release_id)
    found = store.entries_at([number]) if store else []
    if not found:
        span = _span(store.chain().public_seq if store else 0, number)
        yield Fault("entries", f"public {span}", f"Public entries {span} that release {release_id} holds are missing")
    elif facts_of(found[0]).release_id != release_id:
        what = f"Public entry {number:,} is of another day than release {release_id}: this is another ledger"
        yield Fault("entries", f"public {number:,}", what)


def _span(end: int, last: int) -> str:
    first = min(end + 1, last)
    return f"{first:,} to {last:,}" if first < last else f"{last:,}"
