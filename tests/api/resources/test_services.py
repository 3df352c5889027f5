"""The list of services and its filters, now and on a day."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from api.middleware.problems import ProblemDetails
from catalog.filters import FILTERS
from inventory.codes import Channel, Code, LifeEvent, ServiceType
from inventory.ledger.store import Store
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import NOON, OPERATOR, now
from tests.support.builders import a_channel, a_service, an_organization
from tests.support.sites import Client, serving

Service = dict[str, Any]
Predicate = Callable[[Service], bool]
DIGITAL = {str(channel) for channel in Channel if channel.is_digital}
ON_A_DAY = "as_of=2026-11-23"


def has_digital(service: Service) -> bool:
    return any(known["channel"] in DIGITAL for known in service.get("channels", []))


PREDICATES: dict[str, Predicate] = {
    "channel=kiosk": lambda s: any(c["channel"] == "kiosk" for c in s["channels"]),
    "service_type=benefits": lambda s: "benefits" in (s.get("service_type"), *s.get("other_service_types", ())),
    "organization=usda": lambda s: s["organization_id"].startswith("usda"),
    "life_event=travel": lambda s: s.get("occasion", {}).get("life_event") == "travel",
    "q=passport": lambda s: "passport" in json.dumps(s).lower(),
    "digital=false": lambda s: not has_digital(s),
    "digital=true&organization=dos": lambda s: has_digital(s) and s["organization_id"].startswith("dos"),
}


@pytest.mark.parametrize("more", ["", f"&{ON_A_DAY}"])
@pytest.mark.parametrize("query", PREDICATES)
def test_filters_give_what_fits_and_all_of_it(reader: Client, query: str, more: str) -> None:
    everything = reader.get("/api/v1/services?limit=1000").json()["items"]
    found = reader.get(f"/api/v1/services?limit=1000&{query}{more}").json()["items"]
    assert found == [service for service in everything if PREDICATES[query](service)] != []


@pytest.mark.parametrize("query", ["digital=true", f"digital=true&{ON_A_DAY}", ON_A_DAY])
def test_filtered_pages_neither_skip_nor_repeat(reader: Client, query: str) -> None:
    whole = reader.get(f"/api/v1/services?limit=1000&{query}").json()["items"]
    seen, path = [], f"/api/v1/services?limit=7&{query}"
    while path:
        answer = reader.get(path)
        seen += answer.json()["items"]
        path = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
    assert seen == whole and len(whole) > 40
    lines = reader.get(f"/api/v1/services?{query}", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == whole


@pytest.mark.parametrize("words", ['"', "*", "a AND", "NEAR(", "😀", "-", "   ", "a\0b"])
@pytest.mark.parametrize("more", [{}, {"as_of": "2026-11-23"}])
def test_any_words_may_be_looked_for(reader: Client, words: str, more: dict[str, str]) -> None:
    assert reader.get("/api/v1/services", params={"q": words, **more}).status_code == 200


def refused(client: Client, path: str) -> list[tuple[str, str | None, str, str]]:
    answer = client.get(path)
    assert answer.status_code == 400
    details = msgspec.json.decode(answer.content, type=ProblemDetails)
    return [(p.code, p.field, p.message, p.expected or "") for p in details.problems]


@pytest.mark.parametrize("name", ["state", *(known.name for known in FILTERS["service"])])
@pytest.mark.parametrize("more", ["", f"&{ON_A_DAY}"])
def test_a_code_there_is_not_is_refused_with_those_there_are(reader: Client, name: str, more: str) -> None:
    [(code, field, message, expected)] = refused(reader, f"/api/v1/services?{name}=bogus{more}")
    assert (code, field) == ("unknown-code", name) and name in message
    codes: dict[str, type[Code]] = {"service_type": ServiceType, "channel": Channel, "life_event": LifeEvent}
    there_are = [str(code) for code in codes[name]] if name in codes else ["published", "retired"]
    assert expected == ", ".join(there_are)


def test_every_bad_code_is_named_at_once(reader: Client) -> None:
    assert len(refused(reader, "/api/v1/services?channel=x&life_event=y&state=z")) == 3


@pytest.mark.parametrize(
    ("path", "name", "meant"),
    [
        ("/api/v1/services?servicetype=benefits", "servicetype", "service_type"),
        ("/api/v1/services?channels=kiosk", "channels", "channel"),
        ("/api/v1/services/dos-ca-passport-services?asof=2020-01-01", "asof", "as_of"),
        ("/api/v1/organizations?limt=3", "limt", "limit"),
        ("/api/v1/changes?sinc=3", "sinc", "since"),
    ],
)
def test_a_parameter_there_is_not_is_refused_with_the_nearest(reader: Client, path: str, name: str, meant: str) -> None:
    [(code, field, message, expected)] = refused(reader, path)
    assert (code, field) == ("unknown-parameter", name)
    assert message.endswith(f"the nearest is {meant}") and meant in expected.split(", ")


def test_the_codes_of_a_filter_are_described(reader: Client) -> None:
    described = reader.get("/openapi.json").json()["paths"]["/api/v1/services"]["get"]["parameters"]
    schemas = {parameter["name"]: parameter["schema"] for parameter in described}
    assert schemas["channel"]["enum"] == [str(code) for code in Channel]
    assert schemas["state"]["enum"] == ["draft", "published", "retired"]


def save(store: Store, record_type: str, document: Service) -> None:
    record_id = store.model[record_type].record_id(document)
    append(store, OPERATOR, now, Change(record_type=record_type, record_id=record_id, action="save", document=document))


def publish(store: Store, **changes: Any) -> None:
    document = a_service(**changes)
    save(store, "service", document)
    append(store, OPERATOR, now, Change(record_type="service", record_id=document["service_id"], action="publish"))


@pytest.fixture
def ready(store: Store) -> Store:
    save(store, "organization", an_organization(organization_id="dos", parent_id=None))
    save(store, "organization", an_organization())
    return store


def ids(client: Client, query: str) -> list[str]:
    return [item["service_id"] for item in client.get(f"/api/v1/services?{query}").json()["items"]]


@pytest.mark.parametrize("day", ["", "&as_of=2026-11-23"])
@pytest.mark.parametrize(("words", "finds"), [("", True), ("%20%20", True), ("%0A", True), ("!!", False)])
def test_words_left_blank_filter_nothing_and_signs_are_no_blank(
    reader: Client, words: str, finds: bool, day: str
) -> None:
    for more in ("", "&channel=phone"):
        every = ids(reader, f"{more}{day}")
        assert every and ids(reader, f"q={words}{more}{day}") == (every if finds else [])


@pytest.mark.parametrize("day", ["", f"&as_of={NOON.date()}"])
def test_a_filter_reads_its_own_fields_and_all_of_them(ready: Store, tmp_path: Any, day: str) -> None:
    volume = {"fiscal_year": 2025, "channel": "kiosk", "kind": "visits", "count": 1}
    publish(ready, service_id="dos-ca-counted", volumes=[volume])
    publish(ready, service_id="dos-ca-kiosk", channels=[a_channel("kiosk")])
    publish(ready, service_id="dos-ca-other-type", other_service_types=["benefits"])
    with serving(ready, tmp_path) as client:
        assert ids(client, f"channel=kiosk{day}") == ["dos-ca-kiosk"]
        assert ids(client, f"service_type=benefits{day}") == ["dos-ca-other-type"]
        assert len(ids(client, f"organization=dos{day}")) == 3
        assert ids(client, f"organization=no-such{day}") == []
        assert ids(client, f"organization=dos{day}&as_of=2020-01-01" if not day else "as_of=2020-01-01") == []


def test_a_day_shows_what_fitted_then(ready: Store, tmp_path: Any) -> None:
    publish(ready, channels=[a_channel("kiosk")])
    with serving(ready, tmp_path) as client:
        before = ready.chain()
        later = NOON.replace(day=NOON.day + 2)
        document = a_service(channels=[a_channel("website")])
        for change in (
            Change(record_type="service", record_id="dos-ca-passports", action="save", document=document),
            Change(record_type="service", record_id="dos-ca-passports", action="publish"),
        ):
            append(ready, OPERATOR, lambda: later, change)
        assert ready.chain().public_seq == before.public_seq + 1
        assert ids(client, "channel=kiosk") == []
        assert ids(client, f"channel=kiosk&{ON_A_DAY}") == ["dos-ca-passports"]
        assert ids(client, f"channel=website&{ON_A_DAY}") == []
