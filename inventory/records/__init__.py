"""The record types: services, who answers for them, and customer feedback (§280.4, .5, .10 to .16)."""

from inventory.records.due_date import DueDate
from inventory.records.feedback import (
    MOST_POINTS,
    Contact,
    Feedback,
    FeedbackCollection,
    FeedbackMeasure,
    Gap,
    Indicator,
    NotMeasured,
    NotReported,
    ScoreCounts,
)
from inventory.records.instrument import Instrument, Question, QuestionOption
from inventory.records.organization import Organization
from inventory.records.provider import AccountableOfficial, Designation, Provider
from inventory.records.service import (
    Moment,
    NotDigital,
    Occasion,
    Offering,
    Partner,
    Predecessor,
    Service,
    ServiceChannel,
    ServiceRole,
    ServiceTool,
    SourceId,
    Volume,
)

__all__ = [
    "MOST_POINTS",
    "AccountableOfficial",
    "Contact",
    "Designation",
    "DueDate",
    "Feedback",
    "FeedbackCollection",
    "FeedbackMeasure",
    "Gap",
    "Indicator",
    "Instrument",
    "Moment",
    "NotDigital",
    "NotMeasured",
    "NotReported",
    "Occasion",
    "Offering",
    "Organization",
    "Partner",
    "Predecessor",
    "Provider",
    "Question",
    "QuestionOption",
    "ScoreCounts",
    "Service",
    "ServiceChannel",
    "ServiceRole",
    "ServiceTool",
    "SourceId",
    "Volume",
]
