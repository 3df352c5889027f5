"""Synthetic inventories of any size: the same documents for the same index, whenever and wherever they are made.

Everything in them is invented and says so. Of every twenty services fourteen are complete with a digital channel and
two without one, and four lack something, each in its own way (`GAPS`).
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from inventory.codes import (
    Channel,
    CustomerType,
    LifeEvent,
    NotDigitalReason,
    OfferingType,
    Performer,
    Role,
    ServiceType,
    Support,
    Tool,
    VolumeKind,
)
from inventory.records.documents import encode
from inventory.records.registry import Document

CYCLE = 20
A_BUREAU, A_DEPARTMENT = 50, 10  # services of a bureau, bureaus of a department
YEARS = (2024, 2025, 2026)
NOT_DIGITAL = (7, 14)  # places in the cycle whose channels are all traditional, with reasons
GAPS: dict[int, frozenset[tuple[str, str]]] = {
    16: frozenset({("channels-missing", "/channels")}),
    17: frozenset(
        {
            ("not-digital-unexplained", "/not_digital/reason"),
            ("not-digital-unexplained", "/not_digital/potential_ways"),
        }
    ),
    18: frozenset({("needed-to-publish", "/responsible_unit"), ("needed-to-publish", "/description")}),
    19: frozenset(
        {
            ("no-traditional-channel", "/channels"),
            ("digital-information-only", "/channels"),
            ("review-overdue", "/reviewed_on"),
            ("type-missing", "/service_type"),
            ("occasion-missing", "/occasion"),
            ("offering-missing", "/offering"),
            ("roles-missing", "/roles"),
            ("tools-missing", "/tools"),
        }
    ),
}
"""By place in the cycle, the code and pointer of every problem. The last has warnings alone: it may be published."""

_SUBJECTS = (
    "grazing permits|harbor pilotage|seed certification|survivor benefits|trail access|water rights|well testing"
)
SUBJECTS = [*_SUBJECTS.split("|"), "bridge inspections", "crop insurance", "export licenses", "kennel registration"]
WORK = ["Applications for", "Renewal of", "Appeals on", "Guidance on", "Payments for", "Reports on", "Records of"]
TASKS = ["Takes the request", "Checks what was sent", "Decides the case", "Answers questions", "Visits the place"]
MOMENTS = [("applying", "Applying"), ("finding-out", "Working out what is needed"), ("waiting", "Waiting to hear")]
PLACES = (2, 1, 3)
LANGUAGES = [["en"], ["en", "es"], ["en", "es", "zh"]]
DIGITAL = [channel for channel in Channel if channel.is_digital]
TRADITIONAL = [channel for channel in Channel if not channel.is_digital]


def documents(services: int, start: int = 0) -> Iterator[Document]:
    """So many services from index `start` on, after their organizations; one document in memory at a time."""
    yield from organizations(services, start)
    yield from map(service, range(start, start + services))


def organizations(services: int, start: int = 0) -> Iterator[Document]:
    """The departments and bureaus that these services belong to, each after the one above it."""
    first, last = start // A_BUREAU, (start + services - 1) // A_BUREAU
    for bureau in range(first, last + 1):
        if bureau == first or bureau % A_DEPARTMENT == 0:
            yield {
                "organization_id": _department_id(bureau),
                "name": f"Synthetic Department {bureau // A_DEPARTMENT}",
                "kind": "department",
                "url": f"https://department-{bureau // A_DEPARTMENT}.example.gov",
            }
        yield {
            "organization_id": bureau_id(bureau),
            "name": f"Synthetic Bureau {bureau} of {SUBJECTS[bureau % len(SUBJECTS)].capitalize()}",
            "abbreviation": f"SB{bureau}",
            "parent_id": _department_id(bureau),
            "kind": "bureau",
            "aliases": [f"Bureau {bureau}, formerly", f"SB-{bureau}"],
        }


def service(index: int) -> Document:
    """The service of that index, from 0."""
    chance, place = Random(index), index % CYCLE
    subject = SUBJECTS[index % len(SUBJECTS)]
    bare: Document = {
        "service_id": service_id(index),
        "organization_id": bureau_id(index // A_BUREAU),
        "name": f"{chance.choice(WORK)} {subject} (synthetic {index})",
        "responsible_unit": f"Office {1 + index % 9} of {subject}",
        "description": f"Synthetic, for tests. {_prose(chance, subject, 3)}",
        "channels": _channels(chance, index, place),
        "source_ids": [{"system": "synthetic", "id": f"S-{index}"}],
        "tags": ["synthetic", subject.split()[0], f"office-{1 + index % 9}"],
    }
    if place == 19:
        return bare
    whole = {**bare, **_model(chance, index, subject), **_journey(chance, index, bare["channels"])}
    if place in NOT_DIGITAL:
        whole["not_digital"] = {
            "reason_code": str(chance.choice(list(NotDigitalReason))),
            "reason": f"An inspector has to stand before the {subject.split()[0]} in question.",
            "potential_ways": "Appointments could be made, and the outcome be read, on a website.",
        }
    missing = {16: ("channels", "volumes"), 18: ("responsible_unit", "description")}.get(place, ())
    return {name: value for name, value in whole.items() if name not in missing}


def expected_problems(index: int) -> frozenset[tuple[str, str]]:
    """Code and pointer of every problem that the service has on the day of the tests."""
    return GAPS.get(index % CYCLE, frozenset())


def is_publishable(index: int) -> bool:
    """Whether nothing keeps the service from being published."""
    return index % CYCLE not in (16, 17, 18)


def service_id(index: int) -> str:
    """The id of a service. Ids sort as indexes do, up to ten million."""
    return f"synthetic-service-{index:07}"


def bureau_id(bureau: int) -> str:
    """The id of a bureau."""
    return f"synthetic-bureau-{bureau:06}"


def write_ndjson(path: Path, services: int, start: int = 0) -> Path:
    """Write the inventory as NDJSON, a document at a time."""
    with path.open("wb") as file:
        for made in documents(services, start):
            file.write(encode(made) + b"\n")
    return path


def _department_id(bureau: int) -> str:
    return f"synthetic-department-{bureau // A_DEPARTMENT:05}"


def _channels(chance: Random, index: int, place: int) -> list[Document]:
    if place == 19:
        return [{"channel": "website", "supports": ["information"], "url": f"https://s{index}.example.gov"}]
    paper_only = place in NOT_DIGITAL or place == 17
    digital = [] if paper_only else chance.sample(DIGITAL, chance.randint(1, 3))
    return [_channel(chance, index, channel) for channel in [*digital, *chance.sample(TRADITIONAL, 2)]]


def _channel(chance: Random, index: int, channel: Channel) -> Document:
    made: Document = {
        "channel": str(channel),
        "supports": ["apply", *_some(chance, [s for s in Support if s is not Support.APPLY])],
        "note": _prose(chance, "what you bring", 1),
        "languages": chance.choice(LANGUAGES),
    }
    if channel.is_digital:
        made["url"] = f"https://s{index}.example.gov/{channel}"
    elif "phone" in channel:
        made["phone"] = f"1-800-555-{index % 10_000:04}"
    return made


def _model(chance: Random, index: int, subject: str) -> Document:
    types = chance.sample(list(ServiceType), 2)
    return {
        "service_type": str(types[0]),
        "other_service_types": [str(types[1])],
        "occasion": {
            "story": f"A synthetic customer needs {subject}. {_prose(chance, subject, 2)}",
            "life_event": str(chance.choice(list(LifeEvent))),
            "demand_explanation": _prose(chance, subject, 1),
            "customer_types": _some(chance, list(CustomerType)),
            "customer_characteristics": _prose(chance, subject, 1),
        },
        "offering": {
            "name": f"Synthetic outcome {index}",
            "offering_type": str(chance.choice(list(OfferingType))),
            "description": _prose(chance, subject, 1),
        },
        "roles": [_role(chance, index, role) for role in chance.sample(list(Role), 3)],
        "tools": [{"tool": str(tool), "name": f"System {index % 97}"} for tool in chance.sample(list(Tool), 3)],
        "fees_charged": chance.random() < 0.5,
        "homepage": f"https://s{index}.example.gov/",
        "reviewed_on": f"2026-{1 + index % 10:02}-{1 + index % 28:02}",
    }


def _role(chance: Random, index: int, role: Role) -> Document:
    made = {"role": str(role), "task": chance.choice(TASKS), "performer": str(chance.choice(list(Performer)))}
    return {**made, "organization_id": bureau_id(index // A_BUREAU)}


def _journey(chance: Random, index: int, channels: list[Document]) -> Document:
    counted = sorted({channel["channel"] for channel in channels})[:3]
    kind = str(chance.choice(list(VolumeKind)))
    return {
        "moments": [{"moment_id": i, "name": n, "position": at} for (i, n), at in zip(MOMENTS, PLACES, strict=True)],
        "volumes": [
            {"fiscal_year": year, "channel": channel, "kind": kind, "count": chance.randrange(1, 2_000_000)}
            for year in YEARS
            for channel in counted
        ],
        "partners": [{"name": f"Synthetic County {index % 300}", "part": "Hands out forms and answers questions."}],
    }


def _some(chance: Random, codes: list[Any]) -> list[str]:
    return [str(code) for code in chance.sample(codes, chance.randint(1, 3))]


def _prose(chance: Random, subject: str, sentences: int) -> str:
    openings = ["People who depend on", "Offices that deal with", "Families asking for", "Firms that live from"]
    ends = ["come more than once a year", "bring two papers and a photograph", "wait about three weeks", "pay no fee"]
    return " ".join(f"{chance.choice(openings)} {subject} {chance.choice(ends)}." for _ in range(sentences))
