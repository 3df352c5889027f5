"""Codes of survey instruments and of a quarter of feedback (§280.10, .14 to .16)."""

from datetime import date

from inventory.codes.code import Code, code_list
from inventory.codes.service import A11, OURS

LATER_GUIDANCE = date(2023, 10, 1)
"""The first day of fiscal year 2024, from which OMB's later guidance applies."""


@code_list("measure", source=f"{A11}.10")
class Measure(Code):
    """What a question measures: the two overall scores, or a driver of them, which belongs to a domain."""

    domain: str | None

    def __init__(
        self, value: str, label: str, definition: str, domain: str | None = None, valid_from: date | None = None
    ) -> None:
        super().__init__(value, label, definition, valid_from)
        self.domain = domain

    @property
    def is_overall(self) -> bool:
        """Return whether it is one of the two overall scores, to which drivers are related."""
        return self in (Measure.SATISFACTION, Measure.TRUST)

    @property
    def is_driver(self) -> bool:
        """Return whether it is a driver that the circular itself names."""
        return self.domain is not None and self.valid_from is None

    SATISFACTION = "satisfaction", "Satisfaction", "Overall satisfaction with the service received."
    TRUST = "trust", "Trust", "Trust in the agency, program or service."
    EFFECTIVENESS = "effectiveness", "Effectiveness", "Whether the need was met.", "Service Quality"
    EASE = "ease", "Ease", "How simple it was to do what was needed.", "Process"
    EFFICIENCY = "efficiency", "Efficiency", "Whether it took a reasonable time.", "Process"
    TRANSPARENCY = (
        "transparency",
        "Equity and transparency",
        "Fair treatment, and knowing what was asked for.",
        "Process",
    )
    EMPLOYEE = "employee", "Employee interaction", "How helpful the people met on the way were.", "People"
    HUMANITY = "humanity", "Humanity", "Being treated with respect.", "People", LATER_GUIDANCE
    OTHER = "other", "Other", "A question of the agency's own."


@code_list("scale", source=f"{A11}.10")
class Scale(Code):
    """The ordered points of a question, lowest first, and which of them are favorable."""

    lowest: int
    size: int
    favorable_from: int | None

    def __init__(
        self, value: str, label: str, definition: str, lowest: int, size: int, favorable_from: int | None = None
    ) -> None:
        super().__init__(value, label, definition)
        self.lowest, self.size, self.favorable_from = lowest, size, favorable_from

    @property
    def points(self) -> range:
        """Return the values of its points, lowest first."""
        return range(self.lowest, self.lowest + self.size)

    @property
    def is_tick(self) -> bool:
        """Return whether it counts who ticked an option. Its only figure is a share of those offered, never a mean."""
        return self.favorable_from is None

    LIKERT_5 = (
        "likert_5",
        "Five-point Likert",
        "1 strongly disagree to 5 strongly agree; 4 and 5 are favorable.",
        1,
        5,
        4,
    )
    STARS_5 = "stars_5", "Five stars", "1 to 5 stars; 4 and 5 are favorable.", 1, 5, 4
    THUMBS_2 = "thumbs_2", "Thumbs", "0 down, 1 up; up is favorable.", 0, 2, 1
    TICK = "tick", "Tick", "0 offered but not ticked, 1 ticked.", 0, 2
    TICK_POSITIVE = "tick_positive", "Positive tick", "0 offered but not ticked as what went well, 1 ticked.", 0, 2
    TICK_NEGATIVE = "tick_negative", "Negative tick", "0 offered but not ticked as what went wrong, 1 ticked.", 0, 2
    LIKERT_3 = "likert_3", "Three-point Likert", "1 to 3; 3 is favorable.", 1, 3, 3
    LIKERT_4 = "likert_4", "Four-point Likert", "1 to 4; 3 and 4 are favorable.", 1, 4, 3
    LIKERT_7 = "likert_7", "Seven-point Likert", "1 to 7; 6 and 7 are favorable.", 1, 7, 6
    NPS_11 = "nps_11", "Likelihood to recommend", "0 to 10; 9 and 10 are favorable.", 0, 11, 9


@code_list("measurement_point", source=f"{A11}.10")
class MeasurementPoint(Code):
    """When on the customer's way feedback is gathered."""

    TRANSACTION = "transaction", "Transaction", "Right after one interaction, or within 48 hours of it."
    JOURNEY = "journey", "Journey", "After a series of interactions or a process of several stages."
    RELATIONSHIP = "relationship", "Relationship", "Looking back on all dealings with the agency."


@code_list("offered_basis", source=OURS)
class OfferedBasis(Code):
    """What the number of surveys offered counts."""

    INVITED = "invited", "Invited", "Customers who were invited to answer."
    ALWAYS_AVAILABLE = "always_available", "Always available", "Customers who passed a survey that is always there."
    UNKNOWN = "unknown", "Unknown", "The source does not say."


@code_list("not_measured_reason", source=OURS)
class NotMeasuredReason(Code):
    """Why a measure that the circular asks for was not measured."""

    MEASURED_ELSEWHERE = "measured_elsewhere", "Measured elsewhere", "Another collection of the agency measures it."
    OMB_AGREED = "omb_agreed", "Agreed with OMB", "OMB agreed that it is left out."
    NOT_APPLICABLE = (
        "not_applicable",
        "Not applicable",
        "The service has nothing of the kind, such as no employees met.",
    )
    NO_CAPACITY_YET = "no_capacity_yet", "No capacity yet", "The provider cannot collect it yet."
    SOURCE_SILENT = "source_silent", "Source silent", "The source that the figures come from does not tell."


@code_list("origin", source=OURS)
class Origin(Code):
    """Where a quarter's figures come from."""

    REPORTED = "reported", "Reported", "Reported by the provider for this inventory."
    HISTORICAL = "historical", "Historical", "Taken over from what was published before."


@code_list("basis", source=OURS)
class Basis(Code):
    """What a score is made of."""

    COUNTS = "counts", "Counts", "How many chose each point: counts add up over collections, services and quarters."
    REPORTED_MEAN = "reported_mean", "Reported mean", "A mean as its source gives it, without counts, passed through."


@code_list("difference", source=OURS)
class Difference(Code):
    """What differs between two scores, so that they compare with care or not at all."""

    WORDING = "wording", "Wording", "Other statements were asked."
    SCALE = "scale", "Scale", "It was answered on another scale: the two do not compare."
    CHANNELS = "channels", "Channels", "Answers came through other channels."
    MEASUREMENT_POINT = "measurement_point", "Measurement point", "It was asked at another point of the way."
    ORIGIN = "origin", "Origin", "The figures come from elsewhere."


@code_list("unit", source=OURS)
class Unit(Code):
    """What an indicator is counted in."""

    SECONDS = "seconds", "Seconds", "Seconds of time."
    MINUTES = "minutes", "Minutes", "Minutes of time."
    HOURS = "hours", "Hours", "Hours of time."
    DAYS = "days", "Days", "Calendar days."
    BUSINESS_DAYS = "business_days", "Business days", "Days on which federal offices are open."
    PERCENT = "percent", "Percent", "Of a hundred."
    COUNT = "count", "Count", "How many."
    DOLLARS = "dollars", "Dollars", "United States dollars."
    SCORE = "score", "Score", "Points of a scale of its own."


@code_list("direction", source=OURS)
class Direction(Code):
    """Which way an indicator improves."""

    HIGHER_IS_BETTER = "higher_is_better", "Higher is better", "More of it is better."
    LOWER_IS_BETTER = "lower_is_better", "Lower is better", "Less of it is better."


@code_list("question_kind", source=f"{A11}.10")
class QuestionKind(Code):
    """What a question of a survey is for."""

    RATING = "rating", "Rating", "Rates one measure on a scale."
    TAPPING = "tapping", "Tapping", "Shows drivers below a rating, to tap those that led to it."
    MULTIPLE_CHOICE = "multiple_choice", "Multiple choice", "Asks which of several drivers contributed to the rating."
    FREE_RESPONSE = "free_response", "Free response", "Lets people answer in their own words."
    OTHER = "other", "Other", "Anything else the agency needs to make use of the answers."


@code_list("obligation", source=f"{A11}.14, .16")
class Obligation(Code):
    """What falls due in a fiscal year: the four quarters of feedback, and what is due once a year."""

    Q1 = "Q1", "Feedback of quarter 1", "Feedback on October to December."
    Q2 = "Q2", "Feedback of quarter 2", "Feedback on January to March."
    Q3 = "Q3", "Feedback of quarter 3", "Feedback on April to June."
    Q4 = "Q4", "Feedback of quarter 4", "Feedback on July to September."
    DESIGNATIONS = "designations", "Designations", "At least two services designated with OMB."
    CAPACITY_ASSESSMENT = "capacity_assessment", "Capacity assessment", "The annual assessment submitted to OMB."
    DEEP_DIVE = "deep_dive", "Deep dive", "OMB briefed on what the assessment found."
    ACTION_PLAN = "action_plan", "Action plan", "The action plan submitted to OMB."


@code_list("due_source", source=OURS)
class DueSource(Code):
    """Where a due date comes from."""

    CIRCULAR = "circular", "Circular", "The circular prints the day."
    RULE = "rule", "Rule", "The last business day of the month after the quarter."
    OMB = "omb", "OMB", "OMB set the day."
