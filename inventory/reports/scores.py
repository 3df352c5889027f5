"""Scores over many quarters, read from public feedback, filtered and pooled as requested."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from inventory.codes import Difference, ServiceType
from inventory.errors import NotFound, Withdrawn
from inventory.ledger.as_of import public_page_at
from inventory.ledger.heads import PAGE
from inventory.ledger.store import Published, Store
from inventory.records.registry import FEEDBACK, SERVICE
from inventory.scores.figures import MEASURES, SCALES, compared, differences, figures, joined
from inventory.scores.pools import Kind, Pool, Quarterly, pools_of, read
from inventory.scores.tables import PooledScore

TYPES: dict[str, ServiceType] = {known.value: known for known in ServiceType}
TypeOf = Callable[[str], str | None]
"""A lookup of a service's type by id; None if it has no type or is not public."""


class By(StrEnum):
    """What scores are made of: each quarter on a service, or all that is asked for of a service, provider or type."""

    QUARTER = "quarter"
    SERVICE = "service"
    PROVIDER = "provider"
    SERVICE_TYPE = "service_type"


class ScoresAsked(Struct, frozen=True, kw_only=True):
    """A request for scores. Omitted fields do not filter."""

    by: By = By.QUARTER
    provider: str | None = None
    service: str | None = None
    service_type: str | None = None
    fiscal_year: int | None = None
    period: str | None = None
    measure: str | None = None
    scale: str | None = None

    @property
    def prefix(self) -> str:
        """Return the common prefix of the ids of all matching quarters."""
        if self.provider is None:
            return ""
        return f"{self.provider}/" + (f"{self.service}/" if self.service is not None else "")

    @property
    def seeks(self) -> bool:
        """Return whether a score may need all quarters, because they are pooled or the filter is not in their ids."""
        return self != ScoresAsked(provider=self.provider, service=self.service)

    def is_of(self, quarter: Quarterly) -> bool:
        """Return whether a quarter matches the requested provider and service."""
        return self.provider in (None, quarter.provider_id) and self.service in (None, quarter.service_id)

    def is_in(self, quarter: Quarterly) -> bool:
        """Return whether a quarter is in the requested time."""
        return self.fiscal_year in (None, quarter.fiscal_year) and self.period in (None, quarter.period)

    def is_kind(self, kind: Kind) -> bool:
        """Return whether a measure and scale are requested."""
        return self.measure in (None, kind[0]) and self.scale in (None, kind[1])


def public_quarters(store: Store, upto: int | None = None, prefix: str = "", after: str = "") -> Iterator[Quarterly]:
    """Yield the public quarters with an id that starts with a prefix and follows another, in order of id, as of a
    position.
    """
    states, after = sorted(FEEDBACK.public_states), max(prefix, after)
    while page := (
        store.public_page(FEEDBACK.name, states, after)
        if upto is None
        else public_page_at(store, FEEDBACK.name, upto, after, PAGE)
    ):
        for item in page:
            if not item.record_id.startswith(prefix):
                return
            yield _quarter(item)
        after = page[-1].record_id


def service_types(store: Store, upto: int | None = None) -> TypeOf:
    """Return a cached lookup of service types."""

    @cache
    def type_of(service_id: str) -> str | None:
        try:
            found = store.public(SERVICE.name, service_id, upto)
        except (NotFound, Withdrawn):
            return None
        document = SERVICE.upcast(msgspec.json.decode(found.body), found.schema_version)
        known: str | None = document.get("service_type")
        return known

    return type_of


def scores(quarters: Iterable[Quarterly], asked: ScoresAsked, type_of: TypeOf) -> Iterator[PooledScore]:
    """Yield the scores of these quarters. They come in order of id, those of a service together, oldest first."""
    mine = (quarter for quarter in quarters if asked.is_of(quarter))
    if asked.service_type is not None:
        mine = (quarter for quarter in mine if type_of(quarter.service_id) == asked.service_type)
    return _by_quarter(mine, asked, type_of) if asked.by is By.QUARTER else _pooled(mine, asked, type_of)


def _by_quarter(quarters: Iterable[Quarterly], asked: ScoresAsked, type_of: TypeOf) -> Iterator[PooledScore]:
    """Yield each quarter's scores with changes since the quarter before, which need not be in the request."""
    of, before, when = ("", ""), dict[Kind, Pool](), dict[str, str]()
    for quarter in quarters:
        if of != (quarter.provider_id, quarter.service_id):
            of, before, when = (quarter.provider_id, quarter.service_id), {}, {}
        pools = pools_of(quarter)
        if asked.is_in(quarter):
            for kind, pool in pools.items():
                if asked.is_kind(kind):
                    yield PooledScore(
                        provider_id=quarter.provider_id,
                        service_id=quarter.service_id,
                        service_type=_code(type_of(quarter.service_id)),
                        period=quarter.period,
                        previous=when.get(kind[0]),
                        **_scored(kind, pool),
                        **compared(before, kind, pool),
                    )
        measures = {measure for measure, _ in pools}
        before = {kind: pool for kind, pool in before.items() if kind[0] not in measures} | pools
        when |= dict.fromkeys(measures, quarter.period)


def _pooled(quarters: Iterable[Quarterly], asked: ScoresAsked, type_of: TypeOf) -> Iterator[PooledScore]:
    """Yield each pooled score with the differences among its quarters."""
    groups: dict[str, dict[Kind, Pool]] = {}
    mixed: dict[tuple[str, Kind], set[Difference]] = {}
    for quarter in quarters:
        if not asked.is_in(quarter):
            continue
        group = _group(quarter, asked.by, type_of)
        pools = groups.setdefault(group, {})
        for kind, pool in pools_of(quarter).items():
            if not asked.is_kind(kind):
                continue
            if kind in pools:
                mixed.setdefault((group, kind), set()).update(differences(pools[kind], pool))
                pools[kind].add(pool)
            else:
                pools[kind] = pool
    for group, pools in sorted(groups.items()):
        named = _named(group, asked.by, type_of)
        for kind, pool in sorted(pools.items()):
            yield PooledScore(**named, **_scored(kind, pool), differences=joined(mixed.get((group, kind), ())))


def _group(quarter: Quarterly, by: By, type_of: TypeOf) -> str:
    """Return the key that a quarter is pooled under; an empty text for services without a type."""
    if by is By.SERVICE_TYPE:
        return type_of(quarter.service_id) or ""
    return quarter.provider_id if by is By.PROVIDER else quarter.service_id


def _named(group: str, by: By, type_of: TypeOf) -> dict[str, Any]:
    if by is By.PROVIDER:
        return {"provider_id": group}
    if by is By.SERVICE:
        return {"service_id": group, "service_type": _code(type_of(group))}
    return {"service_type": _code(group)}


def _scored(kind: Kind, pool: Pool) -> dict[str, Any]:
    measure, scale = MEASURES[kind[0]], SCALES[kind[1]]
    return {"measure": measure, "scale": scale, "quarters": pool.quarters, **figures(pool, scale)}


def _code(service_type: str | None) -> ServiceType | None:
    return TYPES.get(service_type or "")


def _quarter(item: Published) -> Quarterly:
    if item.schema_version == FEEDBACK.schema_version:
        return read(item.body)
    return msgspec.convert(FEEDBACK.upcast(msgspec.json.decode(item.body), item.schema_version), Quarterly)
