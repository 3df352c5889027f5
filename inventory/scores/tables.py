"""Published scores: the results of one question, for a quarter on a service or pooled over several.

They are made from public feedback and not stored. Shares are of 1; numbers are rounded half up to six places.
"""

from decimal import Decimal
from typing import Annotated

from inventory.codes import Basis, Measure, Scale, ServiceType
from inventory.records.feedback import MOST_POINTS
from inventory.schema.fields import Part, about
from inventory.schema.scalars import Count, Digest, FiscalYear, Line, Quarter, QuarterName, Slug

PLACES = 6
A_SHARE, A_POINT = "a share of 1", "a number in points of the scale"
NO_MEAN = "None of ticks."


class Figures(Part, frozen=True, kw_only=True):
    """What the answers say, how surely, what they are made of and what had to be left out."""

    basis: Annotated[
        Basis | None, about("Basis", "What it is made of; empty where nothing is left to make a score of.")
    ] = None
    n: Annotated[Count | None, about("Answers", "How many answered; for ticks, how many were offered them.")] = None
    mean: Annotated[Decimal | None, about("Mean", f"The mean answer. {NO_MEAN}", form=A_POINT)] = None
    mean_low: Annotated[
        Decimal | None,
        about("Mean, low", "Where its 95 % interval begins (Student's t); empty for one answer.", form=A_POINT),
    ] = None
    mean_high: Annotated[Decimal | None, about("Mean, high", "Where the interval ends.", form=A_POINT)] = None
    favorable: Annotated[
        Decimal | None, about("Favorable", f"The share of answers that are favorable. {NO_MEAN}", form=A_SHARE)
    ] = None
    favorable_low: Annotated[
        Decimal | None, about("Favorable, low", "Where its 95 % interval begins (Wilson).", form=A_SHARE)
    ] = None
    favorable_high: Annotated[Decimal | None, about("Favorable, high", "Where the interval ends.", form=A_SHARE)] = None
    ticked: Annotated[
        Decimal | None, about("Ticked", "For ticks alone: the share that ticked of those offered it.", form=A_SHARE)
    ] = None
    ticked_low: Annotated[
        Decimal | None, about("Ticked, low", "Where its 95 % interval begins (Wilson).", form=A_SHARE)
    ] = None
    ticked_high: Annotated[Decimal | None, about("Ticked, high", "Where the interval ends.", form=A_SHARE)] = None
    response_rate: Annotated[
        Decimal | None,
        about(
            "Response rate",
            "Respondents of those invited, over the collections that tell both.",
            clause="280.15",
            form=A_SHARE,
        ),
    ] = None
    coverage: Annotated[
        Decimal | None,
        about(
            "Coverage",
            "Offered surveys per customer of the service, each quarter's customers counted once.",
            clause="280.15",
            form="a ratio, above 1 where customers are asked more than once",
        ),
    ] = None
    counts: Annotated[
        tuple[Count, ...], about("Counts", "How many chose each point, lowest point first.", wide=MOST_POINTS)
    ] = ()
    means_left_out: Annotated[
        Count, about("Means left out", "Cells that have a mean alone, which does not add to counts or other means.")
    ] = 0
    withheld_left_out: Annotated[Count, about("Withheld left out", "Cells whose answers are withheld.")] = 0
    other_scales_left_out: Annotated[
        Count, about("Other scales left out", "Cells of the same measure on other scales: scores of their own.")
    ] = 0
    channels: Annotated[
        Line | None, about("Channels", "Codes of the channels it was gathered on, joined by a space.")
    ] = None
    measurement_points: Annotated[
        Line | None, about("Measurement points", "Codes of the points at which it was asked, joined by a space.")
    ] = None
    origins: Annotated[Line | None, about("Origins", "Codes of where the figures come from, joined by a space.")] = None
    wordings: Annotated[Count, about("Wordings", "How many different statements were asked, as far as known.")] = 0
    wording: Annotated[
        Digest | None,
        about("Wording", "Tells equal wordings from others: of the statements asked; empty where they are unknown."),
    ] = None


class QuarterScore(Figures, frozen=True, kw_only=True):
    """A score of a quarter on a service: the answers to one measure on one scale, over all collections."""

    provider_id: Annotated[Slug, about("Provider", "Who reports.", key=True, references="provider")]
    service_id: Annotated[Slug, about("Service", "The service it is about.", key=True, references="service")]
    fiscal_year: Annotated[FiscalYear, about("Fiscal year", "The fiscal year.", key=True)]
    quarter: Annotated[Quarter, about("Quarter", "The quarter of the fiscal year, 1 to 4.", key=True)]
    measure: Annotated[Measure, about("Measure", "What was measured.", key=True, clause="280.10")]
    scale: Annotated[Scale, about("Scale", "The points it was answered on.", key=True, clause="280.10")]


class PooledScore(Figures, frozen=True, kw_only=True):
    """A score of whatever was asked for: of a quarter on a service, a service, a provider or a service type."""

    measure: Annotated[Measure, about("Measure", "What was measured.", clause="280.10")]
    scale: Annotated[Scale, about("Scale", "The points it was answered on.", clause="280.10")]
    provider_id: Annotated[Slug | None, about("Provider", "Who reports.")] = None
    service_id: Annotated[Slug | None, about("Service", "The service it is about.")] = None
    service_type: Annotated[ServiceType | None, about("Service type", "The type of service.", clause="280.4")] = None
    period: Annotated[QuarterName | None, about("Period", "The quarter, such as 2026-Q1.")] = None
    quarters: Annotated[Count, about("Quarters", "How many quarters of services are in it.")] = 0
    previous: Annotated[
        QuarterName | None,
        about("Previous", "The last quarter before it with this measure, which it is compared with."),
    ] = None
    change: Annotated[Decimal | None, about("Change", "By how much the mean moved since.", form=A_POINT)] = None
    shifted: Annotated[
        bool | None,
        about(
            "Shifted",
            "Whether the means lie further apart than the root of their summed squared half-intervals; empty where "
            "that cannot be said.",
        ),
    ] = None
    differences: Annotated[
        Line | None,
        about(
            "Differences",
            "What differs from the quarter before, or among the quarters pooled, as codes joined by a space: compare "
            "with care.",
        ),
    ] = None
