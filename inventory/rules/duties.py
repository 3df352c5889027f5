"""What is due from whom, and when: designations and due dates as the records on hand tell them (§280.13 to .16)."""

import datetime

from inventory.calendar import Due, Period, due
from inventory.codes import Obligation
from inventory.record_types import Document
from inventory.rules.rule import Find, Read

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


def due_for(find: Find, read: Read, fiscal_year: int, obligation: Obligation) -> Due:
    """When something falls due, by the date that OMB set where it set one."""

    def set_by_omb(named: str) -> datetime.date | None:
        known = find("due_date", named)
        document = read("due_date", named) if known is not None and known.state == "current" else None
        return _day(document.get("due_on")) if document is not None else None

    return due(fiscal_year, obligation, set_by_omb)


def _day(written: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:  # a faulty document of the same input; its own problems are told there
        return None
