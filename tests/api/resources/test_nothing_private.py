"""Every public answer is searched for private fields and drafts, planted as texts that cannot be mistaken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.calendar.fiscal import Period
from inventory.ledger.store import Store
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.inventory.ledger.test_store import save
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_provider, a_service
from tests.support.quarters import ATTESTED, a_quarter, publish_quarter, with_designations
from tests.support.sites import release_uncertified

PLANTED, HIDDEN = "zzplanted", "dos-hidden"
SECRETS = (PLANTED, HIDDEN, "private@example.gov")  # the last is what the builders give quarters and providers
QUARTERS = [Period(2025, number) for number in (1, 2, 3, 4)]
CONTACT = {"name": f"{PLANTED} name", "email": f"{PLANTED}@example.gov"}
FORMS = ("application/json", "application/x-ndjson", "text/csv", "text/html")


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    """Private fields under what is public; drafts and what is submitted, all of them planted."""
    store = sqlite_store
    with writing_site(store, tmp_path) as made:
        with_designations(store, [("dos-ca", "dos-ca-passports", 2025)])
        save(store, "provider", a_provider(accountable_official={"title": "Director", "email": CONTACT["email"]}))
        publish_quarter(store, a_quarter(str(QUARTERS[0])))
        for quarter in QUARTERS[1:3]:
            save(store, "feedback", a_quarter(str(quarter), contact=CONTACT))
        record_id = f"dos-ca/dos-ca-passports/{QUARTERS[1]}"
        submit = Change(record_type="feedback", record_id=record_id, action="submit", attestation=ATTESTED)
        append(store, OPERATOR, now, submit)
        save(store, "service", a_service(name=f"{PLANTED} draft"))
        save(store, "service", a_service(service_id=HIDDEN, name=PLANTED))
        release_uncertified(store, tmp_path)
        yield made


def paths(site: Site) -> list[str]:
    """Every address that the public may ask, its variable parts filled in with what there is."""
    filled = []
    for path, operations in site.client.get("/openapi.json").json()["paths"].items():
        if "get" not in operations:
            continue
        ids = {
            "provider_id": "dos-ca",
            "service_id": "dos-ca-passports",
            "organization_id": "dos-ca",
            "fiscal_year": "2025",
            "period": "2025" if "calendar" in path else "2025-Q1",
            "version": "1",
            "name": "channel",
            "record_type": "feedback",
            "link": site.store.log("service", "dos-ca-passports")[-1].link,
        }
        for name, value in ids.items():
            path = path.replace(f"{{{name}}}", value)
        filled.append(path)
    return filled


def test_no_public_answer_holds_what_is_private(site: Site) -> None:
    assert PLANTED in site.ask("GET", "/feedback", "editor").text
    asked = paths(site)
    assert len(asked) > 40
    more = [f"{path}/versions/2" for path in asked if path.endswith(("/dos-ca-passports", "/2025-Q2", "/dos-ca"))]
    more += [f"/api/v1/feedback/dos-ca/dos-ca-passports/{quarter}" for quarter in QUARTERS]
    more += [f"/api/v1/services/{HIDDEN}", f"/api/v1/services?q={PLANTED}", "/api/v1/services?for=excel"]
    more += [
        "/api/v1/providers?fields=accountable_official,_etag",
        "/",
        "/data.json",
        "/releases/",
        "/data/inventory.json",
    ]
    for path in [*asked, *more]:
        for form in FORMS:
            answer = site.client.get(path, headers={"Accept": form})
            assert answer.status_code < 500, path
            assert not [secret for secret in SECRETS if secret in answer.text and secret not in path], path


def test_no_file_of_a_release_holds_what_is_private(site: Site, tmp_path: Path) -> None:
    files = [path for path in (tmp_path / "releases").rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        assert not [secret for secret in SECRETS if secret.encode() in path.read_bytes()], path


def test_datasette_shows_nothing_private(site: Site) -> None:
    tables = site.client.get("/data/inventory.json").json()["tables"]
    names = [table["name"] for table in tables]
    assert "services" in names and "feedback" in names
    for name in names:
        told = site.client.get(f"/data/inventory/{name}.json?_shape=array&_size=max").text
        assert not [secret for secret in SECRETS if secret in told], name
