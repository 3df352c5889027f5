"""What is due from whom: designations, and from when the duties count (§280.13 to .16)."""

from inventory.calendar import Period
from inventory.record_types import Document

THIS_EDITION = 2022
"""The fiscal year for which this edition of the circular prints its dates: the duty to report is told from it on."""
LAST_START = Period(2023, 1)
LAST_LIMITED_YEAR = 2022
"""A provider first designated up to that year starts to report no later than `LAST_START` (§280.16)."""


def covers(designation: Document, quarter: int) -> bool:
    """Whether a designation covers a quarter of its fiscal year."""
    first, last = designation.get("first_quarter"), designation.get("ended_after")
    begun = not isinstance(first, int) or first <= quarter
    return begun and (not isinstance(last, int) or quarter <= last)
