"""The board: quarters of every designated service and yearly dates of every provider, with their status on a day.

Designations, providers and due dates are public. The public sees published feedback; operators see all.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from inventory.calendar.designations import lasts
from inventory.calendar.due_dates import set_by_omb
from inventory.calendar.fiscal import QUARTERS, Due, Override, Period, day_of, due, first_day, period
from inventory.calendar.statuses import FEWEST_DESIGNATIONS, Report, Stands, of_designations, of_quarter, of_untracked
from inventory.codes import DesignationState, DueSource, Obligation, ProviderState, Status
from inventory.ledger.as_of import public_page_at
from inventory.ledger.store import Published, Store
from inventory.records.registry import Document
from inventory.reports.submission_history import days_made, reports_of

SPANS = "A fiscal quarter such as 2026-Q1, or a fiscal year such as 2026"
"""The forms of a span of the board, in words."""


class Span(Struct, frozen=True):
    """The scope of a board: quarters of a fiscal year, and yearly obligations."""

    fiscal_year: int
    quarters: tuple[Period, ...]
    annual: tuple[Obligation, ...]


class Owed(Struct, frozen=True, kw_only=True):
    """An obligation and its status. service_id, period: set for feedback only.

    status: in words; code and days: the same for programs. state: of the record, as far as the caller may know.
    submitted_on: the day in Washington of the first submission.
    """

    provider_id: str
    service_id: str | None = None
    fiscal_year: int
    obligation: Obligation
    period: str | None = None
    due: datetime.date
    source: DueSource
    status: str
    code: Status
    days: int | None = None
    state: str | None = None
    submitted_on: datetime.date | None = None
    note: str | None = None


def span(text: str) -> Span | None:
    """Return the span that a text such as 2026-Q1 or 2026 names: a quarter with its year's designations, or a fiscal
    year.
    """
    if quarter := period(text):
        return Span(quarter.fiscal_year, (quarter,), (Obligation.DESIGNATIONS,))
    if (first := period(f"{text}-Q1")) is None:
        return None
    quarters = tuple(Period(first.fiscal_year, number) for number in (1, 2, 3, 4))
    return Span(first.fiscal_year, quarters, tuple(known for known in Obligation if known not in QUARTERS))


def board(
    store: Store,
    asked: Span,
    today: datetime.date,
    *,
    provider_id: str | None = None,
    upto: int | None = None,
    sees_all: bool = False,
) -> list[Owed]:
    """Return all obligations, provider by provider. upto: the public position to judge by; None: the present one.

    sees_all: include records that are not public, as operators see them, always as of now.
    """
    upto = store.chain().public_seq if upto is None or sees_all else upto
    known = _Known(
        providers={
            item.record_id: (item.state, document)
            for item, document in _public(store, "provider", upto)
            if provider_id in (None, item.record_id)
        },
        override=set_days(store, upto),
        sees_all=sees_all,
    )
    designations = [
        (item, document)
        for item, document in _public(store, "designation", upto)
        if document["fiscal_year"] == asked.fiscal_year and document["provider_id"] in known.providers
    ]
    quarters = _covered(asked, designations)
    reports = reports_of(store, list(quarters), None if sees_all else upto)
    made = days_made(store, [item.record_id for item, _ in designations if item.state == DesignationState.CURRENT])
    since = next((day_of(entry.recorded_at) for entry in store.entries(limit=1)), today)
    owed = [*_feedback(asked, today, known, quarters, reports), *_annual(asked, today, known, made, since)]
    order = list(Obligation)
    return sorted(owed, key=lambda item: (item.provider_id, order.index(item.obligation), item.service_id or ""))


class _Known(Struct, frozen=True):
    """The facts that a whole board needs: providers with their states, days that OMB set, and visibility."""

    providers: Mapping[str, tuple[str, Document]]
    override: Override
    sees_all: bool


def _feedback(
    asked: Span,
    today: datetime.date,
    known: "_Known",
    designations: Mapping[str, tuple[Document, Period]],
    reports: Mapping[str, Report],
) -> Iterator[Owed]:
    for record_id, (designation, quarter) in designations.items():
        provider_id, report = designation["provider_id"], reports.get(record_id)
        day = due(asked.fiscal_year, quarter.obligation, known.override)
        starts = _starts(known.providers[provider_id][1], designation)
        stands = of_quarter(quarter, day.on, today, report, starts, sees_all=known.sees_all)
        yield _owed(
            asked,
            quarter.obligation,
            day,
            stands,
            provider_id=provider_id,
            service_id=designation["service_id"],
            period=str(quarter),
            state=report.state if report else None,
            submitted_on=report.submission if report else None,
        )


def _annual(
    asked: Span,
    today: datetime.date,
    known: "_Known",
    made: Mapping[str, Sequence[datetime.date]],
    since: datetime.date,
) -> Iterator[Owed]:
    opens = first_day(asked.fiscal_year)
    for provider_id, (state, provider) in known.providers.items():
        if state != ProviderState.CURRENT or not provider.get("active", True):
            continue
        for obligation in asked.annual:
            day, mine = due(asked.fiscal_year, obligation, known.override), made.get(provider_id, ())
            designating = obligation is Obligation.DESIGNATIONS
            if provider.get("first_designated_fy", 0) > asked.fiscal_year:
                stands = Stands(Status.NOT_YET_REPORTING)
            elif designating:
                stands = of_designations(opens, day.on, today, mine, since)
            else:
                stands = of_untracked(opens, day.on, today)
            few = designating and len(mine) < FEWEST_DESIGNATIONS
            note = f"{len(mine)} of at least {FEWEST_DESIGNATIONS} designated" if few else None
            yield _owed(asked, obligation, day, stands, provider_id=provider_id, note=note)


def _owed(asked: Span, obligation: Obligation, day: Due, stands: Stands, **facts: Any) -> Owed:
    return Owed(
        fiscal_year=asked.fiscal_year,
        obligation=obligation,
        due=day.on,
        source=day.source,
        status=str(stands),
        code=stands.code,
        days=stands.days,
        **facts,
    )


def _covered(asked: Span, designations: Sequence[tuple[Published, Document]]) -> dict[str, tuple[Document, Period]]:
    """Return the quarters of feedback due under designations, by id.

    An ended one requires none after its last quarter.
    """
    found = {}
    for item, document in designations:
        for quarter in asked.quarters:
            if lasts(item.state, document, quarter.quarter):
                found[f"{item.record_id.rpartition('/')[0]}/{quarter}"] = (document, quarter)
    return found


def _starts(provider: Document, designation: Document) -> Period | None:
    """Return the quarter in which reporting starts: the later one of the provider's and the designation's."""
    first = designation.get("first_quarter")
    named = [
        period(provider.get("reporting_starts", "")),
        Period(designation["fiscal_year"], first) if first else None,
    ]
    return max((quarter for quarter in named if quarter), default=None)


def set_days(store: Store, upto: int | None = None) -> Override:
    """Return the days that OMB set, as public at a position; None: the present one."""
    upto = store.chain().public_seq if upto is None else upto
    found = {item.record_id: (item, document) for item, document in _public(store, "due_date", upto)}
    return set_by_omb(
        lambda record_type, record_id: found[record_id][0] if record_id in found else None,
        lambda record_type, record_id: found[record_id][1],
    )


def _public(store: Store, name: str, upto: int) -> Iterator[tuple[Published, Document]]:
    """Yield the public records of a type at a position, with their documents."""
    after, kind = "", store.model[name]
    while items := public_page_at(store, name, upto, after):
        for item in items:
            yield item, kind.upcast(msgspec.json.decode(item.body), item.schema_version)
        after = items[-1].record_id
