"""Workbooks laid out for whoever bears a key: what is theirs to fill in, and nothing of others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.contract.media_types import XLSX
from datapackage.exports.export import template
from datapackage.sheets.xlsx_reader import Workbook
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from tests.support.api.writing import Site, writing_site
from tests.support.builders import a_service
from tests.support.quarters import with_designations

SERVICE = "dos-ca-passports"


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Site]:
    with writing_site(sqlite_store, tmp_path) as made:
        with_designations(sqlite_store, [("dos-ca", SERVICE, 2026)])
        yield made


def cells(site: Site, tmp_path: Path, asked: str, holder: str) -> dict[str, list[list[str]]]:
    """The rows of a workbook, by sheet, without its heads."""
    answer = site.ask("GET", f"/templates/{asked}", holder)
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert answer.headers["cache-control"] == "private, no-store"
    path = tmp_path / "laid-out.xlsx"
    path.write_bytes(answer.content)
    return {name: [list(row) for number, row in rows if number > 1] for name, rows in Workbook(path).sheets.items()}


def test_a_quarter_is_laid_out_for_its_provider(site: Site, tmp_path: Path) -> None:
    for holder in ("editor", "certifier", "editor above"):
        rows = cells(site, tmp_path, "feedback?period=2026-Q3", holder)["feedback"]
        assert [row[:4] for row in rows] == [["dos-ca", SERVICE, "2026", "3"]]
    last = site.ask("GET", "/templates/feedback", "editor")
    assert last.status_code == 200 or "no service" in last.json()["detail"].lower()


def test_services_are_laid_out_with_drafts(site: Site, tmp_path: Path) -> None:
    draft = a_service(service_id="dos-ca-drafted")
    assert site.ask("PUT", "/services/dos-ca-drafted", "editor", json=draft).status_code == 201
    rows = cells(site, tmp_path, "services?organization=dos-ca", "editor above")["services"]
    assert {row[0] for row in rows} == {SERVICE, "dos-ca-drafted"}


def test_only_what_one_sees_is_offered(site: Site, tmp_path: Path) -> None:
    draft = a_service(service_id="dos-ca-drafted")
    assert site.ask("PUT", "/services/dos-ca-drafted", "editor", json=draft).status_code == 201
    path = tmp_path / "surveys.xlsx"
    for organization, offered in (("dos-ca", {SERVICE, "dos-ca-drafted"}), ("usda", {SERVICE})):
        template(site.store, path, "instrument", organization, Actor("A synthetic name", Role.EDITOR, organization))
        ids = {cell for _, row in Workbook(path).sheets["choices"] for cell in row}
        assert {SERVICE, "dos-ca-drafted"} & ids == offered


@pytest.mark.parametrize("table", ["services", "feedback"])
def test_those_who_do_not_see_drafts_are_given_none(site: Site, table: str) -> None:
    assert site.ask("GET", f"/templates/{table}").status_code == 401
    told = [
        site.ask("GET", f"/templates/{table}?organization={owner}", holder)
        for owner, holder in (("dos-ca", "omb_admin"), ("usda", "editor"), ("nobody", "editor"), ("dos", "editor"))
    ]
    assert [answer.status_code for answer in told] == [403] * 4
    assert told[1].json()["detail"].replace("usda", "nobody") == told[2].json()["detail"]


def test_what_cannot_be_laid_out_is_told(site: Site) -> None:
    bad = site.ask("GET", "/templates/feedback?period=2026&organization=No%20id&perod=1", "editor")
    assert bad.status_code == 400
    assert {problem["field"] for problem in bad.json()["problems"]} == {"period", "organization", "perod"}
    none = site.ask("GET", "/templates/feedback?period=2031-Q1", "editor")
    assert none.status_code == 404 and "is designated for 2031-Q1" in none.json()["detail"]
