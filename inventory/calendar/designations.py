"""Designations, and the time from which their duties apply (§280.13 to .16)."""

from inventory.calendar.fiscal import Period
from inventory.codes import DesignationState
from inventory.records.registry import Document

THIS_EDITION = 2022
"""The fiscal year of this edition's printed dates. The duty to report is checked from that year on."""
LAST_START = Period(2023, 1)
LAST_LIMITED_YEAR = 2022
"""A provider first designated up to that year starts to report no later than `LAST_START` (§280.16)."""


def in_force(state: str, designation: Document) -> bool:
    """Return whether a designation in that state covers anything.

    An ended one covers quarters up to the one it names.
    """
    return state == DesignationState.CURRENT or (
        state == DesignationState.ENDED and designation.get("ended_after") is not None
    )


def lasts(state: str, designation: Document, quarter: int) -> bool:
    """Return whether a designation holds in a quarter of its fiscal year, even if its feedback starts later."""
    last = designation.get("ended_after")
    return in_force(state, designation) and (not isinstance(last, int) or quarter <= last)


def covers(state: str, designation: Document, quarter: int) -> bool:
    """Return whether feedback on a quarter of its fiscal year is due under a designation in that state."""
    first = designation.get("first_quarter")
    return (not isinstance(first, int) or first <= quarter) and lasts(state, designation, quarter)
