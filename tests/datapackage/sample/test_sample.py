"""The sample is complete, true to its references, and says what is illustrative."""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from inventory.codes import CODE_LISTS
from tests.conftest import ROOT

Document = dict[str, Any]
Codes = tuple[str, str, str, str]


SAMPLE = ROOT / "datapackage" / "sample"
SHARED = ROOT.parent / "shared"
HISPS = SHARED / "samples" / "performance-gov" / "hisps.csv"
CODES_2017 = SHARED / "reference" / "omb_bureau_codes_2017.csv"
CODES_2025 = SHARED / "reference" / "omb_bureau_codes_2025.csv"
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Two federal services have their home outside of .gov.
OTHER_HOSTS = {"www.si.edu", "www.veteranscrisisline.net"}


def load(*paths: Path) -> list[Document]:
    return [doc for path in paths for doc in json.loads(path.read_text("utf-8"))]


ORGANIZATIONS = load(SAMPLE / "organizations.json")
SERVICES = load(*sorted((SAMPLE / "services").glob("*.json")))
PROVIDERS = load(SAMPLE / "providers.json")
DESIGNATIONS = load(SAMPLE / "designations.json")
BY_ID = {org["organization_id"]: org for org in ORGANIZATIONS}
EVERYTHING = [*ORGANIZATIONS, *SERVICES, *PROVIDERS, *DESIGNATIONS]


def used(list_name: str) -> Counter[str]:
    """How often the services use each code of a list."""
    return Counter(code for service in SERVICES for code in USES[list_name](service))


def each(service: Document, part: str, field: str) -> list[str]:
    return [item[field] for item in service.get(part, ()) if field in item]


USES: dict[str, Callable[[Document], list[str]]] = {
    "service_type": lambda s: [s["service_type"], *s.get("other_service_types", ())],
    "channel": lambda s: each(s, "channels", "channel"),
    "supports": lambda s: [code for c in s["channels"] for code in c["supports"]],
    "role": lambda s: each(s, "roles", "role"),
    "performer": lambda s: each(s, "roles", "performer"),
    "tool": lambda s: each(s, "tools", "tool"),
    "customer_type": lambda s: s["occasion"]["customer_types"],
    "life_event": lambda s: [s["occasion"]["life_event"]],
    "offering_type": lambda s: [s["offering"]["offering_type"]],
    "not_digital_reason": lambda s: [s["not_digital"]["reason_code"]] if "not_digital" in s else [],
}


def codes_of(list_name: str) -> set[str]:
    codes: Iterable[Enum] = CODE_LISTS[list_name]
    return {str(code.value) for code in codes}


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def ancestors(organization_id: str) -> Iterator[str]:
    """The organization and those above it, nearest first."""
    while organization_id:
        yield organization_id
        organization_id = BY_ID[organization_id].get("parent_id", "")


def names(organization: Document) -> set[str]:
    return {organization["name"], *organization.get("aliases", ())}


def rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def reference_lines() -> dict[Codes, set[str]]:
    """The names OMB gives to each agency, bureau, treasury and CGAC code."""
    found: dict[Codes, set[str]] = {}
    for row in rows(CODES_2017):
        line = (row["Agency Code"], row["Bureau Code"], row["Treasury Code"], row["CGAC Code"])
        found.setdefault(line, set()).add(row["Bureau Name"])
    for row in rows(CODES_2025):
        agency, bureau = row["OMB Codes - Agency"], row["OMB Codes - Bureau"]
        treasury, cgac = row["Treasury Agency Codes"], row["CGAC Agency Codes"]
        if all(code.isdigit() for code in (agency, bureau, treasury, cgac)):
            line = (agency.zfill(3), bureau.zfill(2), treasury.zfill(2), cgac.zfill(3))
            found.setdefault(line, set()).add(row["Agency"])
    return found


def codes_on(organization: Document) -> Codes:
    get = organization.get
    return (
        get("omb_agency_code", ""),
        get("omb_bureau_code", ""),
        get("treasury_agency_code", ""),
        get("cgac_code", ""),
    )


def test_there_is_enough_to_look_at() -> None:
    assert len(ORGANIZATIONS) >= 30
    assert len(SERVICES) >= 60
    assert len([s for s in SERVICES if "not_digital" in s]) >= 12


@pytest.mark.parametrize("list_name", USES)
def test_every_code_of_a_list_is_used_and_no_other(list_name: str) -> None:
    assert set(used(list_name)) == codes_of(list_name)


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s["service_id"])
def test_a_service_is_told_in_full(service: Document) -> None:
    for part in ("responsible_unit", "description", "channels", "roles", "tools", "tags"):
        assert service[part], part
    assert {"story", "life_event", "customer_types"} <= set(service["occasion"])
    assert {"name", "offering_type", "description"} <= set(service["offering"])
    assert date.fromisoformat(service["reviewed_on"])


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s["service_id"])
def test_a_service_without_a_digital_channel_says_why_and_no_other_does(service: Document) -> None:
    channel: Any = CODE_LISTS["channel"]
    digital = any(channel(c["channel"]).is_digital for c in service["channels"])
    assert digital == ("not_digital" not in service)
    if not digital:
        assert service["not_digital"]["reason"]
        assert service["not_digital"]["potential_ways"]


def test_what_is_illustrative_is_labelled() -> None:
    assert all("illustrative" in s["tags"] for s in SERVICES)
    later = [d for d in DESIGNATIONS if d["fiscal_year"] != 2020]
    assert all(d["rationale"].startswith("Illustrative") for d in later)


def test_nothing_is_empty_or_null() -> None:
    def blanks(value: object) -> bool:
        if isinstance(value, dict):
            return any(map(blanks, value.values())) or not value
        if isinstance(value, list):
            return any(map(blanks, value)) or not value
        return value is None or value == ""

    assert not [doc for doc in EVERYTHING if blanks(doc)]


def test_ids_are_slugs_and_unique() -> None:
    ids = {
        "organization_id": ORGANIZATIONS,
        "service_id": SERVICES,
        "provider_id": PROVIDERS,
    }
    for key, documents in ids.items():
        values = [doc[key] for doc in documents]
        assert len(values) == len(set(values))
        assert all(SLUG.fullmatch(value) and len(value) <= 80 for value in values)
    assert all(s["service_id"].startswith(s["organization_id"] + "-") for s in SERVICES)
    keys = [(d["provider_id"], d["service_id"], d["fiscal_year"]) for d in DESIGNATIONS]
    assert len(keys) == len(set(keys))


def referred_to(value: object, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get(key), str):
            yield value[key]
        for part in value.values():
            yield from referred_to(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from referred_to(part, key)


def test_every_reference_resolves() -> None:
    services = {s["service_id"] for s in SERVICES}
    providers = {p["provider_id"] for p in PROVIDERS}
    for key in ("organization_id", "parent_id"):
        assert set(referred_to(EVERYTHING, key)) <= set(BY_ID)
    assert {id_ for org in ORGANIZATIONS for id_ in org.get("predecessors", ())} <= set(BY_ID)
    assert set(referred_to(EVERYTHING, "service_id")) <= services
    assert set(referred_to(EVERYTHING, "provider_id")) <= providers


def test_a_designated_service_belongs_to_its_provider() -> None:
    home = {p["provider_id"]: p["organization_id"] for p in PROVIDERS}
    owner = {s["service_id"]: s["organization_id"] for s in SERVICES}
    for designation in DESIGNATIONS:
        assert home[designation["provider_id"]] in ancestors(owner[designation["service_id"]])


def test_keyed_lists_are_sorted_sets() -> None:
    for service in SERVICES:
        for part, keys in {
            "moments": ("moment_id",),
            "volumes": ("fiscal_year", "channel", "kind"),
            "source_ids": ("system", "id"),
        }.items():
            found = [tuple(item[key] for key in keys) for item in service.get(part, ())]
            assert found == sorted(set(found))
        places = sorted(moment["position"] for moment in service.get("moments", ()))
        assert places == list(range(1, len(places) + 1))


def test_addresses_are_secure_and_official() -> None:
    addresses = [text for doc in EVERYTHING for text in texts(doc) if "://" in text]
    for address in addresses:
        parts = urlsplit(address)
        assert parts.scheme == "https", address
        assert (parts.hostname or "").endswith(".gov") or parts.hostname in OTHER_HOSTS, address


def test_an_organization_is_found_by_one_name_only() -> None:
    counts = Counter(name.casefold() for org in ORGANIZATIONS for name in names(org))
    assert not [name for name, count in counts.items() if count > 1]


def test_bureau_codes_are_those_of_omb() -> None:
    lines = reference_lines()
    coded = [org for org in ORGANIZATIONS if "omb_bureau_code" in org]
    wrong = [o["organization_id"] for o in coded if not lines.get(codes_on(o), set()) & names(o)]
    assert len(coded) >= 25
    assert wrong == []


def test_an_office_omb_does_not_list_has_the_codes_of_its_agency() -> None:
    lines = reference_lines()
    listed = {name for line in lines.values() for name in line}
    for organization in ORGANIZATIONS:
        if "omb_bureau_code" in organization or organization["kind"] == "multi_agency":
            continue
        assert not names(organization) & listed
        parent = codes_on(BY_ID[organization["parent_id"]])
        assert codes_on(organization) == (parent[0], "", *parent[2:])


def named(name: str, among: Iterable[Document]) -> list[str]:
    return [org["organization_id"] for org in among if name in names(org)]


def test_the_names_of_performance_gov_resolve() -> None:
    for row in rows(HISPS):
        (department,) = named(row["department"], ORGANIZATIONS)
        below = [o for o in ORGANIZATIONS if department in ancestors(o["organization_id"])]
        (bureau,) = named(row["bureau"], below)
        (service,) = [
            s
            for s in SERVICES
            if {"system": "performance-gov-hisps", "id": row["service_id"]} in s.get("source_ids", ())
        ]
        assert (service["name"], service["organization_id"]) == (row["service"], bureau)


def test_the_25_services_are_designated_in_every_year_shown() -> None:
    theirs = {s["service_id"] for s in SERVICES if "source_ids" in s}
    assert len(theirs) == 25
    for year in (2020, 2025, 2026, 2027):
        assert {d["service_id"] for d in DESIGNATIONS if d["fiscal_year"] == year} == theirs


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


def test_no_sentence_of_performance_gov_is_carried_over() -> None:
    theirs = {run for row in rows(HISPS) for run in runs(row["blurb"] + " " + row["headline"], 8)}
    for service in SERVICES:
        prose = [service["description"], *texts(service["occasion"]), *texts(service["offering"])]
        assert not [run for text in prose for run in runs(text, 8) & theirs]
