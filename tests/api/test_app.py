"""The API as its readers see it."""

import csv
import datetime
import io
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, TimeoutError

from api.app import create_app
from api.contract.errors import BadSetting
from api.contract.media_types import NDJSON
from api.middleware.problems import STATUS, TOLD_INSTEAD, ProblemDetails
from api.openapi.document import components
from api.server.settings import EXPECTED, Settings
from datapackage.contracts.json_schemas import SCHEMAS
from datapackage.releases.make import Release, make_release
from inventory.codes import Measure
from inventory.errors import Broken, Busy, Incompatible, InventoryError
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from inventory.validation.rules import RULES
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, ROOT, now
from tests.support.builders import a_provider, a_service
from tests.support.sites import serving

PASSPORTS = "/api/v1/services/dos-ca-passport-services"
Client = TestClient[Any]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def client(sample_store: Store, sample_release: Release, home: Path) -> Any:
    shutil.copytree(sample_release.path.parent, home / "releases")
    with serving(sample_store, home) as client:
        yield client


def act(store: Store, action: str, record_id: str) -> None:
    append(store, OPERATOR, now, Change(record_type="service", record_id=record_id, action=action, note="why"))


def test_a_service_is_its_stored_bytes(client: Client, sample_store: Store) -> None:
    answer = client.get(PASSPORTS)
    assert answer.status_code == 200
    assert answer.content == sample_store.public("service", "dos-ca-passport-services").body
    assert (answer.headers["psi-state"], answer.headers["psi-version"]) == ("published", "1")


def test_a_client_that_has_it_gets_304(client: Client, sample_store: Store) -> None:
    etag = client.get(PASSPORTS).headers["etag"]
    assert client.get(PASSPORTS, headers={"If-None-Match": etag}).status_code == 304
    act(sample_store, "retire", "dos-ca-passport-services")
    assert client.get(PASSPORTS, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["/", PASSPORTS, "/api/v1/services", "/data/inventory/services", "/openapi.json"])
def test_head_is_get_without_the_body(client: Client, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert client.head("/nowhere").status_code == 404


def test_pages_neither_skip_nor_repeat(client: Client) -> None:
    seen: list[str] = []
    path = "/api/v1/services?limit=10"
    for _ in range(20):
        answer = client.get(path)
        body = answer.json()
        seen += [item["service_id"] for item in body["items"]]
        if body["next"] is None:
            assert "link" not in answer.headers
            break
        path = answer.headers["link"].partition("<")[2].partition(">")[0]
        assert body["next"] in path
    assert len(seen) == 74 and seen == sorted(set(seen))


@pytest.mark.parametrize("table", [kind.table for kind in INVENTORY.values()])
def test_every_list_comes_as_json_ndjson_and_csv(client: Client, table: str) -> None:
    items = client.get(f"/api/v1/{table}?limit=1000").json()["items"]
    lines = client.get(f"/api/v1/{table}", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    rows = list(csv.DictReader(io.StringIO(client.get(f"/api/v1/{table}", headers={"Accept": "text/csv"}).text)))
    assert [json.loads(line) for line in lines] == items
    key = INVENTORY[next(k for k, v in INVENTORY.items() if v.table == table)].shape.key[0].name
    assert [row[key] for row in rows] == [item[key] for item in items]


@pytest.mark.parametrize("path", ["/schemas", "/rules", "", "/changes", "/services/dos-ca-passport-services/versions"])
def test_lists_beside_the_records_come_in_the_same_forms(client: Client, path: str) -> None:
    items = client.get(f"/api/v1{path}").json()["items"]
    lines = client.get(f"/api/v1{path}", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    rows = list(csv.DictReader(io.StringIO(client.get(f"/api/v1{path}", headers={"Accept": "text/csv"}).text)))
    assert [json.loads(line) for line in lines][: len(items)] == items
    assert [{name: row[name] for name in item} for item, row in zip(items, rows, strict=False)] == [
        {name: "" if value is None else str(value) for name, value in item.items()} for item in items
    ]


def test_as_of_a_day_before_all_days_there_was_nothing(client: Client) -> None:
    assert client.get("/api/v1/services?as_of=2020-01-01").json() == {"items": [], "next": None}
    assert client.get(f"{PASSPORTS}?as_of=2020-01-01").status_code == 404
    assert len(client.get("/api/v1/services?as_of=2026-11-23&limit=1000").json()["items"]) == 74


def test_versions_tell_every_public_act(client: Client, sample_store: Store) -> None:
    act(sample_store, "retire", "dos-ca-passport-services")
    items = client.get(f"{PASSPORTS}/versions").json()["items"]
    assert [(item["version"], item["action"]) for item in items] == [(1, "publish"), (1, "retire")]
    assert client.get(f"{PASSPORTS}/versions/1").json()["service_id"] == "dos-ca-passport-services"
    assert client.get(f"{PASSPORTS}/versions/2").status_code == 404


def test_a_designation_is_found_by_its_three_keys(client: Client) -> None:
    answer = client.get("/api/v1/designations/dos-ca/dos-ca-passport-services/2020")
    assert answer.json()["fiscal_year"] == 2020


def test_changes_tell_every_publication_once(client: Client) -> None:
    seen: list[int] = []
    since = 0
    for _ in range(100):
        body = client.get(f"/api/v1/changes?since={since}&limit=100").json()
        if not body["items"]:
            break
        seen += [item["public_seq"] for item in body["items"]]
        since = body["next"]
    assert seen == list(range(1, 271))


def test_a_receipt_is_checked(client: Client, sample_store: Store) -> None:
    link = sample_store.chain().link
    assert client.get(f"/api/v1/receipts/{link}").json()["link"] == link
    assert client.get("/api/v1/receipts/none").status_code == 404


def test_drafts_and_private_fields_are_nowhere(client: Client, sample_store: Store) -> None:
    for record_type, record_id, document in (
        ("service", "secret-draft", a_service(service_id="secret-draft", name="Unheard of")),
        ("provider", "secretive", a_provider(provider_id="secretive")),
    ):
        change = Change(record_type=record_type, record_id=record_id, action="save", document=document)
        append(sample_store, OPERATOR, now, change)
    paths = ["services", "providers", "providers/secretive", "changes?since=270", "services?q=unheard"]
    for path in paths:
        text = client.get(f"/api/v1/{path}").text
        assert "secret-draft" not in text and "private@example.gov" not in text, path
    assert client.get("/api/v1/services/secret-draft").status_code == 404


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/api/v1/services/none", "*/*", 404),
        ("/api/v1/nothing", "*/*", 404),
        ("/api/v1/services?limit=0", "*/*", 400),
        ("/api/v1/services?limit=x", "*/*", 400),
        ("/api/v1/services?cursor=%21", "*/*", 400),
        ("/api/v1/services?as_of=yesterday", "*/*", 400),
        ("/api/v1/services", "image/png", 406),
        ("/api/v1/codes/none", "*/*", 404),
        ("/api/v1/schemas/none", "*/*", 404),
        ("/releases/none/x", "*/*", 404),
        ("/releases/2026-11-23.270/../../ledger.db", "*/*", 404),
        ("/releases/2026-11-23.270/%2e%2e%2f%2e%2e%2fledger.db", "*/*", 404),
    ],
)
def test_every_error_is_a_problem(client: Client, path: str, accept: str, status: int) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    details = msgspec.json.decode(answer.content, type=ProblemDetails)
    assert details.status == status and details.detail
    assert (status != 400) or details.problems


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("services?limit=x", "limit must be a whole number from 1 to 1000"),
        ("services?limit=5000", "limit must be a whole number from 1 to 1000"),
        ("services?as_of=y", "as_of must be a day written as 2026-03-31"),
        ("services?digital=7", "digital must be true or false"),
        ("changes?since=-1", "since must be a whole number from 0 to 9,007,199,254,740,991"),
    ],
)
def test_a_parameter_is_named_with_what_it_must_be(client: Client, query: str, told: str) -> None:
    answer = client.get(f"/api/v1/{query}").json()
    [problem] = answer["problems"]
    name, value = query.partition("?")[2].split("=")
    assert (answer["detail"], problem["message"]) == (told, told)
    assert (problem["field"], problem["value"]) == (name, value)
    assert told == f"{name} must be {problem['expected']}"


def test_a_parameter_given_twice_is_refused_and_not_chosen_from(client: Client) -> None:
    [problem] = client.get("/api/v1/services?limit=1&limit=2").json()["problems"]
    assert (problem["field"], problem["message"], problem["expected"]) == (
        "limit",
        "limit is given 2 times",
        "one value",
    )


def test_every_parameter_at_fault_is_named(client: Client) -> None:
    answer = client.get("/api/v1/services?limit=1&limit=x&as_of=y").json()
    assert [(problem["field"], problem["value"]) for problem in answer["problems"]] == [("limit", "x"), ("as_of", "y")]


@pytest.mark.parametrize("path", ["services?channel=xx&digital=7&", "organizations?"])
def test_all_that_is_wrong_with_the_parameters_is_named_at_once(client: Client, path: str) -> None:
    bad = {"limit": "0", "cursor": "zz", "as_of": "q", "foo": "1"} | ({"channel": "xx"} if "channel" in path else {})
    wrong = client.get(f"/api/v1/{path}limit=0&cursor=zz&as_of=q&foo=1")
    assert wrong.status_code == 400
    found = {problem["field"]: problem.get("value", "1") for problem in wrong.json()["problems"]}
    assert found == bad | ({"digital": "7"} if "digital" in path else {})
    assert all(problem["expected"] and problem["message"] for problem in wrong.json()["problems"])


def test_a_day_that_has_not_come_is_refused_and_today_is_not(sample_store: Store, tmp_path: Path) -> None:
    settings = Settings.from_environment({"PSI_HOME": str(tmp_path)})
    # Half past eight in the evening in Washington, when it is tomorrow in UTC.
    late = datetime.datetime(2026, 11, 24, 1, 30, tzinfo=datetime.UTC)
    with TestClient(create_app(settings, sample_store, lambda: late)) as client:
        for path in ("services", "organizations", "services/dos-ca-passport-services"):
            assert client.get(f"/api/v1/{path}?as_of=2026-11-23").status_code == 200
            answer = client.get(f"/api/v1/{path}?as_of=2026-11-24")
            assert answer.status_code == 400
            [told] = answer.json()["problems"]
            assert (told["field"], told["expected"]) == ("as_of", "a day that has come, at the latest 2026-11-23")


@pytest.mark.parametrize("path", ["services", "codes", "rules"])
def test_a_form_that_lists_do_not_come_in_is_answered_with_those_they_do(client: Client, path: str) -> None:
    answer = client.get(f"/api/v1/{path}", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json()["detail"] == "Lists come as application/json, application/x-ndjson and text/csv"


@pytest.mark.parametrize(
    ("error", "told"),
    [(Broken("secret"), "Stored data does not agree"), (Incompatible("secret"), "made by a newer version")],
)
def test_what_only_an_operator_may_know_is_told_in_general(
    client: Client, sample_store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    monkeypatch.setattr(sample_store, "chain", raising(error))
    answer = client.get("/api/v1/ledger/head")
    assert answer.status_code == 500 and told in answer.json()["detail"] and "secret" not in answer.text


def raising(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT", {}, Exception("gone")), sqlite3.OperationalError("disk I/O error")]
)
def test_health_is_503_where_the_database_does_not_answer(
    client: Client, sample_store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    assert client.get("/health").json() == {"status": "ok", "public_seq": 270, "release": "2026-11-23.270"}
    monkeypatch.setattr(sample_store, "chain", raising(error))
    answer = client.get("/health")
    assert answer.status_code == 503
    assert msgspec.json.decode(answer.content, type=ProblemDetails).detail == "The database does not answer"


@pytest.mark.parametrize(
    ("asked", "unchanged"),
    [
        ("{}", True),
        ("W/{}", True),
        ('"other", {}', True),
        ('W/"other",W/{}', True),
        ('"a,b", {}', True),
        ("*", True),
        (" * ", True),
        ('"other"', False),
        ("", False),
        ("no tag", False),
    ],
)
@pytest.mark.parametrize("path", [PASSPORTS, "/releases/2026-11-23.270/datapackage.json"])
def test_unchanged_is_told_in_every_way_a_client_may_ask(
    client: Client, path: str, asked: str, unchanged: bool
) -> None:
    etag = client.get(path).headers["etag"]
    answer = client.get(path, headers={"If-None-Match": asked.replace("{}", etag)})
    assert answer.status_code == (304 if unchanged else 200)
    assert answer.headers["etag"] == etag


def test_a_part_of_a_tag_is_not_the_tag(client: Client) -> None:
    path = "/releases/2026-11-23.270/datapackage.json"
    etag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": f'"x{etag}"'}).status_code == 200


def test_what_was_withdrawn_answers_410(client: Client, sample_store: Store) -> None:
    act(sample_store, "withdraw", "dos-ca-passport-services")
    assert client.get(PASSPORTS).status_code == 410


def test_a_browser_gets_a_page_for_an_error(client: Client) -> None:
    answer = client.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404 and "<h1>Not found</h1>" in answer.text


def test_every_error_has_a_status() -> None:
    assert set(STATUS) >= set(InventoryError.__subclasses__())
    assert {error for error, status in STATUS.items() if status == 500} == set(TOLD_INSTEAD)


class BrokenInItsWay(Broken):
    """A kind of what is for the operator alone."""


def test_a_kind_of_what_is_for_the_operator_alone_is_for_them_too(
    client: Client, sample_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_store, "chain", raising(BrokenInItsWay("the disk at /dev/sda")))
    answer = client.get("/api/v1/ledger/head")
    assert (answer.status_code, answer.json()["detail"]) == (500, TOLD_INSTEAD[Broken])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OperationalError("", {}, Exception("the server is gone")), 503),
        (InterfaceError("", {}, Exception("the connection is closed")), 503),
        (InternalError("", {}, Exception("cut off"), connection_invalidated=True), 503),
        (TimeoutError("no connection is free"), 503),
        (Busy("others write"), 503),
        (InternalError("", {}, Exception("a fault of ours")), 500),
    ],
)
def test_a_database_that_does_not_answer_is_asked_again_later(
    client: Client, sample_store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    monkeypatch.setattr(sample_store, "chain", raising(error))
    answer = client.get("/api/v1/ledger/head")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in answer.headers) == (status == 503)


def test_what_is_not_there_leads_to_what_is(client: Client) -> None:
    nowhere = client.get("/api/v1/nowhere").json()["detail"]
    assert nowhere == "There is nothing at /api/v1/nowhere; /api/v1 lists every operation, / leads to all pages"
    refused = client.delete("/api/v1/services")
    assert refused.json()["detail"] == f"DELETE is not answered here; {refused.headers['allow']} are"


def test_the_first_page_leads_everywhere(client: Client) -> None:
    page = client.get("/").text
    for path in (
        "/data/",
        "/releases",
        "/api/v1/services",
        "/openapi.json",
        "/api/v1/changes",
        "/docs/rules",
        "/docs/quick-start-api",
    ):
        assert f'href="{path}"' in page
        assert client.get(path).status_code == 200, path
    assert "<script" not in page


def test_every_page_says_how_it_may_be_used(client: Client) -> None:
    for path in ("/", "/api/v1/services", "/nowhere"):
        assert client.get(path).headers["x-content-type-options"] == "nosniff"


def test_datasette_shows_the_current_release(client: Client) -> None:
    assert client.get("/data/inventory/services.json?_shape=array&_size=max").json()[0]["service_id"]
    rows = client.get("/data/inventory/not_digital.json?_shape=array").json()
    assert rows and all(row["reason"] for row in rows)
    assert client.get("/data/inventory/services_fts.json").status_code == 403


def test_a_new_release_is_served_without_a_restart(client: Client, sample_store: Store, home: Path) -> None:
    act(sample_store, "retire", "dos-ca-passport-services")
    before = client.get("/health").json()["release"]
    made = make_release(sample_store, home / "releases", lambda what, count: None)
    assert client.get("/health").json()["release"] == made.release_id != before
    query = "SELECT state FROM publications WHERE record_id = 'dos-ca-passport-services'"
    rows = client.get("/data/inventory.json", params={"sql": query, "_shape": "array"}).json()
    assert rows == [{"state": "retired"}]


def test_release_files_never_change(client: Client) -> None:
    path = client.get("/releases/latest/datapackage.json").url.path
    answer = client.get(path)
    assert answer.json()["version"] == "2026-11-23.270"
    assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert client.get("/releases/2026-11-23.270.zip").content[:2] == b"PK"


def test_the_latest_zip_leads_to_the_current_one(client: Client) -> None:
    assert client.get("/releases/latest.zip").url.path == "/releases/2026-11-23.270.zip"
    assert client.get("/releases/2026-11-23.999.zip").status_code == 404


def test_before_the_first_release_the_site_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    settings = Settings.from_environment({"PSI_HOME": str(tmp_path / "empty")})
    with TestClient(create_app(settings, sqlite_store)) as client:
        for path in ("/data/", "/data", "/data/inventory/services"):
            page = client.get(path, headers={"Accept": "text/html"})
            assert page.status_code == 503 and "There is no release yet" in page.text and 'href="/"' in page.text
            assert client.get(path).json()["detail"].startswith("There is no release yet")
        for path in ("/releases/latest", "/releases/latest.zip"):
            assert client.get(path).json()["detail"] == "There is no release yet"
        assert "There is no release yet" in client.get("/").text
        assert "There is no release yet" in client.get("/releases").text


def test_the_description_bears_msgspecs_own_schemas(client: Client) -> None:
    described = client.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    own = msgspec.json.decode(msgspec.json.encode(components(INVENTORY)))
    assert {name: described["components"]["schemas"][name] for name in own} == own


def test_every_schema_that_is_pointed_to_is_described(client: Client) -> None:
    text = client.get("/openapi.json").text
    pointed = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert pointed <= set(json.loads(text)["components"]["schemas"])


def test_every_operation_is_named_and_says_how_it_may_fail(client: Client) -> None:
    described = client.get("/openapi.json").json()
    found = [operation for path in described["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in found]
    assert len(names) == len(set(names)) > 20
    for operation in found:
        assert operation["summary"] and operation["tags"], operation["operationId"]
        places = {parameter["in"] for parameter in operation.get("parameters", [])}
        listed = operation["operationId"].startswith("list") and "limit" in str(operation.get("parameters"))
        wanted = {"404"} if "path" in places else {"400"} if listed else set()
        refused = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert wanted <= refused.keys(), operation["operationId"]
        for answer in refused.values():
            [(kind, content)] = answer["content"].items()
            assert kind == "application/problem+json"
            assert content["schema"] == {"$ref": "#/components/schemas/ProblemDetails"}
    assert "503" in described["paths"]["/health"]["get"]["responses"]


def test_the_description_names_the_public_address(sample_store: Store, tmp_path: Path) -> None:
    settings = Settings.from_environment({"PSI_HOME": str(tmp_path), "PSI_PUBLIC_URL": "https://services.example.gov/"})
    with TestClient(create_app(settings, sample_store)) as client:
        assert client.get("/openapi.json").json()["servers"] == [{"url": "https://services.example.gov"}]


@pytest.mark.parametrize("name", INVENTORY)
def test_the_schema_that_is_served_is_the_one_committed(client: Client, name: str) -> None:
    answer = client.get(f"/api/v1/schemas/{name}")
    assert answer.headers["content-type"].startswith("application/schema+json")
    assert answer.json() == json.loads((ROOT / SCHEMAS / f"{name}.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ["codes", "rules"])
def test_reference_lists_come_in_every_form(client: Client, name: str) -> None:
    whole = client.get(f"/api/v1/{name}").json()
    assert whole["items"] and whole["next"] is None
    lines = client.get(f"/api/v1/{name}", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == whole["items"]
    assert in_csv(client, name)
    answers = client.get("/openapi.json").json()["paths"][f"/api/v1/{name}"]["get"]["responses"]
    assert set(answers["200"]["content"]) == {"application/json", "application/x-ndjson", "text/csv"}


@pytest.mark.parametrize("accept", ["*/*", "application/x-ndjson", "text/csv"])
def test_a_cursor_goes_on_with_its_own_list_alone(client: Client, accept: str) -> None:
    following = client.get("/api/v1/organizations?limit=1").json()["next"]
    for name in ("services", "providers", "designations", "feedback", "scores"):
        answer = client.get(f"/api/v1/{name}?cursor={following}", headers={"Accept": accept})
        assert answer.status_code == 400, name
        assert answer.json()["problems"][0]["message"] == "The cursor is that of another list; begin without one"
    assert client.get(f"/api/v1/organizations?cursor={following}", headers={"Accept": accept}).status_code == 200


def test_a_parameter_there_is_not_is_told_at_once(client: Client) -> None:
    answer = client.get("/api/v1/services?chanel=kiosk")
    assert answer.json()["detail"] == "There is no parameter chanel; the nearest is channel"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=" + "a+" * 200, "q must be at most 300 characters"),
        ("organization=Department+of+State", "organization must be an id"),
        ("channel=" + "x" * 9_000, "channel takes one of its codes"),
        ("&".join(f"a{number}=1" for number in range(3_000)), None),
        ("fields=" + ",".join(f"a{number}" for number in range(5_000)), None),
    ],
)
def test_an_answer_is_not_very_much_longer_than_what_asks_for_it(
    client: Client, query: str, expected: str | None
) -> None:
    answer = client.get(f"/api/v1/services?{query}")
    assert answer.status_code == 400 and len(answer.json()["problems"]) == (100 if expected is None else 1)
    assert expected is None or answer.json()["detail"] == expected
    assert len(answer.content) < 4 * len(query) + 1_000


def in_csv(client: Client, name: str) -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/{name}", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_rules_say_in_words_what_they_apply_to(client: Client) -> None:
    items = client.get("/api/v1/rules").json()["items"]
    named = {name for item in items for name in item["applies_to"].split(", ")}
    assert named <= {"every record", *INVENTORY} and {"every record", "service", "feedback"} <= named
    page = (ROOT / "docs" / "reference" / "rules.md").read_text("utf-8")
    for rule in items[: len(RULES)]:
        assert f"| `{rule['id']}` | {rule['applies_to']} | {rule['severity']} |" in page
    assert in_csv(client, "rules") == [{k: "" if v is None else v for k, v in item.items()} for item in items]


def test_codes_as_csv_are_the_table_of_a_release(client: Client, home: Path) -> None:
    answer = client.get("/api/v1/codes", headers={"Accept": "text/csv"})
    assert answer.content == (home / "releases" / "2026-11-23.270" / "codes.csv").read_bytes()


def test_one_code_list_comes_in_every_form(client: Client) -> None:
    told = client.get("/api/v1/codes/channel")
    lines = client.get("/api/v1/codes/channel", headers={"Accept": NDJSON}).text.splitlines()
    assert [json.loads(line) for line in lines] == told.json()["codes"]
    whole = [row for row in in_csv(client, "codes") if row["list"] == "channel"]
    assert in_csv(client, "codes/channel") == whole and len(whole) == len(lines)
    assert client.get("/api/v1/codes/channel", headers={"If-None-Match": told.headers["etag"]}).status_code == 304


BAD = {
    "PSI_PORT": ["x", "0", "70000", "-1", "1.5", "1" * 5000],
    "PSI_WITHHOLD_BELOW": ["x", "0", "1001", "-1", "1.5", "1" * 5000],
    "PSI_DATABASE_URL": ["x", "mysql://u:secret@h/n", "sqlite://", "postgresql://u:secret@h:x/n"],
    "PSI_PUBLIC_URL": ["example.gov", "ftp://x", "https://", "https://x:y", "https://x?y", "http://["],
    "PSI_HOST": ["a b", "http://x"],
    "PSI_HOME": [__file__],
    "PSI_PUBLISHER": [" ", "a\nb", "x" * 301],
    "PSI_CONTACT": ["Desk", "<>", "Desk, of services"],
    "PSI_BUREAU_CODE": ["100", "10:55", "100:5", "100:55 "],
    "PSI_PROGRAM_CODE": ["100:55", "x"],
}


@pytest.mark.parametrize(("variable", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_setting_is_told_by_its_name_and_what_it_must_be(variable: str, value: str) -> None:
    with pytest.raises(BadSetting) as told:
        Settings.from_environment({variable: value})
    assert str(told.value).startswith(f"{variable} must be {EXPECTED[variable.removeprefix('PSI_').lower()][0]}")
    assert (repr(value[:60]) in str(told.value)) == (variable != "PSI_DATABASE_URL")


def test_all_bad_settings_are_told_at_once_and_no_secret() -> None:
    with pytest.raises(BadSetting) as told:
        Settings.from_environment(
            {"PSI_PORT": "x", "PSI_HOST": "u:secret@h", "PSI_KEY": "secret\n", "PSI_DATABASE_URL": "secret"}
        )
    assert [part.split()[0] for part in str(told.value).split("; ")] == [
        "PSI_DATABASE_URL",
        "PSI_HOST",
        "PSI_PORT",
        "PSI_KEY",
    ]
    assert "not 'x'" in str(told.value) and "secret" not in str(told.value)


def test_every_setting_says_what_it_must_be() -> None:
    assert set(EXPECTED) == set(Settings.__struct_fields__)


def test_a_database_is_shown_without_its_password() -> None:
    settings = Settings.from_environment({"PSI_DATABASE_URL": "postgresql://u:secret@h/n?password=secret"})
    assert settings.database == "postgresql://u:***@h/n"


def test_every_operation_is_documented(client: Client) -> None:
    page = (ROOT / "docs" / "http.md").read_text("utf-8")
    paths = client.get("/openapi.json").json()["paths"]
    operations = {f"`{method.upper()} {path}`" for path, found in paths.items() for method in found}
    assert operations == set(re.findall(r"`[A-Z]+ /[^`]*`", page))


def test_code_lists_are_told_as_of_a_day(client: Client) -> None:
    codes = {day: in_csv(client, f"codes?as_of={day}") for day in ("2023-09-30", "2023-10-01")}
    later = {code["code"] for code in codes["2023-10-01"]} - {code["code"] for code in codes["2023-09-30"]}
    assert later == {str(code) for code in Measure if code.valid_from}
    one = client.get("/api/v1/codes/measure?as_of=2023-09-30").json()["codes"]
    assert later and later.isdisjoint(code["code"] for code in one) and len(one) > 3
