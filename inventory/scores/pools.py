"""Pools of public answers, from which scores are made.

A pool holds the answers to one measure on one scale. Pools add counts and never average averages. Figures that
cannot be added are counted as left out. Pools are filled from public documents alone, so they never contain withheld
figures.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from inventory.codes import Basis, OfferedBasis


class Answered(Struct):
    """The fields of a question's answers that scores need."""

    measure: str
    scale: str
    statement: str | None = None
    counts: tuple[int, ...] = ()
    reported_mean: Decimal | None = None
    withheld: bool = False


class Gathered(Struct):
    """The fields of a collection that scores need."""

    channel: str | None = None
    measurement_point: str | None = None
    offered: int | None = None
    offered_basis: str | None = None
    respondents: int | None = None
    measures: tuple[Answered, ...] = ()


class Quarterly(Struct):
    """The fields of a quarter of feedback that scores need. Skipping the others makes decoding faster."""

    provider_id: str
    service_id: str
    fiscal_year: int
    quarter: int
    origin: str = "reported"
    customers: int | None = None
    collections: tuple[Gathered, ...] = ()

    @property
    def period(self) -> str:
        """Return the quarter, such as 2026-Q1."""
        return f"{self.fiscal_year}-Q{self.quarter}"


Kind = tuple[str, str]
"""A measure and a scale."""


class Pool:
    """A pool of answers to one measure on one scale, from any number of cells."""

    __slots__ = (
        "channels",
        "counts",
        "covered",
        "customers",
        "invited",
        "means",
        "origins",
        "other_scales",
        "points",
        "quarters",
        "responded",
        "statements",
        "withheld",
    )

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.means: list[Decimal] = []
        self.withheld = self.other_scales = self.quarters = 0
        self.responded = self.invited = self.covered = self.customers = 0
        self.channels: set[str] = set()
        self.points: set[str] = set()
        self.origins: set[str] = set()
        self.statements: set[str] = set()

    def add(self, other: "Pool") -> None:
        """Add another pool of the same measure and scale."""
        self._add_counts(other.counts)
        self.means += other.means
        for name in ("withheld", "other_scales", "quarters", "responded", "invited", "covered", "customers"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("channels", "points", "origins", "statements"):
            getattr(self, name).update(getattr(other, name))

    def take(self, answered: Answered, gathered: Gathered) -> None:
        """Add a cell."""
        if answered.withheld:
            self.withheld += 1
        elif any(answered.counts):
            self._add_counts(answered.counts)
        elif answered.reported_mean is not None:
            self.means.append(answered.reported_mean)
        if answered.statement is not None:
            self.statements.add(answered.statement)
        if gathered.channel is not None:
            self.channels.add(gathered.channel)
        if gathered.measurement_point is not None:
            self.points.add(gathered.measurement_point)

    def take_volumes(self, gathered: Gathered) -> None:
        """Add the numbers offered and answered of a collection, once even if it asked the measure more than once."""
        if gathered.offered is None:
            return
        self.covered += gathered.offered
        if gathered.offered_basis == OfferedBasis.INVITED and gathered.respondents is not None:
            self.invited += gathered.offered
            self.responded += gathered.respondents

    def _add_counts(self, counts: Sequence[int]) -> None:
        if self.counts and counts:
            self.counts = [mine + more for mine, more in zip(self.counts, counts, strict=True)]
        elif counts:
            self.counts = list(counts)

    @property
    def basis(self) -> Basis | None:
        """Return the basis of its score; None if it has none. Several means do not make one."""
        if any(self.counts):
            return Basis.COUNTS
        return Basis.REPORTED_MEAN if len(self.means) == 1 else None


def pools_of(quarter: Quarterly) -> dict[Kind, Pool]:
    """Return the pools of a quarter on a service. Questions that were not asked are in none."""
    pools: dict[Kind, Pool] = {}
    cells: dict[str, dict[str, int]] = {}
    for gathered in quarter.collections:
        seen = set()
        for answered in gathered.measures:
            if not (answered.withheld or any(answered.counts) or answered.reported_mean is not None):
                continue
            kind = (answered.measure, answered.scale)
            pool = pools.get(kind)
            if pool is None:
                pool = pools[kind] = Pool()
            pool.take(answered, gathered)
            of_measure = cells.setdefault(answered.measure, {})
            of_measure[answered.scale] = of_measure.get(answered.scale, 0) + 1
            if kind not in seen:
                seen.add(kind)
                pool.take_volumes(gathered)
    for (measure, scale), pool in pools.items():
        pool.other_scales = sum(cells[measure].values()) - cells[measure][scale]
        pool.quarters = 1
        pool.origins.add(quarter.origin)
        # Customers of the quarter count once, and only if the number offered is known.
        pool.customers = (quarter.customers or 0) if pool.covered else 0
        pool.covered = pool.covered if pool.customers else 0
    return dict(sorted(pools.items()))


_decoder = msgspec.json.Decoder(Quarterly)


def read(body: bytes) -> Quarterly:
    """Decode a public quarter of today's schema from its stored bytes."""
    return _decoder.decode(body)
