"""The published figures of a pool of answers, and their comparison with another pool."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from inventory.codes import Basis, Difference, Measure, Scale
from inventory.scores.pools import Kind, Pool
from inventory.scores.statistics import favorable, half_interval, has_shifted, mean_of, ratio, rounded, wilson
from inventory.scores.tables import PLACES

MEASURES: dict[str, Measure] = {measure.value: measure for measure in Measure}
SCALES: dict[str, Scale] = {scale.value: scale for scale in Scale}


def figures(pool: Pool, scale: Scale) -> dict[str, Any]:
    """Return a pool's score as published: the fields of `Figures` that have a value."""
    basis = pool.basis
    shown: dict[str, Any] = {
        "basis": basis,
        "response_rate": _share(pool.responded, pool.invited),
        "coverage": _share(pool.covered, pool.customers),
        "means_left_out": len(pool.means) - (basis is Basis.REPORTED_MEAN),
        "withheld_left_out": pool.withheld,
        "other_scales_left_out": pool.other_scales,
        "channels": joined(pool.channels),
        "measurement_points": joined(pool.points),
        "origins": joined(pool.origins),
        "wordings": len(pool.statements),
        "wording": _digest(pool.statements) if pool.statements else None,
    }
    if basis is Basis.REPORTED_MEAN:
        return shown | {"mean": pool.means[0]}
    return shown | (_from_counts(pool.counts, scale) if basis is Basis.COUNTS else {})


def _from_counts(counts: list[int], scale: Scale) -> dict[str, Any]:
    n, lowest = sum(counts), scale.lowest
    shown: dict[str, Any] = {"n": n, "counts": tuple(counts)}
    if scale.favorable_from is None:
        return shown | _with_interval("ticked", counts[-1], n)
    mean, half = mean_of(counts, lowest), half_interval(counts, lowest)
    exact = ratio(sum(count * point for point, count in enumerate(counts, lowest)), n, PLACES)
    if half is not None:
        shown |= {"mean_low": rounded(mean - half, PLACES), "mean_high": rounded(mean + half, PLACES)}
    return shown | {"mean": exact} | _with_interval("favorable", favorable(counts, lowest, scale.favorable_from), n)


def _with_interval(name: str, chosen: int, n: int) -> dict[str, Decimal]:
    low, high = (rounded(bound, PLACES) for bound in wilson(chosen, n))
    return {name: ratio(chosen, n, PLACES), f"{name}_low": low, f"{name}_high": high}


def compared(before: Mapping[Kind, Pool], kind: Kind, pool: Pool) -> dict[str, Any]:
    """Return how a pool's score compares with the one before: its change, whether it is a shift, and other differences.

    before: the last earlier pools of that measure, by measure and scale.
    """
    then = before.get(kind)
    if then is None:
        return {"differences": str(Difference.SCALE)} if any(measure == kind[0] for measure, _ in before) else {}
    shown: dict[str, Any] = {"differences": joined(differences(then, pool))}
    scale = SCALES[kind[1]]
    if scale.is_tick or then.basis is None or pool.basis is None:
        return shown
    shown["change"] = rounded(_mean(pool, scale) - _mean(then, scale), PLACES)
    if then.basis is pool.basis is Basis.COUNTS and min(sum(then.counts), sum(pool.counts)) > 1:
        shown["shifted"] = has_shifted(then.counts, pool.counts, scale.lowest)
    return shown


def differences(one: Pool, other: Pool) -> set[Difference]:
    """Return the differences between two pools of one scale. Unknown facts are not differences."""
    made_of = {
        Difference.WORDING: (one.statements, other.statements),
        Difference.CHANNELS: (one.channels, other.channels),
        Difference.MEASUREMENT_POINT: (one.points, other.points),
        Difference.ORIGIN: (one.origins, other.origins),
    }
    return {difference for difference, (mine, theirs) in made_of.items() if mine and theirs and mine != theirs}


def _mean(pool: Pool, scale: Scale) -> float:
    return mean_of(pool.counts, scale.lowest) if any(pool.counts) else float(pool.means[0])


def _share(part: int, whole: int) -> Decimal | None:
    return ratio(part, whole, PLACES) if whole else None


def joined(codes: Iterable[str]) -> str | None:
    """Return codes as one text; None if there are none."""
    return " ".join(sorted(map(str, codes))) or None


def _digest(statements: Iterable[str]) -> str:
    return sha256("\n".join(sorted(statements)).encode()).hexdigest()[:16]
