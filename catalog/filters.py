"""What lists can be narrowed by: each filter with the fields it reads. A new filter is one line here."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from inventory.calendar.fiscal import Period
from inventory.codes import Channel
from inventory.records.registry import RecordType
from inventory.schema.fields import walk


class Filter(Struct, frozen=True):
    """A filter: its name, and the dotted paths of the fields of which one must say what is asked for."""

    name: str
    paths: tuple[str, ...]

    def codes(self, kind: RecordType) -> list[str]:
        """The codes it chooses from; none where any text may be asked for."""
        fields = {".".join(path): field for path, field in walk(kind.shape)}
        return [str(code) for code in fields[self.paths[0]].codes or ()]


class Condition(Struct, frozen=True):
    """One of the paths holds one of the values; `absent`: none does."""

    paths: tuple[str, ...]
    values: tuple[str, ...]
    absent: bool = False


Filters = Mapping[str, tuple[Filter, ...]]

FILTERS: Filters = {
    "service": (
        Filter("service_type", ("service_type", "other_service_types")),
        Filter("channel", ("channels.channel",)),
        Filter("life_event", ("occasion.life_event",)),
    ),
    "feedback": (
        Filter("provider", ("provider_id",)),
        Filter("service", ("service_id",)),
        Filter("fiscal_year", ("fiscal_year",)),
        Filter("quarter", ("quarter",)),
    ),
}
"""The filters of each record type that is searched."""
WORDED = frozenset({"service"})
"""The record types that are searched by words, too."""


def digital(wanted: bool) -> Condition:
    """Services that have a digital channel, or that have none."""
    channels = FILTERS["service"][1].paths
    return Condition(channels, tuple(str(channel) for channel in Channel if channel.is_digital), absent=not wanted)


def spanning(quarters: Sequence[Period]) -> tuple[Condition, ...]:
    """Feedback of these quarters, which are those of one fiscal year."""
    years = tuple(sorted({str(quarter.fiscal_year) for quarter in quarters}))
    numbers = tuple(str(quarter.quarter) for quarter in quarters)
    return Condition(("fiscal_year",), years), Condition(("quarter",), numbers)


def read_paths(filters: Filters) -> dict[str, frozenset[str]]:
    """The paths that are read, by record type."""
    return {name: frozenset(path for known in those for path in known.paths) for name, those in filters.items()}
