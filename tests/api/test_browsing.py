"""Datasette under /data/: only there, only to be read, and quiet."""

import pytest

from tests.sites import Client


@pytest.mark.parametrize("path", ["/data", "/data/", "/data/inventory", "/data/inventory/services?_search=passport"])
def test_datasette_answers_below_its_path(reader: Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 200 and "/data/data" not in answer.text


@pytest.mark.parametrize("path", ["/data/", "/data/inventory/services", "/data/none", "/data/inventory/none"])
def test_every_page_leads_back_to_the_site(reader: Client, path: str) -> None:
    assert '<a href="/">Public Services Inventory</a>' in reader.get(path).text


def test_the_page_of_what_is_not_there_says_so_once(reader: Client) -> None:
    told = reader.get("/nowhere", headers={"Accept": "text/html"}).text
    assert told.partition("<main")[2].count("Not found") == 1


@pytest.mark.parametrize("path", ["/databases", "/datab", "/datab/inventory"])
def test_it_does_not_take_what_only_begins_alike(reader: Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/data/none", "/data/a/b/c/d", "/data/inventory/none", "/data/inventory/services/x"])
def test_what_is_not_there_is_told_in_one_line(
    reader: Client, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, path: str
) -> None:
    assert reader.get(path).status_code == 404
    told = capfd.readouterr()
    assert "Traceback" not in told.out + told.err + caplog.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/data/", "/data/inventory/services", "/data/-/messages", "/data/-/permissions"])
def test_it_is_only_read(reader: Client, method: str, path: str) -> None:
    answer = reader.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"]
