"""Pools add what is published, say what they leave out, and what they may be compared with."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.codes import Basis, Measure, Scale
from inventory.disclosure.suppression import suppressed
from inventory.ledger.store import Store
from inventory.records.registry import Document
from inventory.reports.scores import By, ScoresAsked, public_quarters, scores, service_types
from inventory.scores.figures import figures
from inventory.scores.pools import Quarterly, pools_of
from inventory.scores.tables import PooledScore
from tests.support.builders import a_collection, a_feedback, a_measure
from tests.support.quarters import a_quarter, in_quarter, publish_quarter, publish_quarters

LIKERT = ("ease", "likert_5")
COUNTS = st.lists(st.integers(0, 40), min_size=5, max_size=5)


def read(document: Document) -> Quarterly:
    """What scores need of a public quarter."""
    return msgspec.convert(suppressed(document), Quarterly)


def with_ease(*cells: Any) -> Document:
    """A quarter in which ease was asked in one collection a cell."""
    return a_feedback(
        collections=[
            a_collection(collection_id=f"c{number}", unit=f"u{number}", respondents=130, offered=None, measures=[cell])
            for number, cell in enumerate(cells)
        ]
    )


def ease(*cells: Any) -> dict[str, Any]:
    """The figures of ease on five points."""
    return figures(pools_of(read(with_ease(*cells)))[LIKERT], Scale.LIKERT_5)


@given(st.lists(COUNTS, min_size=1, max_size=8))
def test_a_pool_is_exactly_the_sum_of_the_cells_shown(cells: list[list[int]]) -> None:
    document = with_ease(*(a_measure("ease", counts) for counts in cells))
    shown = [
        measure["counts"]
        for collection in suppressed(document)["collections"]
        for measure in collection["measures"]
        if any(measure.get("counts", ()))
    ]
    pool = pools_of(read(document)).get(LIKERT)
    added = [sum(points) for points in zip(*shown, strict=True)]
    assert (pool.counts if pool else []) == added
    assert pool is None or pool.withheld + len(shown) == sum(any(counts) for counts in cells)


@given(st.lists(st.lists(COUNTS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_pooling_pools_is_pooling_everything(quarters: list[list[list[int]]]) -> None:
    documents = [
        {**with_ease(*(a_measure("ease", counts) for counts in cells)), "quarter": number}
        for number, cells in enumerate(quarters, start=1)
    ]
    pooled = list(scores(map(read, documents), ScoresAsked(by=By.SERVICE), lambda _: None))
    each = list(scores(map(read, documents), ScoresAsked(), lambda _: None))
    assert len(pooled) == bool(each)
    for one in pooled:
        assert (one.n or 0) == sum(score.n or 0 for score in each)
        assert list(one.counts) == [sum(points) for points in zip(*(s.counts for s in each if s.n), strict=True)]
        assert one.withheld_left_out == sum(score.withheld_left_out for score in each)


def test_a_mean_alone_is_passed_through() -> None:
    told = ease(a_measure("ease", [], reported_mean="4.26"))
    assert (told["basis"], told["mean"]) == (Basis.REPORTED_MEAN, Decimal("4.26"))
    assert "n" not in told and "mean_low" not in told and "favorable" not in told and told["means_left_out"] == 0


def test_means_are_never_averaged() -> None:
    told = ease(a_measure("ease", [], reported_mean="4.26"), a_measure("ease", [], reported_mean="3.5"))
    assert told["basis"] is None and "mean" not in told and told["means_left_out"] == 2


def test_counts_do_not_take_in_means_and_say_so() -> None:
    told = ease(a_measure("ease", [0, 0, 0, 10, 10]), a_measure("ease", [], reported_mean="1"))
    assert (told["basis"], told["mean"], told["means_left_out"]) == (Basis.COUNTS, Decimal("4.5"), 1)


def test_other_scales_and_withheld_cells_are_told() -> None:
    told = ease(
        a_measure("ease", [0, 0, 0, 10, 10]),
        a_measure("ease", [0, 0, 0, 2, 2]),
        a_measure("ease", [30, 70], scale="thumbs_2"),
    )
    assert (told["n"], told["withheld_left_out"], told["other_scales_left_out"]) == (20, 1, 1)


def test_what_was_not_asked_has_no_score() -> None:
    pools = pools_of(read(with_ease(a_measure("ease", [], asked=False), a_measure("trust"))))
    assert list(pools) == [("trust", "likert_5")]


def test_ticks_are_a_share_of_those_offered_them() -> None:
    pools = pools_of(read(with_ease(a_measure("ease", [60, 40], scale="tick_positive"))))
    told = figures(pools["ease", "tick_positive"], Scale.TICK_POSITIVE)
    assert (told["n"], told["ticked"]) == (100, Decimal("0.4"))
    assert told["ticked_low"] < told["ticked"] < told["ticked_high"]
    assert "mean" not in told and "favorable" not in told


def test_volumes_count_once_for_a_measure_asked_twice() -> None:
    twice = [a_measure("ease"), a_measure("ease", question=2)]
    collection = a_collection(offered=1000, respondents=130, measures=twice)
    told = figures(pools_of(read(a_feedback(customers=4000, collections=[collection])))[LIKERT], Scale.LIKERT_5)
    assert (told["response_rate"], told["coverage"]) == (Decimal("0.13"), Decimal("0.25"))


def test_customers_are_not_summed_over_collections() -> None:
    collections = [
        a_collection(collection_id=name, offered=1000, measures=[a_measure("ease")]) for name in ("online", "phone")
    ]
    told = figures(pools_of(read(a_feedback(customers=4000, collections=collections)))[LIKERT], Scale.LIKERT_5)
    assert told["coverage"] == Decimal("0.5")


def test_a_response_rate_is_of_those_invited() -> None:
    collection = a_collection(offered_basis="always_available", measures=[a_measure("ease")])
    told = figures(pools_of(read(a_feedback(collections=[collection])))[LIKERT], Scale.LIKERT_5)
    assert told["response_rate"] is None and told["coverage"] is not None


VHA = {
    "2019-Q1": (4_282_563, 1_236_483, 377_268, 31),
    "2019-Q2": (8_444_379, 1_726_622, 346_694, 20),
    "2019-Q3": (8_656_645, 1_899_830, 329_662, 17),
    "2019-Q4": (8_616_178, 1_924_646, 310_992, 16),
    "2020-Q1": (8_586_476, 1_808_680, 304_687, 17),
}
"""Customers, surveyed, respondents and percent responding, as the Veterans Health Administration published them."""


@pytest.mark.parametrize("period", VHA)
def test_published_response_rates_come_from_their_volumes(period: str) -> None:
    customers, surveyed, respondents, percent = VHA[period]
    collection = a_collection(
        offered=surveyed, respondents=respondents, measures=[a_measure("ease", [], reported_mean="88.7")]
    )
    document = a_feedback(origin="historical", customers=customers, collections=[collection])
    told = figures(pools_of(read(document))[LIKERT], Scale.LIKERT_5)
    assert round(100 * told["response_rate"]) == percent
    assert (told["basis"], told["mean"]) == (Basis.REPORTED_MEAN, Decimal("88.7"))


def listed(store: Store, **asked: Any) -> list[PooledScore]:
    """The scores asked for."""
    wanted = ScoresAsked(**asked)
    return list(scores(public_quarters(store, None, wanted.prefix), wanted, service_types(store)))


MOST_AGREE, FEWER_AGREE = [0, 0, 0, 50, 50], [0, 0, 50, 50, 0]


@pytest.fixture
def trending(sqlite_store: Store) -> Store:
    """Three quarters of one service and one of another provider's, of another type."""
    reworded = [
        a_measure("ease", FEWER_AGREE, statement="It was simple."),
        a_measure("trust", [60, 40], scale="thumbs_2"),
    ]
    return publish_quarters(
        sqlite_store,
        a_quarter("2026-Q1", {"ease": MOST_AGREE}),
        a_quarter("2026-Q2", {"ease": MOST_AGREE}),
        a_quarter("2026-Q3", collections=[in_quarter(2026, 3, channel="phone", measures=reworded)]),
        a_quarter("2026-Q1", {"ease": FEWER_AGREE}, provider_id="dos", service_id="dos-visas"),
        types={"dos-visas": "benefits"},
    )


def test_trends_compare_with_the_quarter_before(trending: Store) -> None:
    first, second, third = listed(trending, service="dos-ca-passports", measure="ease")
    assert (first.previous, first.change, first.shifted) == (None, None, None)
    assert (second.previous, second.change, second.shifted, second.differences) == ("2026-Q1", Decimal(0), False, None)
    assert (third.previous, third.change, third.shifted) == ("2026-Q2", Decimal(-1), True)
    assert third.differences == "channels wording"


def test_another_scale_is_flagged_and_not_compared(trending: Store) -> None:
    trust = listed(trending, service="dos-ca-passports", measure="trust", period="2026-Q3")
    assert [(score.scale, score.change, score.differences) for score in trust] == [(Scale.THUMBS_2, None, "scale")]


def test_what_is_asked_for_narrows_and_trends_still_look_back(trending: Store) -> None:
    [third] = listed(trending, provider="dos-ca", measure="ease", period="2026-Q3")
    assert third.previous == "2026-Q2"
    assert {score.service_id for score in listed(trending, service_type="benefits")} == {"dos-visas"}
    assert listed(trending, provider="dos-c") == [] == listed(trending, fiscal_year=2025)
    assert {score.scale for score in listed(trending, scale="thumbs_2")} == {Scale.THUMBS_2}


def test_pools_by_provider_service_and_type(trending: Store) -> None:
    [dos, consular] = listed(trending, by=By.PROVIDER, measure="ease")
    assert (dos.provider_id, dos.n, consular.provider_id, consular.n, consular.quarters) == (
        "dos",
        100,
        "dos-ca",
        300,
        3,
    )
    assert consular.counts == (0, 0, 50, 150, 100) and consular.differences == "channels wording"
    by_type = {score.service_type: score.n for score in listed(trending, by=By.SERVICE_TYPE, measure="ease")}
    assert by_type == {"administrative": 300, "benefits": 100}
    services = [(s.service_id, s.service_type) for s in listed(trending, by=By.SERVICE, measure="ease")]
    assert services == [("dos-ca-passports", "administrative"), ("dos-visas", "benefits")]


def test_scores_of_a_day_are_those_of_that_days_public_quarters(trending: Store) -> None:
    then = trending.chain().public_seq
    publish_quarter(trending, a_quarter("2026-Q1", {"ease": FEWER_AGREE}))
    asked = ScoresAsked(service="dos-ca-passports", measure="ease", period="2026-Q1")
    [old] = scores(public_quarters(trending, then), asked, service_types(trending, then))
    [new] = scores(public_quarters(trending), asked, service_types(trending))
    assert (old.mean, new.mean) == (Decimal("4.5"), Decimal("3.5"))
    assert new.measure is Measure.EASE
