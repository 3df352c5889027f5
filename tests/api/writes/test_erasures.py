"""What is erased is gone from every answer, the tags say so, and nobody learns by it of what they did not see."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.ledger.store import Store
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.inventory.ledger.test_store import save
from tests.support.api.writing import Site, writing_site
from tests.support.quarters import ATTESTED, REVIEWER, a_quarter, with_designations

QUARTER = "/feedback/dos-ca/dos-ca-passports/2025-Q1"
CONTACT = {"name": "Private Person", "email": "private@example.gov"}
PRIVATE = {"version": 1, "reason": "Asked for."}


def act(store: Store, action: str) -> None:
    said = {"attestation": ATTESTED} if action == "submit" else {"note": "why"}
    change = Change(record_type="feedback", record_id="dos-ca/dos-ca-passports/2025-Q1", action=action, **said)
    append(store, REVIEWER if action == "accept" else OPERATOR, now, change)


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Iterator[Site]:
    """A quarter whose first draft nobody but its own ever saw."""
    with writing_site(store, tmp_path) as made:
        with_designations(store, [("dos-ca", "dos-ca-passports", 2025)])
        save(store, "feedback", {**a_quarter("2025-Q1"), "contact": CONTACT, "accomplishments": "Secretum"})
        save(store, "feedback", {**a_quarter("2025-Q1"), "contact": CONTACT})
        yield made


def erase(site: Site, version: int) -> dict[str, str]:
    answer = site.ask("POST", f"{QUARTER}/erase", "omb_admin", json={**PRIVATE, "version": version})
    assert answer.status_code == 200
    return dict(answer.headers)


def test_the_erasure_of_a_draft_shows_it_to_nobody(site: Site) -> None:
    act(site.store, "submit")
    erase(site, 1)
    for path in (f"{QUARTER}/versions/1", f"{QUARTER}/versions", "/changes?record_type=feedback"):
        answer = site.ask("GET", path, "omb_reviewer")
        assert "Secretum" not in answer.text and '"version":1' not in answer.text
    assert site.ask("GET", f"{QUARTER}/versions/1", "omb_reviewer").status_code == 404
    assert site.ask("GET", f"{QUARTER}/versions/1", "editor").json()["accomplishments"] == "Secretum"
    assert [item["action"] for item in site.ask("GET", f"{QUARTER}/versions", "editor").json()["items"]] == [
        "save",
        "save",
        "submit",
        "erase",
    ]


def test_an_older_version_s_erasure_leaves_the_newest_s_tag(site: Site) -> None:
    before = site.tag(QUARTER, "editor")
    headers = erase(site, 1)
    assert site.tag(QUARTER, "editor") == before
    # Of the newest, a draft, whoever erases is told nothing.
    assert "etag" not in headers and (headers["psi-version"], headers["psi-state"]) == ("1", "draft")


def test_what_was_read_before_the_newest_was_erased_is_not_current(site: Site) -> None:
    """An editor who read the private part does not bring it back unawares."""
    before = site.tag(QUARTER, "editor")
    erase(site, 2)
    again = site.ask("GET", QUARTER, "editor", headers={"If-None-Match": before})
    assert again.status_code == 200 and "contact" not in again.json()
    told = again.headers["etag"]
    assert told != before
    assert (
        site.ask("PUT", QUARTER, "editor", json=a_quarter("2025-Q1"), headers={"If-Match": before}).status_code == 412
    )
    assert site.ask("PUT", QUARTER, "editor", json=a_quarter("2025-Q1"), headers={"If-Match": told}).status_code == 200


def test_the_public_version_s_erasure_is_told_while_a_draft_is_open(site: Site) -> None:
    for action in ("submit", "accept", "publish", "restate"):
        act(site.store, action)
    before = site.ask("GET", QUARTER, "omb_reviewer")
    assert before.json()["contact"] == CONTACT
    erase(site, 2)
    after = site.ask("GET", QUARTER, "omb_reviewer", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200 and "contact" not in after.json()


def test_omb_acts_on_what_it_sees_and_is_told_of_no_draft(site: Site) -> None:
    """A restatement is open: its tag, version and state are its own's."""
    for action in ("submit", "accept", "publish", "restate"):
        act(site.store, action)
    tag, withdrawal = site.tag(QUARTER, "omb_admin"), {"reason": "Wrong."}
    stale = site.ask("POST", f"{QUARTER}/withdraw", "omb_admin", json=withdrawal, headers={"If-Match": '"p1"'})
    assert stale.status_code == 412 and stale.headers["etag"] == tag and "at version 2:" in stale.text
    started = site.ask("POST", f"{QUARTER}/accept", "omb_reviewer")
    assert started.status_code == 409 and "is published;" in started.text
    erased = site.ask("POST", f"{QUARTER}/erase", "omb_admin", json={**PRIVATE, "version": 2})
    assert (erased.headers["psi-version"], erased.headers["psi-state"]) == ("2", "published")
    assert "etag" not in erased.headers
    tag = site.tag(QUARTER, "omb_admin")
    done = site.ask("POST", f"{QUARTER}/withdraw", "omb_admin", json=withdrawal, headers={"If-Match": tag})
    assert done.status_code == 200


def test_a_version_s_tag_does_not_tell_of_what_is_not_seen(site: Site) -> None:
    act(site.store, "submit")
    before = site.tag(f"{QUARTER}/versions/2", "omb_reviewer")
    act(site.store, "recall")
    assert site.tag(f"{QUARTER}/versions/2", "omb_reviewer") == before
    assert site.tag(f"{QUARTER}/versions/2", "editor") != before


def test_whether_a_draft_is_open_is_told_to_nobody_else(site: Site) -> None:
    told = []
    for action in ("submit", "accept", "publish", "restate"):
        act(site.store, action)
        told.append(site.ask("PUT", QUARTER, "foreign editor", json=a_quarter("2025-Q1")).text)
    assert told[-1] == told[-2] and "beyond the reach" in told[-1]
