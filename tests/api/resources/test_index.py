"""What there is to ask for, and what every answer says of itself."""

import csv
import io
from pathlib import Path

import pytest

from api.commands.releases import fetch_release
from datapackage.releases.directory import current_release
from inventory.errors import Unreadable
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY
from tests.support.sites import NEEDING_KEYS, Client, release_uncertified, serving


def test_the_api_says_what_it_has(reader: Client) -> None:
    items = reader.get("/api/v1").json()["items"]
    described = reader.get("/openapi.json").json()["paths"]
    told = [(item["path"], item["method"].lower()) for item in items]
    wanted = {(path, method) for path, asked in described.items() for method in asked if path.startswith("/api/v1")}
    assert len(told) == len(wanted) and set(told) == wanted
    assert all(item["summary"] for item in items)
    plain = [item["path"] for item in items if "{" not in item["path"] and item["method"] == "GET"]
    answered = {path: reader.get(path).status_code for path in plain}
    assert answered == {path: 401 if path in NEEDING_KEYS else 200 for path in plain} and len(plain) > 10


def test_every_schema_is_listed(reader: Client) -> None:
    items = reader.get("/api/v1/schemas").json()["items"]
    assert [item["record_type"] for item in items] == list(INVENTORY)
    assert all(reader.get(item["path"]).status_code == 200 and item["description"] for item in items)


@pytest.mark.parametrize("path", ["", "/schemas", "/services", "/codes", "/rules"])
def test_csv_says_its_charset_once(reader: Client, path: str) -> None:
    answer = reader.get(f"/api/v1{path}", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].count("charset=utf-8") == 1
    assert len(list(csv.reader(io.StringIO(answer.text)))) > 1


@pytest.mark.parametrize("path", ["/", "/api/v1/services", "/releases", "/data/"])
def test_what_is_refused_may_be_asked_for_with_head(reader: Client, path: str) -> None:
    answer = reader.post(path)
    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= {word.strip() for word in answer.headers["allow"].split(",")}
    assert reader.head(path).status_code == 200


def test_robots_are_told_where_not_to_go(reader: Client) -> None:
    answer = reader.get("/robots.txt")
    assert answer.text.endswith("User-agent: *\nDisallow: /data/*?\n")
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_release_is_fetched_by_the_address_of_its_page(sample_store: Store, tmp_path: Path) -> None:
    release = release_uncertified(sample_store, tmp_path)
    with serving(sample_store, tmp_path) as client:
        name = current_release(tmp_path / "releases")
        for address in ("latest", "latest/", "latest.zip", str(name), f"{name}/"):
            copy = fetch_release(client, f"/releases/{address}", tmp_path)
            assert copy.read_bytes() == release.with_name(f"{name}.zip").read_bytes()
        with pytest.raises(Unreadable, match="is no zip of a release; /releases/latest"):
            fetch_release(client, "/releases", tmp_path)
        with pytest.raises(Unreadable, match="answers 404"):
            fetch_release(client, "/releases/none", tmp_path)
