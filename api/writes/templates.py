"""Workbooks to fill in, laid out for whoever bears a key: an organization's services, and its quarter of feedback."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromQuery, Parameter, QueryParameter

from api.contract.media_types import XLSX
from api.http.parameters import A_QUARTER, AN_ID, of_form
from api.middleware.auth import bearer
from api.resources.records import refusing
from api.server.concurrency import read_at_leisure
from datapackage.exports.export import quarter_template, template
from inventory.access.api_keys import Key
from inventory.access.policy import sees
from inventory.calendar.fiscal import Clock, period, period_of, washington_day
from inventory.errors import NotAllowed
from inventory.ledger.store import Store

WORKBOOK = ResponseSpec(bytes, media_type=XLSX, description="The workbook")
Of = Annotated[
    str | None,
    Parameter(description="Of this organization and those below it; else the key's own.", schema_extra=of_form(AN_ID)),
]
InQuarter = Annotated[
    str | None,
    QueryParameter(
        name="period",
        description="The quarter, such as 2026-Q1; else the last that ended.",
        schema_extra=of_form(A_QUARTER),
    ),
]


def template_routes(store: Store, now: Clock) -> list[HTTPRouteHandler]:
    """The routes of both."""
    told = {200: WORKBOOK, **refusing(400, 401, 403, 404)}

    @get(
        "/templates/services",
        operation_id="getServiceTemplate",
        tags=["Templates"],
        summary="A workbook of an organization's services, to fill in",
        responses=told,
    )
    async def services(request: Request[Any, Any, Any], organization: FromQuery[Of] = None) -> Response[bytes]:
        key = bearer(request)

        def lay_out() -> Response[bytes]:
            owner = _owner(store, key, organization)
            return _workbook("services", lambda out: template(store, out, "service", owner, key.actor))

        return await read_at_leisure(request, lay_out)

    @get(
        "/templates/feedback",
        operation_id="getFeedbackTemplate",
        tags=["Templates"],
        summary="A workbook of a quarter of feedback on designated services, laid out as their surveys ask",
        responses=told,
    )
    async def feedback(
        request: Request[Any, Any, Any], organization: FromQuery[Of] = None, quarter: InQuarter = None
    ) -> Response[bytes]:
        key = bearer(request)
        asked = (quarter and period(quarter)) or period_of(washington_day(now())).previous

        def lay_out() -> Response[bytes]:
            owner = _owner(store, key, organization)
            return _workbook(f"feedback-{asked}", lambda out: quarter_template(store, out, owner, asked))

        return await read_at_leisure(request, lay_out)

    return [services, feedback]


def _owner(store: Store, key: Key, asked: str | None) -> str | None:
    """Whose records a template is to hold, drafts among them. Raises NotAllowed where the key does not see those."""
    owner = asked or key.organization_id
    lineage = store.lineage(owner) if owner else []
    if not sees(key.actor, "draft", is_public=False, lineage=lineage):
        raise NotAllowed(f"A template holds drafts; those of {owner or 'others'} are not for {key.role} {key.holder}")
    return owner


def _workbook(name: str, write: Callable[[Path], int]) -> Response[bytes]:
    with tempfile.TemporaryDirectory(prefix="psi-template-") as folder:
        path = Path(folder) / f"{name}.xlsx"
        write(path)
        shown = {"Content-Disposition": f'attachment; filename="{path.name}"'}
        return Response(path.read_bytes(), media_type=XLSX, headers=shown)
