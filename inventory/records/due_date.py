"""Due dates that OMB sets in place of those the circular's rule gives (§280.14, .16)."""

import datetime
from typing import Annotated

from inventory.codes import Obligation
from inventory.schema.fields import Part, about
from inventory.schema.scalars import FiscalYear, Prose


class DueDate(Part, frozen=True, kw_only=True):
    """The day by which something is due, set by OMB."""

    fiscal_year: Annotated[FiscalYear, about("Fiscal year", "The fiscal year it belongs to.", key=True)]
    obligation: Annotated[Obligation, about("Obligation", "What falls due.", key=True, clause="280.16")]
    due_on: Annotated[datetime.date, about("Due on", "The last day that counts as on time.", clause="280.16")]
    reason: Annotated[Prose | None, about("Reason", "Why OMB set it.", clause="280.16", needed_to_publish=True)] = None
