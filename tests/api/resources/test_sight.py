"""Lists with a key show what its holder may see, and nothing of what others keep to themselves."""

import csv
import datetime
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.calendar.fiscal import Period
from inventory.ledger.store import Store
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.inventory.ledger.test_store import save
from tests.support.api.writing import HOLDERS, Site, writing_site
from tests.support.builders import a_designation, a_provider, a_service
from tests.support.quarters import ATTESTED, a_quarter, publish_quarter, with_designations

AS_JSON, AS_LINES = ({"Content-Type": media} for media in ("application/json", "application/x-ndjson"))
QUARTERS = [Period(2025, number) for number in (1, 2, 3, 4)]
IDS = [f"dos-ca/dos-ca-passports/{quarter}" for quarter in QUARTERS]


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    """A published service, a changed draft of it, a draft of another agency, and quarters in three states."""
    with writing_site(store, tmp_path) as made:
        with_designations(store, [("dos-ca", "dos-ca-passports", 2025)])
        save(store, "service", a_service(name="Laissez-passer", not_digital=None))
        save(store, "service", a_service(service_id="usda-secret", name="Secretum", organization_id="usda"))
        publish_quarter(store, a_quarter(str(QUARTERS[0])))
        for quarter in QUARTERS[1:3]:
            save(store, "feedback", a_quarter(str(quarter)))
        submit = Change(record_type="feedback", record_id=IDS[1], action="submit", attestation=ATTESTED)
        append(store, OPERATOR, now, submit)
        yield made


def ids(site: Site, path: str, holder: str | None, field: str = "service_id") -> list[str]:
    answer = site.ask("GET", path, holder)
    assert answer.status_code == 200, answer.text
    return [item[field] for item in answer.json()["items"]]


def test_services_are_the_published_ones_unless_said(site: Site) -> None:
    for holder in (None, *HOLDERS):
        assert ids(site, "/services", holder) == ["dos-ca-passports"]


@pytest.mark.parametrize(
    ("holder", "seen"),
    [
        ("editor", ["dos-ca-passports"]),
        ("editor above", ["dos-ca-passports"]),
        ("foreign editor", ["usda-secret"]),
        ("omb_admin", []),
        ("omb_reviewer", []),
    ],
)
def test_drafts_are_listed_for_their_own_alone(site: Site, holder: str, seen: list[str]) -> None:
    for more in ("", "&limit=1", "&channel=website", "&q=secretum" if holder == "foreign editor" else ""):
        assert ids(site, f"/services?state=draft{more}", holder) == seen
        assert site.ask("GET", f"/services?state=draft{more}", holder).json()["next"] is None
    lines = site.ask("GET", "/services?state=draft", holder, headers={"Accept": "application/x-ndjson"}).text
    assert lines.count("\n") == len(seen)


def test_filters_and_words_read_the_version_that_is_shown(site: Site) -> None:
    assert ids(site, "/services?q=laissez&state=draft", "editor") == ["dos-ca-passports"]
    assert ids(site, "/services?q=laissez", "editor") == []
    assert ids(site, "/services?state=draft&organization=dos", "editor") == ["dos-ca-passports"]
    assert ids(site, "/services?state=draft&organization=usda", "editor") == []


@pytest.mark.parametrize(
    ("holder", "count"), [(None, 1), ("editor", 3), ("omb_reviewer", 2), ("foreign editor", 1), ("editor above", 3)]
)
def test_feedback_is_every_state_in_sight(site: Site, holder: str | None, count: int) -> None:
    assert len(ids(site, "/feedback", holder)) == count
    assert len(ids(site, "/feedback?period=2025", holder)) == count
    answer = site.ask("GET", "/feedback?period=2025", holder, headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == count
    assert ("contact_email" in rows[0]) is (holder is not None)
    own = holder not in (None, "foreign editor")
    assert ("private@example.gov" in answer.text) is own


def test_pages_go_through_what_is_seen(site: Site) -> None:
    found, path = [], "/feedback?limit=1&fields=fiscal_year,quarter"
    following: str | None = ""
    while following is not None:
        page = site.ask("GET", path + (f"&cursor={following}" if following else ""), "omb_admin").json()
        found += page["items"]
        following = page["next"]
    assert found == [{"fiscal_year": 2025, "quarter": 1}, {"fiscal_year": 2025, "quarter": 2}]


def test_a_day_is_as_public_with_a_key_too(site: Site) -> None:
    day = now().date()
    for holder in (None, "editor", "omb_admin"):
        assert len(ids(site, f"/feedback?as_of={day}", holder)) == 1
    assert ids(site, f"/services?state=draft&as_of={day}", "editor") == []


def test_who_may_know_of_a_record_is_told_that_it_was_not_public_on_a_day(site: Site) -> None:
    day, record = "2026-11-01", "/services/dos-ca-passports"
    hidden = {holder: site.ask("GET", f"/services/usda-secret?as_of={day}", holder) for holder in (None, "editor")}
    seen = [site.ask("GET", f"{record}?as_of={day}", holder) for holder in (None, "editor", "foreign editor")]
    own = site.ask("GET", f"/services/usda-secret?as_of={day}", "foreign editor")
    assert {answer.status_code for answer in (own, *seen, *hidden.values())} == {404}
    assert {answer.json()["detail"] for answer in seen} == {f"service dos-ca-passports was not public on {day}"}
    assert own.json()["detail"] == f"service usda-secret was not public on {day}"
    for holder, answer in hidden.items():
        absent = site.ask("GET", f"/services/usda-nothing?as_of={day}", holder).json()["detail"]
        assert answer.json()["detail"].replace("secret", "nothing") == absent
    site.ask("POST", f"{record}/withdraw", "omb_admin", json={"reason": "A mistake."})
    assert site.ask("GET", f"{record}?as_of={day}").status_code == 410


def test_other_lists_go_by_sight_too(site: Site) -> None:
    site.ask("PUT", "/designations/dos-ca/dos-ca-passports/2026", "editor", json=_designation())
    field = "fiscal_year"
    assert ids(site, "/designations", None, field) == [2025]  # type: ignore[comparison-overlap]
    assert ids(site, "/designations", "editor", field) == [2025, 2026]  # type: ignore[comparison-overlap]
    assert ids(site, "/designations?state=proposed", "foreign editor", field) == []
    assert site.ask("GET", "/designations?state=proposed").status_code == 401


def _designation() -> dict[str, object]:
    return {"provider_id": "dos-ca", "service_id": "dos-ca-passports", "fiscal_year": 2026}


def test_only_the_fields_asked_for_are_told_in_every_form(site: Site) -> None:
    path = "/services?fields=_version,service_id,_state,name,_etag"
    [item] = site.ask("GET", path).json()["items"]
    assert list(item) == ["_version", "service_id", "_state", "name", "_etag"]
    assert (item["_state"], item["_version"]) == ("published", 1)
    lines = site.ask("GET", path, headers={"Accept": "application/x-ndjson"})
    assert lines.json() == item
    rows = csv.DictReader(io.StringIO(site.ask("GET", path, headers={"Accept": "text/csv"}).text))
    assert list(rows) == [{name: str(value) for name, value in item.items()}]
    one = site.ask("GET", f"/services/dos-ca-passports?{path.partition('?')[2]}")
    assert one.json() == item and one.headers["etag"] == item["_etag"]


def test_a_field_there_is_not_is_refused_with_those_there_are(site: Site) -> None:
    for path in ("/services?fields=name,nmae&state=x", "/services/dos-ca-passports?fields=nmae"):
        problems = site.ask("GET", path).json()["problems"]
        told = next(problem for problem in problems if problem["field"] == "fields")
        assert (told["code"], told["value"]) == ("unknown-code", "nmae") and "_state" in told["expected"]
        assert told["message"] == "There is no field nmae"


@pytest.mark.parametrize("more", ["", "&for=excel"])
def test_a_list_within_a_record_has_no_column_and_is_refused_as_csv(site: Site, more: str) -> None:
    path = f"/services?fields=name,channels{more}"
    lists = site.ask("GET", path, headers={"Accept": "text/csv"})
    assert lists.status_code == 400
    [told] = lists.json()["problems"]
    assert told["message"] == "channels is a list within a record and has no column in CSV; JSON and NDJSON hold it"
    assert "name" in told["expected"].split(", ") and "channels" not in told["expected"].split(", ")
    if not more:
        assert set(site.ask("GET", path).json()["items"][0]) == {"name", "channels"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_excel_is_given_no_formulas_and_others_exact_cells(store: Store, tmp_path: Path, text: str) -> None:
    name = text.strip() if text.startswith("\t") else text
    with writing_site(store, tmp_path) as site:
        save(store, "service", a_service(name=name, organization_id="dos-ca"))
        append(store, OPERATOR, now, Change(record_type="service", record_id="dos-ca-passports", action="publish"))
        exact = site.ask("GET", "/services?fields=name", headers={"Accept": "text/csv"})
        assert exact.text == f"name\n{name}\n"
        harmless = site.ask("GET", "/services?fields=name,_version&for=excel")
        assert harmless.text == f"\ufeffname,_version\n'{name},1\n"
        assert harmless.headers["content-disposition"] == 'attachment; filename="services.csv"'
        assert site.ask("GET", "/codes?for=excel").text.startswith("\ufeff")


def test_a_page_that_has_not_changed_is_not_sent_again(site: Site) -> None:
    for path in ("/services", "/feedback?period=2025", "/codes", "/scores", "/board"):
        tag = site.ask("GET", path, "editor").headers["etag"]
        again = site.ask("GET", path, "editor", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    tag = site.ask("GET", "/feedback", "editor").headers["etag"]
    assert site.ask("GET", "/feedback", headers={"If-None-Match": tag}).status_code == 200


def test_omb_sets_a_due_date_where_the_calendar_is(site: Site) -> None:
    body = {"due_on": "2026-02-02", "reason": "Snow"}
    assert site.ask("PUT", "/calendar/2026-Q1", "editor", json=body).status_code == 403
    set_ = site.ask("PUT", "/calendar/2026-Q1", "omb_admin", json=body)
    assert (set_.status_code, set_.json()["record"]) == (201, "due_date/2026-Q1")
    assert site.ask("GET", "/due_dates/2026-Q1").json()["due_on"] == "2026-02-02"
    assert set_.headers["location"] == "/api/v1/due_dates/2026-Q1"  # where it is read
    days = site.ask("GET", "/calendar/2026").json()["items"]
    assert any("2026-02-02" in day.values() for day in days)
    assert site.ask("PUT", "/calendar/2026-Q1", "omb_admin", json=body).status_code == 428
    tag = site.tag("/due_dates/2026-Q1", "omb_admin")
    again = site.ask("PUT", "/calendar/2026-Q1", "omb_admin", json=body, headers={"If-Match": tag})
    assert again.status_code == 200
    for period, sent in (("2026-Q9", body), ("x", body), ("2026-Q2", []), ("2026-Q2", {"fiscal_year": 2027, **body})):
        assert site.ask("PUT", f"/calendar/{period}", "omb_admin", json=sent).status_code == 422
    assert site.ask("GET", "/calendar/2026-Q1").status_code == 404


def test_every_address_answers_head_and_options(site: Site) -> None:
    paths = site.client.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        address = path.replace("{version}", "1").replace("{", "").replace("}", "")
        told = site.client.options(address)
        assert told.status_code == 204, path
        assert {method.upper() for method in operations} <= set(told.headers["allow"].split(", ")), path
        if "get" in operations:
            asked, head = site.client.get(address), site.client.head(address)
            assert (head.status_code, head.content) == (asked.status_code, b""), path
            assert head.headers.get("etag") == asked.headers.get("etag"), path
    preflight = {"Origin": "https://example.gov", "Access-Control-Request-Method": "GET"}
    assert site.client.options("/api/v1/services", headers=preflight).headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(("method", "path"), [("PUT", "/designations/dos-ca/{}/2027"), ("POST", "/checks/designation")])
def test_omb_learns_of_no_draft_by_naming_it(site: Site, method: str, path: str) -> None:
    """Of a draft the same is said as of nothing, and no designation makes its id public."""
    save(site.store, "service", a_service(service_id="dos-ca-hidden"))
    told = []
    for name in ("dos-ca-hidden", "dos-ca-nothing"):
        sent = a_designation(provider_id="dos-ca", service_id=name, fiscal_year=2027)
        answer = site.ask(method, path.format(name), "omb_admin", json=sent)
        assert "reference-unknown" in answer.text and (method == "POST" or answer.status_code == 422)
        told.append(answer.text.replace(name, "it"))
    assert told[0] == told[1]


def test_omb_transfers_a_draft_without_being_told_of_it(site: Site) -> None:
    secret = a_service(service_id="dos-ca-hidden", description=None)
    kept = site.ask("PUT", "/services/dos-ca-hidden", "editor", json=secret)
    assert kept.status_code == 201 and kept.json()["problems"]
    answer = site.ask("POST", "/services/dos-ca-hidden/transfer", "omb_admin", json={"organization_id": "usda"})
    assert answer.status_code == 200 and "problems" not in answer.json()


@pytest.mark.parametrize("holder", ["foreign editor", "omb_admin"])
def test_no_check_tells_whether_others_have_begun_a_quarter(site: Site, holder: str) -> None:
    provider = a_provider(provider_id="dos", organization_id="dos", reporting_starts=None, active=True)
    save(site.store, "provider", provider)
    save(site.store, "designation", a_designation(provider_id="dos", fiscal_year=2026))
    sent = [json.dumps(provider), json.dumps(a_quarter("2026-Q1", provider_id="dos"))]

    def told() -> list[str]:
        checks = (("provider", sent[0]), ("feedback?action=submit", sent[1]))
        answers = [site.ask("POST", f"/checks/{path}", holder, content=body, headers=AS_JSON) for path, body in checks]
        imported = site.ask("POST", "/imports?dry_run=true", holder, content="\n".join(sent), headers=AS_LINES)
        return [answer.text for answer in (*answers, imported)]

    before = told()
    assert "target-date-missing" in before[0]
    save(site.store, "feedback", json.loads(sent[1]))
    if holder == "foreign editor":
        record_id = "dos/dos-ca-passports/2026-Q1"
        submit = Change(record_type="feedback", record_id=record_id, action="submit", attestation=ATTESTED)
        append(site.store, OPERATOR, lambda: now() - datetime.timedelta(days=30), submit)
    assert told() == before


def test_omb_goes_on_with_the_designation_of_a_draft_that_it_confirmed(site: Site) -> None:
    """Its service's id is public by then: who proposed it saw the draft."""
    save(site.store, "service", a_service(service_id="dos-ca-hidden"))
    path = "/designations/dos-ca/dos-ca-hidden/2027"
    sent = a_designation(provider_id="dos-ca", service_id="dos-ca-hidden", fiscal_year=2027)
    assert site.ask("PUT", path, "editor", json=sent).status_code == 201
    assert site.ask("POST", f"{path}/confirm", "omb_admin").status_code == 200
    changed = {**sent, "ended_after": 2}
    assert site.ask("POST", "/checks/designation", "omb_admin", json=changed).json()["errors"] == 0
    assert site.ask("PUT", path, "omb_admin", json=changed, headers={"If-Match": "*"}).status_code == 200


def test_whoever_transfers_a_draft_unseen_has_its_receipt(site: Site) -> None:
    path = "/services/usda-secret/transfer"
    moved = site.ask("POST", path, "omb_admin", json={"organization_id": "dos-ca"}).json()
    for holder, status in (("omb_admin", 200), ("omb_reviewer", 404), (None, 404), ("editor", 200)):
        assert site.ask("GET", f"/receipts/{moved['link']}", holder).status_code == status
    for owner, status in (("dos-ca", 409), ("nowhere", 422)):
        assert site.ask("POST", path, "omb_admin", json={"organization_id": owner}).status_code == status
