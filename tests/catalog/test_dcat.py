"""`/data.json` is valid by DCAT-US 1.1, tells of the current release, and what it leads to is there."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from api.commands.operate import SAMPLE_PUBLISHER
from datapackage.releases.make import Release
from inventory.ledger.store import Store
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, ROOT, now
from tests.support.sites import Client, release_uncertified, serving

STANDARD = ROOT.parent / "shared" / "standards" / "dcat-us-1.1"
SITE = "https://services.example.gov"
PUBLISHER = {
    "PSI_PUBLIC_URL": SITE,
    "PSI_PUBLISHER": "Example Agency",
    "PSI_CONTACT": "Service Desk <desk.of-services@example.gov>",
    "PSI_BUREAU_CODE": "100:55",
    "PSI_PROGRAM_CODE": "100:001",
}


@pytest.fixture
def home(sample_release: Release, tmp_path: Path) -> Path:
    shutil.copytree(sample_release.path.parent, tmp_path / "releases")
    return tmp_path


@pytest.fixture
def client(sample_store: Store, home: Path) -> Iterator[Client]:
    with serving(sample_store, home, **PUBLISHER) as client:
        yield client


def the_dataset(client: Client) -> dict[str, Any]:
    [dataset] = client.get("/data.json").json()["dataset"]
    return dict(dataset)


def faults(told: dict[str, Any]) -> list[str]:
    """What the schemas of the standard say against a catalogue."""
    if not STANDARD.is_dir():
        pytest.skip("The schemas of DCAT-US are not here")
    catalogue, dataset = (json.loads((STANDARD / name).read_text("utf-8")) for name in ("catalog.json", "dataset.json"))
    del catalogue["properties"]["dataset"]["items"]
    formats = jsonschema.Draft4Validator.FORMAT_CHECKER
    wrong = [*jsonschema.Draft4Validator(catalogue, format_checker=formats).iter_errors(told)]
    for item in told["dataset"]:
        wrong += jsonschema.Draft4Validator(dataset, format_checker=formats).iter_errors(item)
    return [fault.message for fault in wrong]


@pytest.mark.parametrize("environ", [PUBLISHER, SAMPLE_PUBLISHER], ids=["set", "sample"])
def test_it_is_valid_by_the_standard(sample_store: Store, home: Path, environ: dict[str, str]) -> None:
    with serving(sample_store, home, **environ) as client:
        told = client.get("/data.json").json()
    assert faults(told) == []
    del told["dataset"][0]["contactPoint"]["hasEmail"]  # the schemas see it
    assert faults(told) == ["'hasEmail' is a required property"]


def test_it_says_who_publishes_what(client: Client) -> None:
    dataset = the_dataset(client)
    assert dataset["publisher"]["name"] == "Example Agency"
    assert dataset["contactPoint"]["fn"] == "Service Desk"
    assert dataset["contactPoint"]["hasEmail"] == "mailto:desk.of-services@example.gov"
    assert (dataset["bureauCode"], dataset["programCode"]) == (["100:55"], ["100:001"])
    assert dataset["modified"].startswith("2026-11-23T")
    assert "illustrative sample" in dataset["description"]


def test_everything_it_leads_to_is_there(client: Client, sample_release: Release) -> None:
    dataset = the_dataset(client)
    links = [dataset["landingPage"], dataset["describedBy"], *dataset["references"]]
    for told in dataset["distribution"]:
        links += [told[name] for name in ("downloadURL", "accessURL", "describedBy") if name in told]
    for link in sorted(set(links)):
        answer = client.get(link.removeprefix(SITE))
        assert answer.status_code == 200, link
    files = {link.removeprefix(f"{SITE}/releases/{sample_release.release_id}/") for link in links}
    tables = {path.name for path in sample_release.path.glob("*.csv")}
    assert tables | {"inventory.db", "datapackage.json"} <= files


def test_files_are_sent_as_what_it_says_they_are(client: Client) -> None:
    for told in the_dataset(client)["distribution"]:
        if "downloadURL" in told:
            kind = client.head(told["downloadURL"].removeprefix(SITE)).headers["content-type"]
            assert kind.partition(";")[0] == told["mediaType"], told["downloadURL"]


def test_it_is_asked_for_again_only_when_it_changed(client: Client, sample_store: Store, home: Path) -> None:
    tag = client.get("/data.json").headers["etag"]
    asked = {"If-None-Match": tag}
    assert client.get("/data.json", headers=asked).status_code == 304
    change = Change(record_type="service", record_id="dos-ca-passport-services", action="retire", note="why")
    append(sample_store, OPERATOR, now, change)
    made = release_uncertified(sample_store, home)
    answer = client.get("/data.json", headers=asked)
    assert (answer.status_code, made.name in answer.text) == (200, True)


@pytest.mark.parametrize("variable", [name for name in PUBLISHER if name != "PSI_PUBLIC_URL"])
def test_who_does_not_say_who_publishes_is_not_described(sample_store: Store, home: Path, variable: str) -> None:
    with serving(sample_store, home, **{**PUBLISHER, variable: ""}) as client:
        answer = client.get("/data.json")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "This inventory does not say yet who publishes it, which data.gov asks for"


def test_without_a_release_there_is_nothing_to_describe(sample_store: Store, tmp_path: Path) -> None:
    with serving(sample_store, tmp_path, **PUBLISHER) as client:
        assert client.get("/data.json").json()["detail"] == "There is no release yet"
