"""Two fiscal years of synthetic feedback for the sample's designated services. The data itself says that it is
synthetic.

Only the figures that performance.gov published of the Veterans Health Administration are real: volumes and mean
scores of fiscal years 2019 and 2020. All others are generated here, the same each time.
"""

from collections.abc import Iterator
from random import Random

from datapackage.packages.sample_note import SYNTHETIC
from inventory.calendar.fiscal import Period
from inventory.records.registry import Document

PERIODS = tuple(Period(year, quarter) for year in (2025, 2026) for quarter in (1, 2, 3, 4))
STATEMENTS = {
    "satisfaction": "I am satisfied with the service I received from {name}.",
    "trust": "This interaction increased my trust in {name}.",
    "effectiveness": "My need was addressed.",
    "ease": "It was easy to complete what I needed to do.",
    "efficiency": "It took a reasonable amount of time to do what I needed to do.",
    "transparency": "I was treated fairly.",
    "employee": "Employees I interacted with were helpful.",
}
DRIVERS = [measure for measure in STATEMENTS if measure not in ("satisfaction", "trust")]
# Customers of a quarter, as an order of magnitude. They are synthetic, and so are all figures derived from them.
CUSTOMERS = {
    "treas-irs-taxpayer-services": 24_000_000,
    "va-vha-outpatient-services": 8_600_000,
    "hhs-cms-medicare": 7_500_000,
    "dos-ca-passport-services": 5_400_000,
    "opm-fes-usajobs": 4_800_000,
    "hhs-cms-marketplace": 4_200_000,
    "ed-fsa-financial-aid": 3_900_000,
    "multi-rec-recreation-gov": 2_700_000,
    "ssa-online-services-online-services": 2_400_000,
    "va-vba-benefits-administration-call-centers": 1_600_000,
    "dhs-fema-fema": 900_000,
    "dhs-cbp-traveler-communications-center": 260_000,
    "doi-fws-national-wildlife-refuge-system": 210_000,
}
USUAL_CUSTOMERS = 60_000

# Each special case occurs once, so that the sample shows every status of a quarter.
LATE = ("hud-fha-single-family-loans-and-resource-center", Period(2025, 3))
MISSING = ("dol-owcp-energy-employees-compensation", Period(2026, 3))
NOT_REPORTED = ("dhs-fema-fema", Period(2026, 1))
PARTIAL = ("usda-fsa-farmers-gov", Period(2026, 2))
RESTATED = ("dos-ca-passport-services", Period(2025, 2))
THUMBS = ("ssa-online-services-online-services", Period(2026, 4))
WITHHELD = ("doi-btfa-trust-beneficiary-call-center", Period(2026, 4))

VHA = ("va-vha", "va-vha-outpatient-services")
PUBLISHED = {  # customers, offered, respondents and mean scores in the order of STATEMENTS
    Period(2019, 1): (4_282_563, 1_236_483, 377_268, (None, "4.66", "4.76", "4.71", "4.67", "4.83", "4.81")),
    Period(2019, 2): (8_444_379, 1_726_622, 346_694, (None, "4.67", "4.76", "4.72", "4.66", "4.84", "4.81")),
    Period(2019, 3): (8_656_645, 1_899_830, 329_662, ("4.55", "4.38", "4.61", "4.56", "4.48", "4.72", "4.71")),
    Period(2019, 4): (8_616_178, 1_924_646, 310_992, ("4.7", "4.39", "4.64", "4.57", "4.54", "4.73", "4.73")),
    Period(2020, 1): (8_586_476, 1_808_680, 304_687, ("4.7", "4.42", "4.62", "4.56", "4.51", "4.75", "4.74")),
}

NOT_YET = "No score was published; the question was to be asked from the third quarter on."


def instrument(provider_id: str, service_id: str, name: str) -> Document:
    """Return a survey of the sample."""
    rating = {"kind": "rating", "scale": "likert_5"}
    questions: list[Document] = [
        {"number": number, "measure": measure, "statement": text.format(name=name), "required": number < 3, **rating}
        for number, (measure, text) in enumerate(STATEMENTS.items(), start=1)
    ]
    last = {"number": 8, "kind": "free_response", "statement": "Is there anything else you would like to tell us?"}
    return {
        "instrument_id": _survey(service_id),
        "provider_id": provider_id,
        "service_id": service_id,
        "title": "Synthetic survey of the sample",
        "measurement_point": "transaction",
        "channel": "website",
        "hours_after": 24,
        "minutes": 3,
        "exemption": "Synthetic sample: nobody was asked, so there is no clearance.",
        "questions": [*questions, last],
    }


def quarter(provider_id: str, service_id: str, period: Period) -> Document | None:
    """Return a quarter of the sample; None for the missing one."""
    key = {
        "provider_id": provider_id,
        "service_id": service_id,
        "fiscal_year": period.fiscal_year,
        "quarter": period.quarter,
        "source": SYNTHETIC,
    }
    if (service_id, period) == MISSING:
        return None
    if (service_id, period) == NOT_REPORTED:
        return {
            **key,
            "not_reported": {"reason": "Synthetic: the survey was rebuilt.", "expected_on": "2026-04-30"},
        }
    chance = Random(f"{service_id} {period}")
    customers = int(CUSTOMERS.get(service_id, USUAL_CUSTOMERS) * chance.uniform(0.85, 1.15))
    collections = [*_collections(service_id, period, customers, chance)]
    document = {
        **key,
        "customers": customers,
        "collections": collections,
        "indicators": [_wait(service_id, chance)],
        "accomplishments": "Synthetic: pages were shortened and calls are answered sooner.",
    }
    if (service_id, period) == PARTIAL:
        reason = "Synthetic: call surveys were not delivered."
        gap = {"channel": "phone", "reason": reason, "expected_on": "2026-05-29"}
        return {**document, "collections": collections[:1], "gaps": [gap]}
    return document


def restated() -> Document:
    """Return the restated quarter, with answers that came late."""
    document = quarter("dos-ca", *RESTATED)
    assert document is not None
    first, *others = document["collections"]
    measures = [{**item, "counts": [count + 25 for count in item["counts"]]} for item in first["measures"]]
    more = {"respondents": first["respondents"] + 125, "measures": measures}
    return {**document, "collections": [{**first, **more}, *others]}


def published() -> Iterator[Document]:
    """Yield the quarters that performance.gov published of the Veterans Health Administration."""
    for period, (customers, offered, respondents, means) in PUBLISHED.items():
        collection: Document = {
            "collection_id": "all",
            "offered": offered,
            "offered_basis": "invited",
            "respondents": respondents,
            "measures": [
                {"measure": measure, "scale": "likert_5", "question": 1, "reported_mean": mean}
                for measure, mean in zip(STATEMENTS, means, strict=True)
                if mean is not None
            ],
        }
        silent = [name for name, mean in zip(STATEMENTS, means, strict=True) if mean is None]
        yield {
            "provider_id": VHA[0],
            "service_id": VHA[1],
            "fiscal_year": period.fiscal_year,
            "quarter": period.quarter,
            "origin": "historical",
            "source": "performance.gov",
            "customers": customers,
            "collections": [collection],
            "not_measured": [{"measure": name, "reason": "source_silent", "note": NOT_YET} for name in silent],
        }


def _collections(service_id: str, period: Period, customers: int, chance: Random) -> Iterator[Document]:
    for channel, share, rate in (("website", 0.6, 0.05), ("phone", 0.3, 0.12)):
        at_point = int(customers * share)
        offered = min(at_point // 4, 200_000)
        respondents = int(offered * rate * chance.uniform(0.8, 1.2))
        if (service_id, period) == WITHHELD and channel == "phone":
            respondents = 7
        is_thumbs = (service_id, period) == THUMBS and channel == "website"
        measures = [*(_ticked if is_thumbs else _rated)(service_id, channel, respondents, period)]
        yield {
            "collection_id": channel,
            "transaction_point": "After the application was sent" if channel == "website" else "After the call",
            "measurement_point": "transaction",
            "channel": channel,
            "collected_from": period.first_day.isoformat(),
            "collected_to": period.last_day.isoformat(),
            "customers_at_point": at_point,
            "offered": offered,
            "offered_basis": "invited",
            "respondents": respondents,
            "measures": measures,
            **({"survey_title": "Synthetic thumbs survey"} if is_thumbs else {"instrument_id": _survey(service_id)}),
        }


def _rated(service_id: str, channel: str, respondents: int, period: Period) -> Iterator[Document]:
    for number, measure in enumerate(STATEMENTS, start=1):
        chance = Random(f"{service_id} {channel} {measure}")
        level = chance.uniform(3.6, 4.6) + 0.02 * PERIODS.index(period)
        counts = _spread(respondents, level)
        yield {"measure": measure, "scale": "likert_5", "question": number, "counts": counts}


def _ticked(service_id: str, channel: str, respondents: int, period: Period) -> Iterator[Document]:
    """Yield thumbs for trust, and ticks by side of the respondents who gave each thumb."""
    down = respondents // 5
    up = respondents - down
    yield {"measure": "satisfaction", "scale": "stars_5", "question": 2, "counts": _spread(respondents, 4.1)}
    yield {"measure": "trust", "scale": "thumbs_2", "question": 1, "counts": [down, up]}
    for place, measure in enumerate(DRIVERS):
        for scale, offered, point in (("tick_positive", up, 1), ("tick_negative", down, 0)):
            ticked = offered * (place + 2) // 9
            counts = [offered - ticked, ticked]
            rows = [{"overall": "trust", "point": point, "counts": counts}]
            yield {"measure": measure, "scale": scale, "question": 3, "counts": counts, "by_score": rows}


def _spread(answers: int, level: float) -> list[int]:
    """Return that many answers on five points with about that mean: more the nearer a point is to it."""
    weights = [2.0 ** -(abs(point - level) * 1.6) + 0.02 for point in range(1, 6)]
    shares = [int(answers * weight / sum(weights)) for weight in weights]
    shares[round(level) - 1] += answers - sum(shares)
    return shares


def _wait(service_id: str, chance: Random) -> Document:
    seconds = chance.randrange(120, 1800)
    return {
        "name": "Average wait on the phone",
        "value": str(seconds),
        "unit": "seconds",
        "direction": "lower_is_better",
        "target": "600",
        "note": "Synthetic",
    }


def _survey(service_id: str) -> str:
    return f"{service_id}-survey"[:80]


def is_late(service_id: str, period: Period) -> bool:
    """Return whether the quarter is submitted after its due date."""
    return (service_id, period) == LATE
