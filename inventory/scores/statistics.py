"""Statistics of the answers to one question: mean, shares and their 95 % intervals.

Answers are counts by point of a scale, lowest point first. Only `rounded` and `ratio` round, for display.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from math import atan, cos, pi, sin, sqrt
from operator import mul
from statistics import NormalDist

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
NOTABLE = 0.10
"""The share of the scale's range above which a change needs an explanation."""
NOISE = 1e-9
"""Tolerance for floating-point error, so that a change of exactly a tenth is not more than a tenth."""
EXACTLY_UP_TO = 200
"""Degrees of freedom above which an expansion about the normal distribution is exact to ten digits and more."""

EXPANSION = (
    (Z**3 + Z) / 4,
    (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
    (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92160,
)
"""Coefficients of Student's quantile about the normal one, by falling powers of the degrees (Abramowitz and Stegun
26.7.5)."""

Interval = tuple[float, float]


def mean_of(counts: Sequence[int], lowest: int) -> float:
    """Return the mean of at least one answer. Raises ZeroDivisionError if there is none."""
    return _sum(counts, lowest) / sum(counts)


def half_interval(counts: Sequence[int], lowest: int) -> float | None:
    """Return half the width of the mean's 95 % interval, by Student's t; None for fewer than two answers."""
    n = sum(counts)
    if n < 2:
        return None
    total = _sum(counts, lowest)
    points = range(lowest, lowest + len(counts))
    squares = sum(map(mul, map(mul, counts, points), points))
    # Integers up to the last division keep precision when answers differ little.
    return t_quantile(n - 1) * sqrt((n * squares - total * total) / (n * n * (n - 1)))


def favorable(counts: Sequence[int], lowest: int, favorable_from: int) -> int:
    """Return the number of answers at or above the lowest favorable point."""
    return sum(counts[favorable_from - lowest :])


def wilson(chosen: int, n: int) -> Interval:
    """Return Wilson's 95 % interval of the share of at least one answer."""
    share, z_square = chosen / n, Z * Z
    middle = (share + z_square / (2 * n)) / (1 + z_square / n)
    half = Z / (1 + z_square / n) * sqrt(share * (1 - share) / n + z_square / (4 * n * n))
    # For none or all, the bound is exactly 0 or 1, which floating-point error would miss.
    return (0.0 if chosen == 0 else middle - half, 1.0 if chosen == n else middle + half)


def has_shifted(before: Sequence[int], after: Sequence[int], lowest: int) -> bool:
    """Return whether two means differ by more than the root of their summed squared half-intervals.

    Fewer than two answers show no shift.
    """
    halves = half_interval(before, lowest), half_interval(after, lowest)
    if halves[0] is None or halves[1] is None:
        return False
    return abs(mean_of(after, lowest) - mean_of(before, lowest)) > sqrt(halves[0] ** 2 + halves[1] ** 2)


def has_notably_shifted(before: Sequence[int], after: Sequence[int], lowest: int) -> bool:
    """Return whether a mean has shifted by so much of the scale's range that the provider should explain it."""
    most = NOTABLE * (len(after) - 1) + NOISE
    return has_shifted(before, after, lowest) and abs(mean_of(after, lowest) - mean_of(before, lowest)) > most


def rounded(value: float | Decimal, places: int) -> Decimal:
    """Return a number rounded half up for display: 0.125 is 0.13 and -0.125 is -0.12."""
    return ratio(*value.as_integer_ratio(), places)


def ratio(part: int, whole: int, places: int) -> Decimal:
    """Return a quotient of whole numbers for display, rounded half up once and exactly."""
    scaled = (2 * part * 10**places + whole) // (2 * whole)
    return Decimal(scaled).scaleb(-places)


def t_quantile(degrees: int) -> float:
    """Return the half-width of the 95 % interval in standard errors, by Student's t."""
    return _near_normal(degrees) if degrees > EXACTLY_UP_TO else _exact(degrees)


@cache
def _exact(degrees: int) -> float:
    """Return the quantile by bisection. With whole degrees of freedom the distribution has a closed form."""
    low, high = 1.0, 13.0  # the largest quantile is 12.7, for one degree of freedom
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _within(middle, degrees) < CONFIDENCE else (low, middle)
    return high


def _within(t: float, degrees: int) -> float:
    """Return the probability of a value between -t and t (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = atan(t / sqrt(degrees))
    odd, square = degrees % 2, cos(angle) ** 2
    term = series = (cos(angle) if odd else 1.0) if degrees > 1 else 0.0
    for power in range(1 + odd, degrees - 2, 2):
        term *= square * power / (power + 1)
        series += term
    return 2 / pi * (angle + sin(angle) * series) if odd else sin(angle) * series


def _near_normal(degrees: int) -> float:
    first, second, third, fourth = EXPANSION
    return Z + (first + (second + (third + fourth / degrees) / degrees) / degrees) / degrees


def _sum(counts: Sequence[int], lowest: int) -> int:
    return sum(map(mul, counts, range(lowest, lowest + len(counts))))
