"""What the answers to one question say, and how surely: mean, shares and their 95 % intervals.

Answers are counts by point of a scale, lowest point first. Nothing is rounded here but by `rounded`, for showing.
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
"""A change that wants explaining is larger than this share of the scale's range."""
NOISE = 1e-9
"""Of adding fractions: what moved by a tenth did not move by more."""
EXACTLY_UP_TO = 200
"""Degrees of freedom above which an expansion about the normal distribution is exact to ten digits and more."""

EXPANSION = (
    (Z**3 + Z) / 4,
    (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
    (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
    (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92160,
)
"""Of Student's quantile about the normal one, by falling powers of the degrees (Abramowitz and Stegun 26.7.5)."""

Interval = tuple[float, float]


def mean_of(counts: Sequence[int], lowest: int) -> float:
    """The mean of at least one answer. Raises ZeroDivisionError where there is none."""
    return _sum(counts, lowest) / sum(counts)


def half_interval(counts: Sequence[int], lowest: int) -> float | None:
    """Half the width of the mean's 95 % interval, by Student's t; None for fewer than two answers."""
    n = sum(counts)
    if n < 2:
        return None
    total = _sum(counts, lowest)
    points = range(lowest, lowest + len(counts))
    squares = sum(map(mul, map(mul, counts, points), points))
    # Whole numbers up to the last division, so that nothing is lost where answers differ little.
    return t_quantile(n - 1) * sqrt((n * squares - total * total) / (n * n * (n - 1)))


def favorable(counts: Sequence[int], lowest: int, favorable_from: int) -> int:
    """How many answers lie at or above the lowest favorable point."""
    return sum(counts[favorable_from - lowest :])


def wilson(chosen: int, n: int) -> Interval:
    """Wilson's 95 % interval of the share of at least one answer."""
    share, z_square = chosen / n, Z * Z
    middle = (share + z_square / (2 * n)) / (1 + z_square / n)
    half = Z / (1 + z_square / n) * sqrt(share * (1 - share) / n + z_square / (4 * n * n))
    # Of none or of all the bound is 0 or 1 itself, which the last digit of the sum misses.
    return (0.0 if chosen == 0 else middle - half, 1.0 if chosen == n else middle + half)


def has_shifted(before: Sequence[int], after: Sequence[int], lowest: int) -> bool:
    """Whether two means lie further apart than the root of their summed squared half-intervals.

    Of fewer than two answers nothing is known for sure, so nothing has shifted.
    """
    halves = half_interval(before, lowest), half_interval(after, lowest)
    if halves[0] is None or halves[1] is None:
        return False
    return abs(mean_of(after, lowest) - mean_of(before, lowest)) > sqrt(halves[0] ** 2 + halves[1] ** 2)


def has_notably_shifted(before: Sequence[int], after: Sequence[int], lowest: int) -> bool:
    """Whether a mean has shifted, and by so much of the scale's range that the provider should say why."""
    most = NOTABLE * (len(after) - 1) + NOISE
    return has_shifted(before, after, lowest) and abs(mean_of(after, lowest) - mean_of(before, lowest)) > most


def rounded(value: float | Decimal, places: int) -> Decimal:
    """A number as it is shown: half up, so that 0.125 is 0.13 and -0.125 is -0.12."""
    return ratio(*value.as_integer_ratio(), places)


def ratio(part: int, whole: int, places: int) -> Decimal:
    """A quotient of whole numbers as it is shown, rounded half up once and exactly."""
    scaled = (2 * part * 10**places + whole) // (2 * whole)
    return Decimal(scaled).scaleb(-places)


def t_quantile(degrees: int) -> float:
    """How many standard errors the 95 % interval reaches to either side, by Student's t."""
    return _near_normal(degrees) if degrees > EXACTLY_UP_TO else _exact(degrees)


@cache
def _exact(degrees: int) -> float:
    """By halving where it lies: with whole degrees of freedom the distribution has a closed form."""
    low, high = 1.0, 13.0  # one degree of freedom has the largest, 12.7
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _within(middle, degrees) < CONFIDENCE else (low, middle)
    return high


def _within(t: float, degrees: int) -> float:
    """The chance of lying between -t and t (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
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
