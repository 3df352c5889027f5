"""The list of services, with its filters."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, Parameter, QueryParameter
from litestar.response import Stream

from api.http.lists import For
from api.http.parameters import AN_ID, SEARCHED, narrowed, of_form, one_of
from api.http.representation import LISTED, Fields
from api.http.state_filter import states_asked
from api.resources.records import AsOf, Cursor, Limit, list_responses, searched
from catalog.filters import digital
from catalog.search import Search
from inventory.codes import Channel, LifeEvent, ServiceType
from inventory.ledger.store import Store
from inventory.records.registry import SERVICE, RecordType

Words = Annotated[
    str | None,
    Parameter(
        description="Words that must all occur, the last as the beginning of one; blank, it filters nothing.",
        schema_extra=of_form(SEARCHED),
    ),
]
Owner = Annotated[
    str | None,
    Parameter(description="Id of the organization that owns it, or of one above.", schema_extra=of_form(AN_ID)),
]
State = Annotated[
    str | None,
    QueryParameter(
        name="state",
        description="published, if not said; what is not public needs a key.",
        schema_extra=one_of(SERVICE.listed_states),
    ),
]
Kind = Annotated[
    str | None, Parameter(description="A type it has, foremost or other.", schema_extra=one_of(ServiceType))
]
Through = Annotated[str | None, Parameter(description="A channel it is provided in.", schema_extra=one_of(Channel))]
Event = Annotated[str | None, Parameter(description="The event in life it answers.", schema_extra=one_of(LifeEvent))]
Digital = Annotated[bool | None, QueryParameter(name="digital", description="Whether it has a digital channel.")]


def service_list_route(store: Store, kind: RecordType, search: Search) -> HTTPRouteHandler:
    """The route of the list. `as_of` asks the same of what was public on a day."""

    @get(
        "/services",
        operation_id="listServices",
        tags=["Service"],
        summary="Services in sight, filtered",
        responses=list_responses(kind),
        opt={LISTED: kind},
    )
    async def list_services(
        request: Request[Any, Any, Any],
        q: FromQuery[Words] = None,
        organization: FromQuery[Owner] = None,
        in_state: State = None,
        service_type: FromQuery[Kind] = None,
        channel: FromQuery[Through] = None,
        life_event: FromQuery[Event] = None,
        is_digital: Digital = None,
        fields: FromQuery[Fields] = None,
        form: For = None,
        cursor: FromQuery[Cursor] = None,
        limit: FromQuery[Limit] = 100,
        as_of: FromQuery[AsOf] = None,
    ) -> Response[bytes] | Stream:
        asked = {"service_type": service_type, "channel": channel, "life_event": life_event}
        also = () if is_digital is None else (digital(is_digital),)
        states = states_asked(request, kind, in_state, ["published"])
        query = narrowed(kind, asked, states, q, organization, also)
        return await searched(request, store, search, query, cursor, limit, as_of)

    return list_services
