"""A quarter of customer feedback on a designated service (§280.14 to .16)."""

import datetime
from decimal import Decimal
from typing import Annotated

from inventory.codes import (
    Channel,
    Direction,
    Measure,
    MeasurementPoint,
    NotMeasuredReason,
    OfferedBasis,
    Origin,
    Scale,
    Unit,
)
from inventory.schema.fields import Part, about
from inventory.schema.scalars import (
    Count,
    Email,
    FiscalYear,
    Line,
    Place,
    Point,
    Prose,
    Quarter,
    Report,
    Slug,
    Url,
    Word,
)

MOST_POINTS = 11


FIGURE = (
    "one number in the indicator's unit, without separators; a clock time such as 15:32 where the unit is seconds; "
    "of two figures two indicators, and words in the note"
)


class ScoreCounts(Part, frozen=True, kw_only=True):
    """The answers to a question by those who gave one point of an overall score, so that drivers relate to it."""

    overall: Annotated[Measure, about("Overall score", "Satisfaction or trust.", key=True, clause="280.10")]
    point: Annotated[Point, about("Point", "The point of the overall score that they gave.", key=True)]
    counts: Annotated[
        tuple[Count, ...], about("Counts", "How many chose each point, lowest point first.", wide=MOST_POINTS)
    ] = ()


class FeedbackMeasure(Part, frozen=True, kw_only=True):
    """The answers to one question. Not asked is not zero: a question that was not asked has no counts."""

    measure: Annotated[Measure, about("Measure", "What the question measures.", key=True, clause="280.10")]
    scale: Annotated[Scale, about("Scale", "The points it was answered on.", key=True, clause="280.10")]
    question: Annotated[Place, about("Question", "The number of the question in the survey, from 1.", key=True)]
    statement: Annotated[Prose | None, about("Statement", "The wording that was asked.", clause="280.10")] = None
    asked: Annotated[
        bool | None, about("Asked", "Whether it was asked; needs no saying where there are answers.", clause="280.15")
    ] = None
    counts: Annotated[
        tuple[Count, ...],
        about(
            "Counts",
            "How many chose each point, lowest point first; for ticks, those offered it who did not tick and who did.",
            clause="280.15",
            wide=MOST_POINTS,
        ),
    ] = ()
    by_score: Annotated[
        tuple[ScoreCounts, ...],
        about("By score", "The counts by point of the overall score.", clause="280.10", table="feedback_by_score"),
    ] = ()
    withheld: Annotated[
        bool,
        about(
            "Withheld",
            "Set by the inventory: the answers are suppressed, as too few or linked to few.",
        ),
    ] = False
    reported_mean: Annotated[
        Decimal | None, about("Reported mean", "The mean, only where the source has no counts.", clause="280.15")
    ] = None
    note: Annotated[Prose | None, about("Note", "What a reader should know of it.")] = None


class FeedbackCollection(Part, frozen=True, kw_only=True):
    """Feedback gathered at one point of the service through one channel."""

    collection_id: Annotated[Slug, about("Collection id", "Tells it apart within the quarter.", key=True)]
    moment_id: Annotated[
        Slug | None, about("Moment", "The moment of the service's journey, by its id.", clause="280.14")
    ] = None
    transaction_point: Annotated[
        Line | None, about("Transaction point", "Where on the way it was asked, in words.", clause="280.10")
    ] = None
    measurement_point: Annotated[
        MeasurementPoint | None,
        about("Measurement point", "When on the way it was asked.", clause="280.10", needed_to_publish=True),
    ] = None
    channel: Annotated[
        Channel | None, about("Channel", "The channel it was gathered on.", clause="280.10", needed_to_publish=True)
    ] = None
    unit: Annotated[
        Word | None, about("Unit", "Code of the office, so that data sorts by organizational unit.", clause="280.10")
    ] = None
    instrument_id: Annotated[
        Slug | None, about("Instrument", "The survey, where it is on record.", references="instrument")
    ] = None
    survey_title: Annotated[
        Line | None, about("Survey title", "What the survey is called, where it is not on record.")
    ] = None
    omb_control_number: Annotated[
        Word | None,
        about("OMB control number", "Of the clearance, where the survey is not on record.", clause="280.11"),
    ] = None
    federal_register_url: Annotated[
        Url | None, about("Federal Register notice", "Where the collection was announced.", clause="280.11")
    ] = None
    collected_from: Annotated[
        datetime.date | None,
        about("Collected from", "First day of gathering.", clause="280.16", needed_to_publish=True),
    ] = None
    collected_to: Annotated[
        datetime.date | None, about("Collected to", "Last day of gathering.", clause="280.16", needed_to_publish=True)
    ] = None
    customers_at_point: Annotated[
        Count | None, about("Customers at this point", "Customers who came by this point.", clause="280.15")
    ] = None
    offered: Annotated[Count | None, about("Offered", "Customers who were offered the survey.", clause="280.15")] = None
    offered_basis: Annotated[
        OfferedBasis | None, about("Offered basis", "What the number offered counts.", clause="280.15")
    ] = None
    respondents: Annotated[
        Count | None,
        about(
            "Respondents",
            "Customers who answered at least one question; withheld where they are too few.",
            clause="280.15",
            needed_to_publish=True,
        ),
    ] = None
    withheld: Annotated[
        bool, about("Withheld", "Set by the inventory: numbers of people are suppressed, as too few or linked to few.")
    ] = False
    measures: Annotated[
        tuple[FeedbackMeasure, ...],
        about("Measures", "The answers, question by question.", clause="280.15", table="feedback_measures"),
    ] = ()


class Indicator(Part, frozen=True, kw_only=True):
    """A service-level indicator, such as a wait time (§280.10)."""

    name: Annotated[Line, about("Name", "What it tells.", key=True, clause="280.10")]
    value: Annotated[
        Decimal | None,
        about("Value", "The quarter's figure, in its unit.", clause="280.15", form=FIGURE, needed_to_publish=True),
    ] = None
    unit: Annotated[Unit, about("Unit", "What it is counted in.", clause="280.15")]
    direction: Annotated[Direction | None, about("Direction", "Which way it improves.", clause="280.15")] = None
    target: Annotated[
        Decimal | None,
        about("Target", "What it should be, in its unit.", clause="280.15", form=FIGURE),
    ] = None
    note: Annotated[Prose | None, about("Note", "What a reader should know of it.")] = None


class NotMeasured(Part, frozen=True, kw_only=True):
    """A measure that the circular asks for and the quarter does not have, and why."""

    measure: Annotated[Measure, about("Measure", "What is not measured.", key=True, clause="280.10")]
    reason: Annotated[NotMeasuredReason, about("Reason", "Why not.", clause="280.10")]
    note: Annotated[Prose | None, about("Note", "The reason in words.")] = None


class Gap(Part, frozen=True, kw_only=True):
    """What is missing from a partial quarter."""

    reason: Annotated[Prose, about("Reason", "Why it is missing.", clause="280.15")]
    moment_id: Annotated[Slug | None, about("Moment", "The moment without feedback, by its id.")] = None
    channel: Annotated[Channel | None, about("Channel", "The channel without feedback.")] = None
    expected_on: Annotated[datetime.date | None, about("Expected on", "When it will be there.")] = None


class NotReported(Part, frozen=True, kw_only=True):
    """Why a quarter has no feedback at all. It is said, so it is not missing."""

    reason: Annotated[Prose, about("Reason", "Why there is none.", clause="280.16")]
    expected_on: Annotated[datetime.date | None, about("Expected on", "When there will be some.", clause="280.16")] = (
        None
    )


class Contact(Part, frozen=True, kw_only=True):
    """Whom to ask about the figures. Never public."""

    name: Annotated[Line | None, about("Name", "Who they are.", private=True)] = None
    email: Annotated[Email | None, about("Email", "How they are reached.", private=True)] = None


class Feedback(Part, frozen=True, kw_only=True):
    """A provider's quarter of customer feedback on a designated service (§280.14 to .16).

    Raw comments of respondents are never taken in.
    """

    provider_id: Annotated[Slug, about("Provider", "Who reports.", key=True, clause="280.14", references="provider")]
    service_id: Annotated[
        Slug, about("Service", "The service it is about.", key=True, clause="280.14", references="service")
    ]
    fiscal_year: Annotated[FiscalYear, about("Fiscal year", "The fiscal year.", key=True, clause="280.16")]
    quarter: Annotated[Quarter, about("Quarter", "The quarter of the fiscal year, 1 to 4.", key=True, clause="280.16")]
    origin: Annotated[Origin, about("Origin", "Where the figures come from.")] = Origin.REPORTED
    source: Annotated[Line | None, about("Source", "The publication or file that the figures come from.")] = None
    customers: Annotated[
        Count | None,
        about("Customers", "Customers of the service in the quarter, counted once.", clause="280.15"),
    ] = None
    collections: Annotated[
        tuple[FeedbackCollection, ...],
        about("Collections", "Where and how it was gathered.", clause="280.15", table="feedback_collections"),
    ] = ()
    indicators: Annotated[
        tuple[Indicator, ...],
        about("Indicators", "Service-level indicators.", clause="280.15", table="feedback_indicators"),
    ] = ()
    accomplishments: Annotated[
        Report | None, about("Accomplishments", "What was recently achieved, in summary.", clause="280.15")
    ] = None
    not_measured: Annotated[
        tuple[NotMeasured, ...],
        about(
            "Not measured",
            "Measures that the circular asks for and the quarter does not have.",
            clause="280.10",
            table="feedback_not_measured",
        ),
    ] = ()
    gaps: Annotated[
        tuple[Gap, ...],
        about("Gaps", "What is missing from a partial quarter.", clause="280.15", table="feedback_gaps"),
    ] = ()
    not_reported: Annotated[
        NotReported | None, about("Not reported", "Why there is no feedback at all.", clause="280.16")
    ] = None
    contact: Annotated[Contact, about("Contact", "Whom OMB asks about the figures.")] = Contact()
