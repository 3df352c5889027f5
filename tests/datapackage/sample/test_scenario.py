"""The sample's feedback: labelled synthetic, acted out as it would be, with everything a quarter can be in it once."""

import datetime
from pathlib import Path

import pytest

from datapackage.loading.load import load
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.packages.sample_note import SYNTHETIC
from datapackage.sample.feedback import (
    LATE,
    MISSING,
    NOT_REPORTED,
    PARTIAL,
    PUBLISHED,
    RESTATED,
    STATEMENTS,
    THUMBS,
    VHA,
    WITHHELD,
)
from datapackage.sample.scenario import OMB, PROVIDER, began, rehearse
from inventory.calendar.fiscal import Period, day_of, due
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, Document
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.publish import publish
from tests.conftest import SAMPLE

PROVIDERS = {
    LATE: "hud-fha",
    NOT_REPORTED: "dhs-fema",
    PARTIAL: "usda-fsa",
    RESTATED: "dos-ca",
    THUMBS: "ssa",
    WITHHELD: "doi-btfa",
    MISSING: "dol-owcp",
}


def today() -> datetime.datetime:
    return datetime.datetime(2026, 11, 23, 17, tzinfo=datetime.UTC)


def quiet(what: str, count: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def acted(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """An empty inventory once the sample is loaded and its feedback acted out."""
    path: Path = tmp_path_factory.mktemp("acted")
    engine = open_engine(f"sqlite:///{path}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    now = began(store, today)
    inputs, _ = opened([SAMPLE], INVENTORY, None, None, None)
    load(store, Plan(INVENTORY, store, now().date()), inputs, PROVIDER, now)
    publish(store, OMB, now)
    assert rehearse(store, today, quiet) == 25 * 8 - 1 + len(PUBLISHED)
    return store


def record_id(one: tuple[str, Period]) -> str:
    return f"{PROVIDERS[one]}/{one[0]}/{one[1]}"


def kept(store: Store, one: tuple[str, Period]) -> Document:
    document = store.newest("feedback", record_id(one))
    assert document is not None
    return document


def test_all_of_it_is_public_and_none_has_errors(acted: Store) -> None:
    heads = [head for head, _ in acted.all_documents("feedback")]
    assert {(head.state, head.public_state) for head in heads} == {("published", "published")}


def test_what_is_made_up_says_so_in_the_data(acted: Store) -> None:
    sources = {known["source"] for _, known in acted.all_documents("feedback")}
    assert sources == {SYNTHETIC, "performance.gov"}
    assert all("Synthetic" in known["title"] for _, known in acted.all_documents("instrument"))


def test_what_was_published_of_vha_is_passed_on(acted: Store) -> None:
    for quarter, (customers, offered, respondents, means) in PUBLISHED.items():
        known = acted.newest("feedback", f"{VHA[0]}/{VHA[1]}/{quarter}")
        assert known is not None and known["origin"] == "historical"
        [collection] = known["collections"]
        told = (known["customers"], collection["offered"], collection["respondents"])
        assert told == (customers, offered, respondents)
        given = {m["measure"]: m["reported_mean"] for m in collection["measures"]}
        assert given == {name: mean for name, mean in zip(STATEMENTS, means, strict=True) if mean is not None}
        assert len(known.get("not_measured", ())) == len(STATEMENTS) - len(given)


def test_quarters_come_on_time_but_for_one(acted: Store) -> None:
    late = set()
    for head, known in acted.all_documents("feedback"):
        quarter = Period(known["fiscal_year"], known["quarter"])
        if quarter < Period(2025, 1):
            continue
        submitted = next(entry for entry in acted.log("feedback", head.record_id) if entry.action == "submit")
        if day_of(submitted.recorded_at) > due(quarter.fiscal_year, quarter.obligation).on:
            late.add(head.record_id)
    assert late == {record_id(LATE)}


def test_everything_a_quarter_can_be_is_there_once(acted: Store) -> None:
    assert acted.newest("feedback", record_id(MISSING)) is None
    assert "not_reported" in kept(acted, NOT_REPORTED)
    assert kept(acted, PARTIAL)["gaps"]
    assert acted.head("feedback", record_id(RESTATED)).version == 2
    scales = {m["scale"] for c in kept(acted, THUMBS)["collections"] for m in c["measures"]}
    assert {"thumbs_2", "tick_positive", "tick_negative"} <= scales
    public = acted.public("feedback", record_id(WITHHELD)).body
    assert b'"withheld":true' in public and b'"respondents":7' not in public


def test_again_it_tells_nothing_anew(acted: Store) -> None:
    assert rehearse(acted, today, quiet) == 0


def test_in_an_inventory_that_is_there_time_does_not_run_back(sample_store: Store) -> None:
    before = sample_store.chain()
    assert began(sample_store, today) is today
    rehearse(sample_store, today, quiet)
    assert all(entry.recorded_at >= before.recorded_at for entry in sample_store.entries(before.seq))
