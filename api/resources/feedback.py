"""The list of quarters of feedback, with its filters: what OMB pulls."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, Parameter, QueryParameter
from litestar.response import Stream

from api.http.lists import For
from api.http.parameters import A_SPAN, AN_ID, narrowed, of_form, one_of
from api.http.representation import LISTED, Fields
from api.http.state_filter import states_asked
from api.resources.records import EVERY_STATE, AsOf, Cursor, Limit, list_responses, searched
from catalog.filters import spanning
from catalog.search import Search
from inventory.ledger.store import Store
from inventory.records.registry import FEEDBACK, RecordType
from inventory.reports.board import SPANS, span

Spanning = Annotated[str | None, Parameter(description=f"{SPANS}.", schema_extra=of_form(A_SPAN))]
ByProvider = Annotated[
    str | None, Parameter(description="Id of the provider that reports.", schema_extra=of_form(AN_ID))
]
About = Annotated[str | None, Parameter(description="Id of the service that it is about.", schema_extra=of_form(AN_ID))]
Owner = Annotated[
    str | None,
    Parameter(description="Id of the organization that is the provider, or of one above.", schema_extra=of_form(AN_ID)),
]
State = Annotated[
    str | None,
    QueryParameter(
        name="state",
        description=f"{EVERY_STATE} So without a key: published.",
        schema_extra=one_of(FEEDBACK.listed_states),
    ),
]


def feedback_list_route(store: Store, kind: RecordType, search: Search) -> HTTPRouteHandler:
    """The route of the list. `as_of` asks the same of what was public on a day."""

    @get(
        "/feedback",
        operation_id="listFeedbacks",
        tags=["Feedback"],
        summary="Quarters of feedback in sight, filtered",
        description=(
            "As CSV it is the main table alone, without collections, measures, counts and indicators: those are in "
            "JSON and NDJSON, and in the tables of a release."
        ),
        responses=list_responses(kind),
        opt={LISTED: kind},
    )
    async def list_feedback(
        request: Request[Any, Any, Any],
        period: FromQuery[Spanning] = None,
        provider: FromQuery[ByProvider] = None,
        service: FromQuery[About] = None,
        organization: FromQuery[Owner] = None,
        in_state: State = None,
        fields: FromQuery[Fields] = None,
        form: For = None,
        cursor: FromQuery[Cursor] = None,
        limit: FromQuery[Limit] = 100,
        as_of: FromQuery[AsOf] = None,
    ) -> Response[bytes] | Stream:
        asked = span(period) if period is not None else None
        also = spanning(asked.quarters) if asked else ()
        named = {"provider": provider, "service": service}
        query = narrowed(kind, named, states_asked(request, kind, in_state), None, organization, also)
        return await searched(request, store, search, query, cursor, limit, as_of)

    return list_feedback
