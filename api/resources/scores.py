"""The scores of what is published: of each quarter on a service, or pooled by service, provider or service type."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any, TypeVar

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery, Parameter, QueryParameter
from litestar.response import Stream
from msgspec import Struct

from api.contract.media_types import CSV, EXCEL, NDJSON
from api.http.lists import (
    OTHER_LIST,
    For,
    accepted,
    after_cursor,
    chosen,
    csv_lines,
    cursor,
    list_name,
    paged,
    streamed,
)
from api.http.parameters import A_QUARTER, AN_ID, of_form
from api.resources.records import UNCHANGED, AsOf, Cursor, Limit, position, refusing
from api.server.concurrency import read_at_leisure, read_soon
from datapackage.tables.cells import Cell
from datapackage.tables.projection import main_table
from datapackage.tables.rows import rows
from inventory.codes import Measure, Scale, ServiceType
from inventory.errors import Unreadable
from inventory.ledger.store import Store
from inventory.records.documents import document, encode
from inventory.reports.scores import By, ScoresAsked, public_quarters, scores, service_types
from inventory.schema.scalars import YEARS
from inventory.scores.tables import PooledScore

CODES: dict[str, Iterable[str]] = {"by": By, "measure": Measure, "scale": Scale, "service_type": ServiceType}
KEPT = 16
"""How many answers to what pools are kept."""
_Item = TypeVar("_Item")
KEYS = ("provider_id", "service_id", "service_type", "period", "measure", "scale")


class ScoreList(Struct, frozen=True):
    """A page of scores."""

    items: list[PooledScore]
    next: str | None


def _code(name: str, description: str) -> Any:
    return Parameter(description=description, schema_extra={"enum": [str(code) for code in CODES[name]]})


ByWhat = Annotated[str, _code("by", "Each quarter on a service, or all that fits pooled: counts are added.")]
OfProvider = Annotated[str | None, Parameter(description="Id of a provider.", schema_extra=of_form(AN_ID))]
OfService = Annotated[str | None, Parameter(description="Id of a service.", schema_extra=of_form(AN_ID))]
OfType = Annotated[str | None, _code("service_type", "The foremost type of the service, as it is now.")]
InYear = Annotated[int | None, Parameter(ge=YEARS[0], le=YEARS[-1], description="A fiscal year.")]
InPeriod = Annotated[
    str | None,
    QueryParameter(name="period", description="A quarter, such as 2026-Q1.", schema_extra=of_form(A_QUARTER)),
]
OfMeasure = Annotated[str | None, _code("measure", "What was measured.")]
OnScale = Annotated[str | None, _code("scale", "The points it was answered on.")]


def score_route(store: Store) -> HTTPRouteHandler:
    """The route of the list."""

    @lru_cache(KEPT)
    def pooled(asked: ScoresAsked, upto: int | None, position: int) -> list[PooledScore]:
        """The pools of a position of the ledger: whoever turns the pages does not make them anew for each."""
        return list(_scores(store, asked, upto, ()))

    def found(asked: ScoresAsked, upto: int | None, after: tuple[str, ...]) -> Iterator[PooledScore]:
        if asked.by is By.QUARTER:
            return _after(_scores(store, asked, upto, after), asked.by, after)
        return _after(iter(pooled(asked, upto, store.chain().public_seq)), asked.by, after)

    @get(
        "/scores",
        operation_id="listScores",
        tags=["Score"],
        summary="Scores of published feedback",
        responses={200: ResponseSpec(ScoreList, description="A page of scores"), **UNCHANGED, **refusing(400, 406)},
    )
    async def list_scores(
        request: Request[Any, Any, Any],
        by: FromQuery[ByWhat] = "quarter",
        provider: FromQuery[OfProvider] = None,
        service: FromQuery[OfService] = None,
        service_type: FromQuery[OfType] = None,
        fiscal_year: FromQuery[InYear] = None,
        in_period: InPeriod = None,
        measure: FromQuery[OfMeasure] = None,
        scale: FromQuery[OnScale] = None,
        form: For = None,
        cursor: FromQuery[Cursor] = None,
        limit: FromQuery[Limit] = 100,
        as_of: FromQuery[AsOf] = None,
    ) -> Response[bytes] | Stream:
        asked = ScoresAsked(
            by=By(by),
            provider=provider,
            service=service,
            service_type=service_type,
            fiscal_year=fiscal_year,
            period=in_period,
            measure=measure,
            scale=scale,
        )
        begun = _begun(asked.by, after_cursor(list_name(request), cursor))

        def look() -> Response[bytes] | Stream:
            items = found(asked, position(store, as_of), begun)
            return _answer(request, items, asked.by, limit)

        return await (read_at_leisure(request, look) if asked.seeks else read_soon(look))

    return list_scores


def _begun(by: By, after: str) -> tuple[str, ...]:
    """The key at which a page ended. Raises Unreadable where its scores were not pooled like these."""
    pooled, *key = after.split("/")
    if pooled not in ("", by):
        raise Unreadable(OTHER_LIST)
    return tuple(key)


def _scores(store: Store, asked: ScoresAsked, upto: int | None, after: tuple[str, ...]) -> Iterator[PooledScore]:
    # A page begins with the whole of its service, for what it compares with may lie on the page before.
    begin = f"{'/'.join(after[:2])}/" if after else ""
    return scores(public_quarters(store, upto, asked.prefix, begin), asked, service_types(store, upto))


def _after(items: Iterator[PooledScore], by: By, after: tuple[str, ...]) -> Iterator[PooledScore]:
    """The scores that follow a key: of a service the later ones, and all of those that come later than it."""
    same = 2 if by is By.QUARTER else 0
    for item in items:
        key = _key(item, by)
        if key[:same] != after[:same] or key > after:
            yield item


def _key(item: PooledScore, by: By) -> tuple[str, ...]:
    group = {
        By.QUARTER: (item.provider_id, item.service_id, item.period),
        By.SERVICE: (item.service_id,),
        By.PROVIDER: (item.provider_id,),
        By.SERVICE_TYPE: (item.service_type,),
    }[by]
    return tuple(str(part or "") for part in (*group, item.measure.value, item.scale.value))


def _answer(
    request: Request[Any, Any, Any], items: Iterator[PooledScore], by: By, limit: int
) -> Response[bytes] | Stream:
    form = chosen(accepted(request))
    if form == NDJSON:
        return streamed(request, form, (_told(item) + b"\n" for item in items))
    if form in (CSV, EXCEL):
        return streamed(request, form, csv_lines(_grid(items), form))
    page = list(islice(items, limit + 1))
    following = cursor(list_name(request), "/".join((by, *_key(page[limit - 1], by)))) if len(page) > limit else None
    return paged(request, map(_told, page[:limit]), following, limit)


def _told(item: PooledScore) -> bytes:
    return encode(document(item))


def _grid(items: Iterator[PooledScore]) -> Iterator[list[Cell]]:
    """What a score is of, then its figures, as the columns of a release's table are named."""
    table = main_table(PooledScore, "scores", {})
    names = [column.name for column in table.columns]
    order = sorted(range(len(names)), key=lambda place: KEYS.index(names[place]) if names[place] in KEYS else len(KEYS))
    yield [names[place] for place in order]
    for item in items:
        for _, row in rows(table, document(item)):
            yield [row[place] for place in order]
