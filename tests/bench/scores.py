"""All scores over many submissions, from the stored bytes of public feedback: by quarter with trends, and pooled."""

import resource
import time
from collections.abc import Iterator
from random import Random

from inventory.codes import Channel, Measure
from inventory.disclosure.suppression import suppressed
from inventory.records.documents import encode
from inventory.reports.scores import By, ScoresAsked, scores
from inventory.scores.pools import Quarterly, read
from tests.bench.figures import Figure, Settings

QUARTERS, SERVICES_OF_A_PROVIDER = 8, 5
MEASURES = [measure for measure in Measure if measure.is_overall or measure.is_driver]
CHANNELS = list(Channel)


def figures(settings: Settings) -> Iterator[Figure]:
    """Submissions a second."""
    count = int(settings.choose(40_000, 4_000))
    bodies = [_body(number) for number in range(count)]
    cells = sum(body.count(b'"measure"') for body in bodies)
    for what, asked in (("every quarter's scores, with trends", ScoresAsked()), ("scores by service type", BY_TYPE)):
        began = time.perf_counter()
        made = sum(1 for _ in scores(_read(bodies), asked, _type_of))
        took = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        detail = f"{cells:,} cells, {made:,} scores in {took:.1f} s; peak {peak:,.0f} MB, the submissions among it"
        yield Figure(what=f"{what} over {count:,} submissions", measured=count / took, unit="a second", detail=detail)


BY_TYPE = ScoresAsked(by=By.SERVICE_TYPE)


def _read(bodies: list[bytes]) -> Iterator[Quarterly]:
    return map(read, bodies)


def _type_of(service_id: str) -> str:
    return ("benefits", "administrative", "compliance")[len(service_id) % 3]


def _body(number: int) -> bytes:
    """A synthetic submission as it is stored once public, of one to twenty collections."""
    random = Random(number)
    service, quarter = divmod(number, QUARTERS)
    collections = [_collection(random, place) for place in range(min(20, 1 + int(random.expovariate(0.3))))]
    document = {
        "provider_id": f"synthetic-{service // SERVICES_OF_A_PROVIDER}",
        "service_id": f"synthetic-{service}",
        "fiscal_year": 2025 + quarter // 4,
        "quarter": 1 + quarter % 4,
        "customers": random.randrange(1000, 1_000_000),
        "collections": collections,
    }
    return encode(suppressed(document))


def _collection(random: Random, place: int) -> dict[str, object]:
    respondents = random.choice((5, 200, 5000))
    return {
        "collection_id": f"c{place}",
        "channel": str(random.choice(CHANNELS)),
        "measurement_point": "transaction",
        "offered": respondents * random.randrange(3, 20),
        "offered_basis": "invited",
        "respondents": respondents,
        "measures": [_measure(random, str(measure), respondents) for measure in MEASURES],
    }


def _measure(random: Random, measure: str, respondents: int) -> dict[str, object]:
    counts = [random.randrange(1 + respondents // 5) for _ in range(5)]
    statement = f"A synthetic statement on {measure}."
    return {"measure": measure, "scale": "likert_5", "question": 1, "statement": statement, "counts": counts}
