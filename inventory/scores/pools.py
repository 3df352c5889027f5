"""Pools of public answers, of which scores are made.

A pool holds the answers to one measure on one scale. Pools add counts and never average averages; what cannot be added
is counted as left out. They are filled from public documents alone, so nothing that is withheld is ever in them.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from inventory.codes import Basis, OfferedBasis


class Answered(Struct):
    """What a score needs of the answers to one question."""

    measure: str
    scale: str
    statement: str | None = None
    counts: tuple[int, ...] = ()
    reported_mean: Decimal | None = None
    withheld: bool = False


class Gathered(Struct):
    """What a score needs of a collection."""

    channel: str | None = None
    measurement_point: str | None = None
    offered: int | None = None
    offered_basis: str | None = None
    respondents: int | None = None
    measures: tuple[Answered, ...] = ()


class Quarterly(Struct):
    """What a score needs of a quarter of feedback; the rest of the document is passed over, which is faster."""

    provider_id: str
    service_id: str
    fiscal_year: int
    quarter: int
    origin: str = "reported"
    customers: int | None = None
    collections: tuple[Gathered, ...] = ()

    @property
    def period(self) -> str:
        """The quarter, such as 2026-Q1."""
        return f"{self.fiscal_year}-Q{self.quarter}"


Kind = tuple[str, str]
"""A measure and a scale."""


class Pool:
    """The answers to one measure on one scale, from any number of cells."""

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
        """Take in all of another pool of the same measure and scale."""
        self._add_counts(other.counts)
        self.means += other.means
        for name in ("withheld", "other_scales", "quarters", "responded", "invited", "covered", "customers"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("channels", "points", "origins", "statements"):
            getattr(self, name).update(getattr(other, name))

    def take(self, answered: Answered, gathered: Gathered) -> None:
        """Take in a cell."""
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
        """Take in how many were asked in a collection and answered; once, however often it asked the measure."""
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
        """What its score is made of; None where nothing is left. Of several means no mean can be made."""
        if any(self.counts):
            return Basis.COUNTS
        return Basis.REPORTED_MEAN if len(self.means) == 1 else None


def pools_of(quarter: Quarterly) -> dict[Kind, Pool]:
    """The pools of a quarter on a service. What was not asked is in none."""
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
        # Customers of the quarter count once, and only where it is known how many of them were asked.
        pool.customers = (quarter.customers or 0) if pool.covered else 0
        pool.covered = pool.covered if pool.customers else 0
    return dict(sorted(pools.items()))


_decoder = msgspec.json.Decoder(Quarterly)


def read(body: bytes) -> Quarterly:
    """A public quarter of today's schema, from its stored bytes."""
    return _decoder.decode(body)
