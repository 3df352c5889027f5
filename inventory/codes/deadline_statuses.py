"""Statuses of obligations on a day. They are derived from the calendar and the ledger, and never stored."""

from inventory.codes.code import Code, code_list
from inventory.codes.service import OURS


@code_list("status", source=OURS)
class Status(Code):
    """How something that falls due stands on the day of asking."""

    NOT_DUE = "not_due", "not due", "The quarter has not ended, or the fiscal year has not begun."
    DUE = "due", "due", "It can be done now, and there is time left."
    ON_TIME = "on_time", "on time", "It first came by the day it was due."
    LATE = "late", "late", "It first came after the day it was due."
    PARTIAL = "partial", "partial", "It came with gaps that it names; of designations, only one was made."
    DONE = "done", "done", "It is there, and on which day it first came is not known here."
    MISSING = "missing", "missing", "The day has passed, and nothing came."
    NOT_PUBLISHED = (
        "not_published",
        "not published",
        "The day has passed, and nothing is public: it is missing, or still with the provider or OMB.",
    )
    NOT_REPORTED = "not_reported", "not reported", "There is no feedback, and the provider said why."
    WITHDRAWN = "withdrawn", "withdrawn", "It was published, and OMB took it back."
    NOT_YET_REPORTING = "not_yet_reporting", "not yet reporting", "Reporting starts later."
    NOT_TRACKED = (
        "not_tracked",
        "past due, not tracked here",
        "The day has passed; this inventory keeps no such record.",
    )
