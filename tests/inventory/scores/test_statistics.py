"""The statistics of scores, held against SciPy."""

from decimal import Decimal
from math import isclose, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from inventory.codes import Scale
from inventory.scores.statistics import (
    EXACTLY_UP_TO,
    favorable,
    half_interval,
    has_notably_shifted,
    has_shifted,
    mean_of,
    ratio,
    rounded,
    t_quantile,
    wilson,
)

COUNTS = st.lists(st.integers(0, 2_000), min_size=2, max_size=11).filter(any)
SHARES = st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def answers(counts: list[int], lowest: int) -> list[int]:
    """One number an answer, as a statistics package has them."""
    return [point for point, count in enumerate(counts, lowest) for _ in range(count)]


@pytest.mark.parametrize("degrees", [*range(1, 30), 99, EXACTLY_UP_TO, EXACTLY_UP_TO + 1, 1000, 10**6, 10**9])
def test_the_t_quantile_is_scipys(degrees: int) -> None:
    assert t_quantile(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-10)


@given(st.integers(1, 5000))
def test_the_t_quantile_is_scipys_everywhere(degrees: int) -> None:
    assert t_quantile(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-10)


@given(COUNTS, st.integers(0, 1))
def test_mean_and_interval_are_scipys(counts: list[int], lowest: int) -> None:
    given_one_by_one = answers(counts, lowest)
    n = len(given_one_by_one)
    assert mean_of(counts, lowest) == pytest.approx(sum(given_one_by_one) / n)
    half = half_interval(counts, lowest)
    if n < 2:
        assert half is None
    elif len(set(given_one_by_one)) == 1:
        assert half == 0
    else:
        error = stats.sem(given_one_by_one)
        low, high = stats.t.interval(0.95, n - 1, loc=mean_of(counts, lowest), scale=error)
        assert half == pytest.approx((high - low) / 2, rel=1e-9)


@given(SHARES)
def test_wilsons_interval_is_scipys(share: tuple[int, int]) -> None:
    chosen, n = share
    low, high = wilson(chosen, n)
    theirs = stats.binomtest(chosen, n).proportion_ci(0.95, method="wilson")
    assert isclose(low, theirs.low, rel_tol=1e-9, abs_tol=1e-12)
    assert isclose(high, theirs.high, rel_tol=1e-9, abs_tol=1e-12)
    assert 0 <= low <= chosen / n <= high <= 1


@given(st.lists(st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any), min_size=1, max_size=5))
def test_the_mean_of_added_counts_is_that_of_everyone(cells: list[list[int]]) -> None:
    added = [sum(points) for points in zip(*cells, strict=True)]
    everyone = [answer for cell in cells for answer in answers(cell, 1)]
    assert mean_of(added, 1) == pytest.approx(sum(everyone) / len(everyone))


def test_no_answer_has_no_mean() -> None:
    with pytest.raises(ZeroDivisionError):
        mean_of([0, 0, 0], 1)
    assert half_interval([0, 0, 0], 1) is None


def test_millions_of_answers_lose_no_digit() -> None:
    assert half_interval([0, 0, 0, 1, 10**9], 1) == pytest.approx(1.96e-9, rel=1e-3)


@pytest.mark.parametrize("scale", [scale for scale in Scale if scale.favorable_from is not None])
def test_favorable_points_are_those_the_scale_says(scale: Scale) -> None:
    counts = [10**place for place in range(scale.size)]
    assert scale.favorable_from is not None
    expected = sum(count for point, count in zip(scale.points, counts, strict=True) if point >= scale.favorable_from)
    assert favorable(counts, scale.lowest, scale.favorable_from) == expected


@given(COUNTS.filter(lambda counts: len(counts) == 5), COUNTS.filter(lambda counts: len(counts) == 5))
def test_a_shift_lies_beyond_both_intervals(before: list[int], after: list[int]) -> None:
    first, second = half_interval(before, 1), half_interval(after, 1)
    if first is None or second is None:
        assert not has_shifted(before, after, 1)
        return
    beyond = abs(mean_of(after, 1) - mean_of(before, 1)) > sqrt(first**2 + second**2)
    assert has_shifted(before, after, 1) == beyond == has_shifted(after, before, 1)


def test_a_shift_is_notable_beyond_a_tenth_of_the_scale() -> None:
    most_agree, fewer_agree, few_agree = [0, 0, 0, 5000, 5000], [0, 0, 0, 6000, 4000], [0, 0, 5000, 5000, 0]
    assert has_shifted(most_agree, fewer_agree, 1) and not has_notably_shifted(most_agree, fewer_agree, 1)
    assert has_notably_shifted(most_agree, few_agree, 1)


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [(0.125, 2, "0.13"), (-0.125, 2, "-0.12"), (2.5, 0, "3"), (Decimal("0.15"), 1, "0.2"), (3, 2, "3.00")],
)
def test_numbers_are_rounded_half_up(value: float | Decimal, places: int, shown: str) -> None:
    assert rounded(value, places) == Decimal(shown)


def test_a_quotient_is_rounded_once() -> None:
    assert ratio(87, 20, 1) == Decimal("4.4")  # 4.35, which as a float lies below itself
    assert ratio(1, 3, 6) == Decimal("0.333333")


@pytest.mark.parametrize(
    ("surveyed", "respondents", "published"),
    [
        (1_236_483, 377_268, 31),
        (1_726_622, 346_694, 20),
        (1_899_830, 329_662, 17),
        (1_924_646, 310_992, 16),
        (1_808_680, 304_687, 17),
    ],
)
def test_published_response_rates_come_from_their_volumes(surveyed: int, respondents: int, published: int) -> None:
    """Veterans Health Administration, fiscal years 2019 and 2020."""
    assert ratio(100 * respondents, surveyed, 0) == published
