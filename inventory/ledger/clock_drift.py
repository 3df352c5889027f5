"""The newest entry of a ledger and the clock of the machine, compared (docs/decisions/0016)."""

import datetime
from collections.abc import Iterator

from msgspec import Struct
from sqlalchemy import func, select

from inventory.calendar.fiscal import written
from inventory.ledger.store import Store
from inventory.ledger.verify_contents import Fault
from inventory.storage.engines import reading
from inventory.storage.tables import ENTRIES

TOLERANCE = datetime.timedelta(minutes=5)
"""How far apart the clocks of two machines may be before an entry counts as dated in the future."""
A_DAY = datetime.timedelta(days=1)
UNREADABLE = "The time of the newest entry cannot be read"
LOOK_CLOSER = "Run psi ledger verify"
REMEDY = (
    "Set the clock. If the clock is right, a command ran with a wrong one: "
    "nothing is lost, and every entry gets this date until the clock passes it; a backup made before restores the dates"
)


class Drift(Struct, frozen=True):
    """The times of the newest entry and of the clock, in UTC."""

    newest: datetime.datetime
    now: datetime.datetime

    @property
    def is_future(self) -> bool:
        """Whether the newest entry is dated in the future."""
        return self.newest - self.now > TOLERANCE

    @property
    def is_gap(self) -> bool:
        """Whether the clock is more than a day ahead of the newest entry."""
        return self.now - self.newest > A_DAY

    def __str__(self) -> str:
        apart = span(abs(self.now - self.newest))
        order = f"{apart} ahead of" if self.newest > self.now else f"{apart} behind"
        return f"The newest entry is dated {shown(self.newest)}, {order} the clock of this machine ({shown(self.now)})"


def drift(recorded_at: str, now: datetime.datetime) -> Drift | None:
    """Compare the newest entry's time with the clock. Return None for an empty ledger or an unreadable time."""
    newest = moment(recorded_at)
    return None if newest is None else Drift(newest, now)


def moment(recorded_at: str) -> datetime.datetime | None:
    """Return an entry's time in UTC. Return None where it is unreadable or has no zone."""
    try:
        found = datetime.datetime.fromisoformat(recorded_at)
        return None if found.utcoffset() is None else found.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None


def future_faults(store: Store, now: datetime.datetime) -> Iterator[Fault]:
    """Yield one fault that names the entries dated in the future; none where there are none."""
    late = ENTRIES.c.recorded_at > written(now + TOLERANCE)
    columns = func.min(ENTRIES.c.seq), func.max(ENTRIES.c.seq), func.max(ENTRIES.c.recorded_at)
    with reading(store.engine) as connection:
        first, last, recorded_at = connection.execute(select(*columns).where(late)).one()
    if first is not None and (found := drift(recorded_at, now)):
        yield Fault("entries", f"{first}" if first == last else f"{first} to {last}", f"{found}. {REMEDY}")


def shown(moment: datetime.datetime) -> str:
    """Write a moment to the minute, for people."""
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%d %H:%M} UTC"


def span(apart: datetime.timedelta) -> str:
    """Write a length of time in its largest unit: 400 days, 3 hours, 7 minutes."""
    seconds = int(apart.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count:,} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
