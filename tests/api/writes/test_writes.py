"""Records are written over HTTP: with a key, from a version, all problems at once, each answer a receipt."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from inventory.ledger.store import Store
from inventory.problems import MOST_PROBLEMS
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_designation, a_due_date, a_service

SERVICE = "/services/dos-ca-passports"
DOCUMENT = a_service()
GIVEN: tuple[dict[str, str], ...] = ({}, {"If-Match": '"e4"'})


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(store, tmp_path) as made:
        yield made


@pytest.fixture
def drafted(site: Site) -> Site:
    """A site with one draft of a service."""
    assert site.ask("PUT", SERVICE, "editor", json=DOCUMENT).status_code == 201
    return site


def test_a_service_is_kept_changed_and_published(site: Site) -> None:
    new = site.ask("PUT", SERVICE, "editor", json=DOCUMENT)
    assert (new.status_code, new.json()["state"], new.json()["version"]) == (201, "draft", 1)
    tag = site.tag(SERVICE, "editor")
    assert tag == new.headers["etag"]
    changed = site.ask("PUT", SERVICE, "editor", json={**DOCUMENT, "name": "Other"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    published = site.ask("POST", f"{SERVICE}/publish", "editor")
    assert (published.status_code, published.headers["psi-state"]) == (200, "published")
    assert site.ask("GET", SERVICE).json()["name"] == "Other"
    receipt = published.json()
    assert site.ask("GET", f"/receipts/{receipt['link']}").json()["seq"] == receipt["seq"]


def test_of_a_document_that_is_wrong_all_over_the_first_problems_are_told_and_how_many_there_are(site: Site) -> None:
    wrong = {f"field-{number}": 1 for number in range(MOST_PROBLEMS + 5)}
    refused = site.ask("PUT", SERVICE, "editor", json=DOCUMENT | wrong).json()
    assert refused["detail"].endswith("(of 1,001 problems the first 1,000 are listed)")
    assert len(refused["problems"]) == MOST_PROBLEMS and refused["left_out"] == {"problems": 1}
    assert refused["problems"][0]["code"] == "more-problems"
    tried = site.ask("POST", "/checks/service", "editor", json=DOCUMENT | wrong).json()
    assert (tried["errors"], len(tried["problems"])) == (MOST_PROBLEMS + 1, MOST_PROBLEMS)


def test_without_a_key_nothing_is_written(site: Site) -> None:
    refused = site.ask("PUT", SERVICE, json=DOCUMENT)
    assert refused.status_code == 401 and refused.headers["www-authenticate"].startswith("Bearer")
    assert "X-Api-Key" in refused.json()["detail"]


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_a_key_that_opens_nothing_is_refused_by_reads_too(site: Site, header: str) -> None:
    for value in ("Bearer psi_00_x", "psi_00_x", "Basic eDp5", ""):
        answer = site.ask("GET", "/services", headers={header: value})
        assert answer.status_code == 401, value


def test_a_key_is_taken_from_either_header(drafted: Site) -> None:
    key = drafted.keys["editor"]
    for headers in ({"X-Api-Key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": f"bearer {key}"}):
        assert drafted.ask("GET", SERVICE, headers=headers).status_code == 200


def test_what_was_changed_meanwhile_is_not_written_over(drafted: Site) -> None:
    tag = drafted.tag(SERVICE, "editor")
    assert drafted.ask("PUT", SERVICE, "editor", json=DOCUMENT).status_code == 428
    assert drafted.ask("PUT", SERVICE, "editor", json=DOCUMENT, headers={"If-None-Match": "*"}).status_code == 412
    first = drafted.ask("PUT", SERVICE, "editor", json={**DOCUMENT, "name": "A"}, headers={"If-Match": tag})
    second = drafted.ask("PUT", SERVICE, "editor", json={**DOCUMENT, "name": "B"}, headers={"If-Match": tag})
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.headers["etag"] == first.headers["etag"] and "version 2" in second.json()["detail"]
    assert drafted.ask("POST", f"{SERVICE}/publish", "editor", headers={"If-Match": tag}).status_code == 412
    for given in ("*", f'"x", {first.headers["etag"]}'):
        answer = drafted.ask("POST", f"{SERVICE}/publish", "editor", headers={"If-Match": given})
        assert answer.status_code == (200 if given == "*" else 412)


@pytest.mark.parametrize("given", ['"x"', 'W/"e4"', "*"])
def test_what_is_not_there_is_not_made_from_a_version(site: Site, given: str) -> None:
    refused = site.ask("PUT", SERVICE, "editor", json=DOCUMENT, headers={"If-Match": given})
    assert refused.status_code == 412 and "etag" not in refused.headers
    assert "no service/dos-ca-passports yet" in refused.json()["detail"]
    assert "send If-None-Match: *" in refused.json()["detail"]
    assert site.ask("PUT", SERVICE, "editor", json=DOCUMENT, headers={"If-None-Match": "*"}).status_code == 201


def test_the_public_part_is_no_version_to_change(drafted: Site) -> None:
    """To put it back would lose what is private."""
    drafted.ask("POST", f"{SERVICE}/publish", "editor")
    public = drafted.ask("GET", SERVICE).headers["etag"]
    drafted.ask("PUT", SERVICE, "editor", json=DOCUMENT, headers={"If-Match": drafted.tag(SERVICE, "editor")})
    whole = drafted.tag(SERVICE, "omb_admin")
    assert whole.startswith('"p')
    for tag in (public, whole):
        refused = drafted.ask("PUT", SERVICE, "editor", json=DOCUMENT, headers={"If-Match": tag})
        assert refused.status_code == 412 and "the tag of what is public" in refused.json()["detail"], tag
        assert refused.headers["etag"] == drafted.tag(SERVICE, "editor")


@pytest.mark.parametrize(
    ("given", "why", "instead"),
    [
        ({"If-None-Match": "*"}, "is there already, at version 1", "send its ETag as If-Match"),
        ({"If-Match": 'W/"e4"'}, "no weak tag", "the ETag of the record itself"),
        ({"If-Match": "e4"}, "no tag", "in its double quotes"),
        ({"If-Match": ""}, "no tag", "in its double quotes"),
        ({"If-Match": '"e1"'}, "is now at version 1", "read it again"),
        ({"If-Match": 'W/"e4", "e1"'}, "is now at version 1", "read it again"),
    ],
)
def test_a_precondition_that_does_not_hold_says_why_and_what_to_send(
    drafted: Site, given: dict[str, str], why: str, instead: str
) -> None:
    assert drafted.tag(SERVICE, "editor") == '"e4"'
    refused = drafted.ask("PUT", SERVICE, "editor", json=DOCUMENT, headers=given)
    assert (refused.status_code, refused.headers["etag"]) == (412, '"e4"')
    assert why in refused.json()["detail"] and instead in refused.json()["detail"]


def test_every_problem_is_told_at_once_and_nothing_kept(site: Site) -> None:
    bad = {**DOCUMENT, "foo": 1, "name": 7, "channels": [{"channel": "pigeon"}, {"channel": "phone", "supports": "x"}]}
    answer = site.ask("PUT", SERVICE, "editor", json=bad)
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    told = {problem["pointer"] for problem in answer.json()["problems"]}
    assert {"/foo", "/name", "/channels/0/channel", "/channels/1/supports"} <= told
    assert site.ask("GET", SERVICE, "editor").status_code == 404


def test_what_breaks_a_rule_is_kept_as_a_draft_and_not_published(site: Site) -> None:
    answer = site.ask("PUT", SERVICE, "editor", json={**DOCUMENT, "channels": []})
    assert answer.status_code == 201 and "channels-missing" in {p["code"] for p in answer.json()["problems"]}
    refused = site.ask("POST", f"{SERVICE}/publish", "editor")
    assert refused.status_code == 422 and "channels-missing" in {p["code"] for p in refused.json()["problems"]}
    assert site.ask("GET", SERVICE).status_code == 404


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        ("{", "application/json", 400),
        ("", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        (b"\xff", "application/json", 400),
        ("{}", "text/csv", 415),
        ("{}", "application/jsonx", 415),
        ("{}", None, 415),
        ("[]", "application/json", 422),
        ("null", "application/json", 422),
    ],
)
def test_a_body_that_is_none_is_refused(site: Site, content: Any, media: str | None, status: int) -> None:
    headers = {"Content-Type": media} if media else {}
    answer = site.ask("PUT", SERVICE, "editor", content=content, headers=headers)
    assert answer.status_code == status and answer.json()["detail"]


def test_a_body_that_is_no_json_is_told_where(site: Site) -> None:
    for content, why in ((b'{"name": "\\ud800"}', "half of a character"), (b'{\n"name": "\xff"}', "UTF-8: line 2")):
        answer = site.ask("PUT", SERVICE, "editor", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400 and why in answer.json()["detail"]


def test_a_body_that_says_a_thing_twice_is_refused(site: Site) -> None:
    twice = b'{"name": "One", ' + msgspec.json.encode(DOCUMENT)[1:]
    answer = site.ask("PUT", SERVICE, "editor", content=twice, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json()["detail"] == "The body has the key name twice in one object"
    assert not site.store.head("service", "dos-ca-passports").version


def test_the_address_has_to_be_that_of_the_document(site: Site) -> None:
    answer = site.ask("PUT", "/services/another", "editor", json=DOCUMENT)
    assert answer.status_code == 422
    assert answer.json()["problems"][0] | {"message": ""} == {
        "code": "other-record",
        "severity": "error",
        "message": "",
        "pointer": "/service_id",
        "value": "dos-ca-passports",
        "expected": "another",
    }


def test_a_foreign_draft_is_told_as_if_it_were_not_there(drafted: Site) -> None:
    for name, document in ((SERVICE, DOCUMENT), ("/services/none", {**DOCUMENT, "service_id": "none"})):
        told = [drafted.ask("PUT", name, "foreign editor", json=document, headers=h) for h in GIVEN]
        told += [drafted.ask("GET", name, who) for who in ("foreign editor", "omb_admin", None)]
        told += [drafted.ask("POST", f"{name}/publish", "foreign editor")]
        told += [drafted.ask("POST", f"{name}/withdraw", "omb_admin", json={"reason": "x"})]
        assert [answer.status_code for answer in told] == [403, 403, 404, 404, 404, 404, 404]
        assert all("etag" not in answer.headers for answer in told)


def test_the_same_key_asked_again_answers_the_same_and_does_nothing(drafted: Site) -> None:
    headers = {"Idempotency-Key": "one"}
    asked = [drafted.ask("POST", f"{SERVICE}/publish", "editor", headers=headers) for _ in range(3)]
    assert {(answer.status_code, answer.content, answer.headers["etag"]) for answer in asked} == {
        (200, asked[0].content, asked[0].headers["etag"])
    }
    assert drafted.store.chain().seq == asked[0].json()["seq"]
    other = drafted.ask("POST", f"{SERVICE}/publish", "editor", json={"reason": "x"}, headers=headers)
    assert other.status_code == 422 and "Idempotency-Key" in other.json()["detail"]
    assert drafted.ask("POST", f"{SERVICE}/retire", "editor above", headers=headers).status_code == 200


def test_what_was_refused_may_be_asked_again_with_the_same_key(site: Site) -> None:
    headers = {"Idempotency-Key": "one"}
    assert site.ask("POST", f"{SERVICE}/publish", "editor", headers=headers).status_code == 404
    site.ask("PUT", SERVICE, "editor", json=DOCUMENT)
    assert site.ask("POST", f"{SERVICE}/publish", "editor", headers=headers).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_idempotency_key_has_a_form(site: Site, key: str) -> None:
    answer = site.ask("PUT", SERVICE, "editor", json=DOCUMENT, headers={"Idempotency-Key": key})
    assert answer.status_code == 400


def test_acts_that_ask_for_a_reason_and_an_owner(drafted: Site) -> None:
    drafted.ask("POST", f"{SERVICE}/publish", "editor")
    missing = drafted.ask("POST", f"{SERVICE}/withdraw", "omb_admin", json={"why": "?"})
    assert missing.status_code == 422
    assert {p["pointer"] for p in missing.json()["problems"]} == {"/why", "/reason"}
    moved = drafted.ask("POST", f"{SERVICE}/transfer", "omb_admin", json={"organization_id": "usda"})
    assert moved.status_code == 200 and drafted.ask("GET", SERVICE).json()["organization_id"] == "usda"
    assert drafted.ask("POST", f"{SERVICE}/retire", "editor").status_code == 403
    assert drafted.ask("POST", f"{SERVICE}/withdraw", "omb_admin", json={"reason": "Wrong"}).status_code == 200
    assert [drafted.ask("GET", SERVICE, who).status_code for who in (None, "foreign editor", "omb_admin")] == [410] * 3


def test_an_act_without_what_it_asks_for_says_what_has_to_be_sent(site: Site) -> None:
    quarter = "/feedback/dos-ca/dos-ca-passports/2026-Q1"
    asked: list[tuple[str, str, dict[str, Any], str]] = [
        (f"{quarter}/return", "omb_reviewer", {}, "To return a quarter of feedback, send a reason"),
        (
            f"{quarter}/return",
            "omb_reviewer",
            {"reason": ""},
            "To return a quarter of feedback, send a reason",
        ),
        (f"{quarter}/submit", "certifier", {"name": "A"}, "send name and title of who attests"),
        (f"{SERVICE}/transfer", "omb_admin", {}, "send the new owner"),
        (f"{SERVICE}/erase", "omb_admin", {}, "send a version and a reason"),
        (f"{SERVICE}/publish", "editor", {"x": 1}, "send something else"),
        (f"{SERVICE}/publish", "editor", {"reason": ""}, "send something else"),
    ]
    for path, holder, body, told in asked:
        refused = site.ask("POST", path, holder, json=body)
        assert refused.status_code == 422 and told in refused.json()["detail"], path


def test_an_editor_proposes_what_only_omb_saves(site: Site) -> None:
    document = {"organization_id": "dos-ca-office", "name": "An office", "parent_id": "dos-ca"}
    proposed = site.ask("PUT", "/organizations/dos-ca-office", "editor", json=document)
    assert (proposed.status_code, proposed.json()["state"]) == (201, "proposed")
    confirmed = site.ask("POST", "/organizations/dos-ca-office/confirm", "omb_admin")
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "current")


def test_omb_sets_a_due_date_and_nobody_else(site: Site) -> None:
    assert site.ask("PUT", "/due_dates/2026-Q1", "editor", json=a_due_date()).status_code == 403
    assert site.ask("PUT", "/due_dates/2026-Q1", "omb_admin", json=a_due_date()).status_code == 201


def test_the_part_of_an_id_that_differs_is_pointed_to(site: Site) -> None:
    sent = a_designation(provider_id="dos-ca", service_id="dos-ca-passports", fiscal_year=2026)
    answer = site.ask("PUT", "/designations/dos-ca/dos-ca-passports/2027", "editor", json=sent)
    [problem] = answer.json()["problems"]
    assert answer.status_code == 422 and problem["code"] == "other-record"
    assert (problem["pointer"], problem["value"], problem["expected"]) == ("/fiscal_year", 2026, "2027")


def test_what_is_refused_by_both_tags_or_either_is_not_written(site: Site) -> None:
    """A stale If-Match is not made good by an If-None-Match that holds."""
    assert site.ask("PUT", SERVICE, "editor", json=DOCUMENT).status_code == 201
    tag = site.tag(SERVICE, "editor")
    for match, none_match, status in (
        ('"e1"', '"nothing"', 412),
        (tag, tag, 412),
        ("*", "*", 412),
        (tag, '"nothing"', 200),
    ):
        headers = {"If-Match": match, "If-None-Match": none_match}
        assert site.ask("PUT", SERVICE, "editor", json=DOCUMENT, headers=headers).status_code == status, headers


def test_two_keys_are_not_one(site: Site) -> None:
    for path, method in (("/services", "GET"), (SERVICE, "PUT")):
        two = site.ask(method, path, "editor", json=DOCUMENT, headers={"X-Api-Key": site.keys["omb_admin"]})
        assert two.status_code == 400 and "send one" in two.json()["detail"]
        same = site.ask(method, path, "editor", json=DOCUMENT, headers={"X-Api-Key": site.keys["editor"]})
        assert same.is_success
