"""Scores from counts (§280.15): means and how sure they are."""

from collections.abc import Sequence
from functools import cache
from math import sqrt
from statistics import NormalDist


def mean_of(counts: Sequence[int], lowest: int) -> float:
    """The mean of answers counted by point, lowest point first. There is at least one answer."""
    return lowest + sum(place * count for place, count in enumerate(counts)) / sum(counts)


def half_interval(counts: Sequence[int], lowest: int) -> float | None:
    """Half the 95 % interval of the mean by Student's t; None for fewer than two answers."""
    answers = sum(counts)
    if answers < 2:
        return None
    mean = mean_of(counts, lowest)
    squares = sum(count * (lowest + place - mean) ** 2 for place, count in enumerate(counts))
    return _student(answers - 1) * sqrt(squares / (answers - 1) / answers)


@cache
def _student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t, by the first terms of its expansion from the normal distribution."""
    if freedom < 3:
        return (12.706205, 4.302653)[freedom - 1]
    z: float = NormalDist().inv_cdf(0.975)
    terms = (z, (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return float(sum(term / freedom**power for power, term in enumerate(terms)))
