"""Keys over HTTP: never above one's own role or reach, told once, and gone when they are revoked."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inventory.ledger.store import Store
from tests.support.api.writing import HOLDERS, Site, writing_site

EDITOR = {"holder": "A. Editor", "role": "editor", "organization_id": "dos-ca"}


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path) as made:
        yield made


def opens(site: Site, secret: str) -> bool:
    return site.ask("GET", "/services", headers={"X-Api-Key": secret}).status_code == 200


def issued(site: Site, holder: str = "organization_admin", **wanted: Any) -> Any:
    answer = site.ask("POST", "/keys", holder, json={**EDITOR, **wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_key_is_issued_rotated_and_revoked(site: Site) -> None:
    answer = site.ask("POST", "/keys", "organization_admin", json={**EDITOR, "days": 30})
    assert answer.status_code == 201 and answer.headers["cache-control"] == "no-store"
    first = answer.json()
    assert first["key"]["issued_by"] == "organization_admin" and opens(site, first["secret"])
    key_id = first["key"]["key_id"]
    rotated = site.ask("POST", f"/keys/{key_id}/rotate", "omb_admin")
    assert rotated.status_code == 201 and rotated.headers["cache-control"] == "no-store"
    second = rotated.json()
    assert opens(site, second["secret"]) and not opens(site, first["secret"])
    assert second["key"]["holder"] == "A. Editor" and second["key"]["organization_id"] == "dos-ca"
    revoked = site.ask("POST", f"/keys/{second['key']['key_id']}/revoke", "organization_admin")
    assert revoked.json()["revoked_by"] == "organization_admin" and not opens(site, second["secret"])
    assert site.ask("POST", f"/keys/{key_id}/rotate", "organization_admin").status_code == 409
    again = site.ask("POST", f"/keys/{second['key']['key_id']}/revoke", "omb_admin")
    assert (again.status_code, again.content) == (200, revoked.content)


def test_a_rotated_key_opens_for_as_long_as_the_old_one_unless_days_are_said(site: Site) -> None:
    key = issued(site, days=30)["key"]
    for said, days in (({}, 30), ({"days": 90}, 90)):
        key = site.ask("POST", f"/keys/{key['key_id']}/rotate", "omb_admin", json=said).json()["key"]
        made, ends = (datetime.datetime.fromisoformat(key[name]) for name in ("issued_at", "expires_at"))
        assert ends - made == datetime.timedelta(days=days)


def test_the_list_holds_what_one_may_end_and_no_secrets(site: Site) -> None:
    secret = issued(site)["secret"]
    own = site.ask("GET", "/keys", "organization_admin")
    assert {key["organization_id"] for key in own.json()["items"]} == {"dos-ca"}
    assert {key["holder"] for key in own.json()["items"]} == {
        "editor", "certifier", "organization_admin", "A. Editor"
    }  # fmt: skip
    every = site.ask("GET", "/keys", "omb_admin")
    assert len(every.json()["items"]) == len(HOLDERS) + 1
    for answer in (own, every):
        assert "no-store" in answer.headers["cache-control"]
        assert not [text for text in (*site.keys.values(), secret) if text.split("_", 2)[2] in answer.text]


@pytest.mark.parametrize("holder", ["editor", "certifier", "editor above", "omb_reviewer"])
def test_others_have_nothing_to_do_with_keys(site: Site, holder: str) -> None:
    key_id = issued(site)["key"]["key_id"]
    asked = [site.ask("GET", "/keys", holder), site.ask("POST", "/keys", holder, json=EDITOR)]
    assert [answer.status_code for answer in asked] == [403, 403]
    assert all("organization_admin or omb_admin" in answer.json()["detail"] for answer in asked)
    for action in ("rotate", "revoke"):
        assert site.ask("POST", f"/keys/{key_id}/{action}", holder).status_code == 404
        assert site.ask("POST", f"/keys/{key_id}/{action}").status_code == 401
    assert site.ask("GET", "/refusals", holder).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        {"organization_id": "usda"},
        {"organization_id": "dos"},
        {"role": "omb_admin", "organization_id": ""},
        {"role": "omb_reviewer", "organization_id": ""},
    ],
)
def test_nobody_issues_above_their_own_role_or_reach(site: Site, wanted: dict[str, Any]) -> None:
    said = {name: value for name, value in {**EDITOR, **wanted}.items() if value}
    answer = site.ask("POST", "/keys", "organization_admin", json=said)
    assert answer.status_code == 403, answer.text
    foreign = site.keys["foreign editor"].split("_")[1]
    assert site.ask("POST", f"/keys/{foreign}/revoke", "organization_admin").status_code == 404
    assert opens(site, site.keys["foreign editor"])


def test_everything_wrong_with_what_is_sent_is_told_at_once(site: Site) -> None:
    answer = site.ask("POST", "/keys", "omb_admin", json={"holder": 3, "days": 0, "x": 1})
    assert answer.status_code == 422
    assert {problem["pointer"] for problem in answer.json()["problems"]} == {"/holder", "/role", "/days", "/x"}
    assert site.ask("POST", "/keys", "omb_admin", json=[]).status_code == 422
    for role in ("operator", "nothing"):
        answer = site.ask("POST", "/keys", "omb_admin", json={**EDITOR, "role": role, "days": 1_000})
        assert [problem["pointer"] for problem in answer.json()["problems"]] == ["/days", "/role"]
    assert site.ask("POST", "/keys", "omb_admin", json={**EDITOR, "organization_id": "x"}).status_code == 404
    assert site.ask("POST", "/keys", "omb_admin", content=b"x=1").status_code == 415


def test_no_answer_with_a_key_is_kept(site: Site) -> None:
    headers = {"Idempotency-Key": "once"}
    assert site.ask("POST", "/keys", "omb_admin", json=EDITOR, headers=headers).status_code == 400
    assert site.ask("POST", "/keys/0/revoke", "omb_admin", headers=headers).status_code == 400
