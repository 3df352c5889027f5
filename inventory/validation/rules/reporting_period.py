"""Rules of a quarter's time: its service is designated, it is over, and it is due by a date (§280.14, .16)."""

import datetime
from collections.abc import Iterator

from inventory.calendar.designations import LAST_LIMITED_YEAR, LAST_START, THIS_EDITION, covers, in_force
from inventory.calendar.due_dates import due_for
from inventory.calendar.fiscal import QUARTERS, Period, due, period
from inventory.codes import MeasurementPoint, Obligation, Origin
from inventory.problems import ERROR, WARNING
from inventory.records import DueDate, Feedback, FeedbackCollection, Provider
from inventory.validation.rules.rule import Breach, Context, rule

QUARTER = ("fiscal_year", "quarter")
DESIGNATED = ("provider_id", "service_id", *QUARTER)


@rule("not-designated", of=Feedback, severity=ERROR, clause="280.14", since=THIS_EDITION, reads=DESIGNATED)
def not_designated(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Feedback is reported on services that OMB and the provider designated for that quarter."""
    named = _designation_id(feedback)
    known = context.find("designation", named)
    document = context.read("designation", named) if known is not None else None
    if known is None or not in_force(known.state, document or {}):
        state = "is not designated" if known is None else f"has a designation that is {known.state}, not current,"
        message = f"{feedback.service_id} {state} for {feedback.provider_id} in fiscal year {feedback.fiscal_year}"
    elif document is not None and not covers(known.state, document, feedback.quarter):
        message = f"The designation of {feedback.service_id} does not cover quarter {feedback.quarter}"
    else:
        return
    expected = f"a current designation {named} that covers quarter {feedback.quarter}"
    yield Breach("/service_id", value=feedback.service_id, message=message, expected=expected)


@rule(
    "outside-quarter",
    of=Feedback,
    severity=ERROR,
    clause="280.16",
    each=("collections",),
    reads=(*QUARTER, "collections.collected_from", "collections.collected_to", "collections.measurement_point"),
)
def outside_quarter(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Feedback is reported for the quarter in which it was gathered; journeys and relationships may reach beyond it."""
    quarter = _period(feedback)
    first, last = quarter.first_day, quarter.last_day
    for at, collection in enumerate(feedback.collections):
        for name, day in (("collected_from", collection.collected_from), ("collected_to", collection.collected_to)):
            if day is not None and not first <= day <= last:
                yield Breach(
                    f"/collections/{at}/{name}",
                    value=day.isoformat(),
                    message=f"{day} is not in {quarter}",
                    expected=f"a day from {first} to {last}",
                    severity=WARNING if _reaches_beyond(collection) else None,
                )


@rule(
    "dates-reversed",
    of=Feedback,
    severity=ERROR,
    clause="280.16",
    each=("collections",),
    reads=("collections.collected_from", "collections.collected_to"),
)
def dates_reversed(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """Gathering begins no later than it ends."""
    for at, collection in enumerate(feedback.collections):
        first, last = collection.collected_from, collection.collected_to
        if first is not None and last is not None and first > last:
            pointer, expected = f"/collections/{at}/collected_to", f"a day on or after {first}"
            yield Breach(pointer, value=last.isoformat(), expected=expected)


@rule("quarter-open", of=Feedback, severity=ERROR, clause="280.16", reads=QUARTER)
def quarter_open(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A quarter is submitted once it is over."""
    quarter = _period(feedback)
    if context.today <= quarter.last_day:
        message = f"{quarter} ends on {quarter.last_day}: until then it can be saved as a draft, not submitted"
        expected = f"submission on or after {quarter.next.first_day}"
        yield Breach("/quarter", value=feedback.quarter, message=message, expected=expected)


@rule("late", of=Feedback, severity=WARNING, clause="280.16", since=THIS_EDITION, reads=(*DESIGNATED, "origin"))
def late(feedback: Feedback, context: Context) -> Iterator[Breach]:
    """A quarter is first submitted by its due date. What was public before is never late."""
    quarter = _period(feedback)
    if context.today <= quarter.last_day or feedback.origin == Origin.HISTORICAL:
        return
    due = due_for(quarter.fiscal_year, quarter.obligation, context.find, context.read)
    # Without a readable designation, acts are unknown or nothing is due.
    if context.today <= due.on or context.read("designation", _designation_id(feedback)) is None:
        return
    record_id = f"{feedback.provider_id}/{feedback.service_id}/{quarter}"
    submitted = context.first_act("feedback", record_id, "submit") or context.today
    days = (submitted - due.on).days
    if days > 0 and not _was_public(record_id, context):
        lateness = f"this is {days} {'day' if days == 1 else 'days'} late"
        message = f"Feedback on {quarter} was due on {due.on} ({due.source}); {lateness}"
        yield Breach("/quarter", value=feedback.quarter, message=message, expected=f"first submission by {due.on}")


@rule(
    "target-date-missing",
    of=Provider,
    severity=WARNING,
    clause="280.16",
    reads=("provider_id", "active", "first_designated_fy", "reporting_starts"),
)
def target_date_missing(provider: Provider, context: Context) -> Iterator[Breach]:
    """A provider that does not report yet names the quarter in which it starts, within the limit that OMB sets."""
    if not provider.active:
        return
    starts = period(provider.reporting_starts) if provider.reporting_starts is not None else None
    if provider.reporting_starts is None:
        if context.any_below("feedback", provider.provider_id) is False:
            message = "There is no feedback of this provider yet, and it does not say when its reporting starts"
            yield Breach("/reporting_starts", message=message, expected="a fiscal year and quarter, such as 2026-Q1")
    elif starts is not None and starts > LAST_START and _is_limited(provider):
        message = f"A provider first designated up to fiscal year {LAST_LIMITED_YEAR} starts no later than {LAST_START}"
        expected = f"{LAST_START} or before"
        yield Breach("/reporting_starts", value=provider.reporting_starts, message=message, expected=expected)


def _period(feedback: Feedback) -> Period:
    return Period(feedback.fiscal_year, feedback.quarter)


def _designation_id(feedback: Feedback) -> str:
    return f"{feedback.provider_id}/{feedback.service_id}/{feedback.fiscal_year}"


def _reaches_beyond(collection: FeedbackCollection) -> bool:
    return collection.measurement_point in (MeasurementPoint.JOURNEY, MeasurementPoint.RELATIONSHIP)


def _was_public(record_id: str, context: Context) -> bool:
    if context.existing is not None and context.existing.public_state is not None:
        return True
    return context.first_act("feedback", record_id, "publish") is not None


def _is_limited(provider: Provider) -> bool:
    return provider.first_designated_fy is not None and provider.first_designated_fy <= LAST_LIMITED_YEAR


A_YEAR = datetime.timedelta(days=366)


@rule(
    "due-date-implausible", of=DueDate, severity=ERROR, clause="280.16", reads=("fiscal_year", "obligation", "due_on")
)
def due_date_implausible(due_date: DueDate, context: Context) -> Iterator[Breach]:
    """Feedback is due after its quarter, and nothing more than a year from the day the circular gives."""
    usual = due(due_date.fiscal_year, due_date.obligation).on
    first, last = _earliest(due_date.fiscal_year, due_date.obligation, usual), usual + A_YEAR
    if not first <= due_date.due_on <= last:
        yield Breach("/due_on", value=due_date.due_on.isoformat(), expected=f"a day from {first} to {last}")


def _earliest(fiscal_year: int, obligation: Obligation, usual: datetime.date) -> datetime.date:
    if obligation not in QUARTERS:
        return usual - A_YEAR
    return Period(fiscal_year, 1 + QUARTERS.index(obligation)).next.first_day
