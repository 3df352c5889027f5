"""The composition root: everything the service is made of, put together once."""

import os
from functools import cache, partial
from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Request, Router, get
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.static_files import create_static_files_router

from api.auth import knowing_callers
from api.browsing import BROWSING, browsing_route
from api.deadlines import deadline_routes
from api.explorer import explorer_route
from api.feedback import feedback_list_route
from api.head import answering_head
from api.headers import SECURITY_HEADERS
from api.health import health_route
from api.index import API, index_routes
from api.ledgers import ledger_routes
from api.openapi import OPENAPI, openapi_route
from api.opening import open_store, utc_now
from api.pages import SITE, Pages
from api.parameter_values import value_problems
from api.parameters import knowing_parameters, with_plain_paths
from api.problems import http_problem, inventory_problem, unexpected_problem
from api.records import list_route, record_routes
from api.reference import reference_routes
from api.releases import release_routes
from api.scores import score_route
from api.services import service_list_route
from api.settings import Settings
from api.writes import write_routes
from catalog.search import Search
from datapackage.illustrative import illustrative_note
from datapackage.release_writer import DATABASE
from datapackage.shelf import current_release, directory
from inventory.errors import InventoryError
from inventory.public_reads import public_counts
from inventory.store import Store
from inventory.writing import Clock


def application() -> Litestar:
    """The application by the environment, for a server to run."""
    settings = Settings.from_environment(os.environ)
    return create_app(settings, open_store(settings))


def create_app(settings: Settings, store: Store, now: Clock = utc_now) -> Litestar:
    """The application over a store."""
    pages, releases = Pages(), settings.releases
    app = Litestar(
        route_handlers=[
            _api(store, now),
            *release_routes(releases, pages),
            browsing_route(releases, store.model),
            openapi_route(store.model, settings.public_url),
            explorer_route(store.model, settings.public_url, pages),
            *_own_routes(store, pages, releases),
            create_static_files_router("/assets", directories=[SITE / "assets"], include_in_schema=False),
        ],
        exception_handlers={
            InventoryError: inventory_problem,
            HTTPException: http_problem,
            Exception: unexpected_problem,
        },
        openapi_config=OPENAPI,
        cors_config=CORSConfig(allow_origins=["*"], allow_methods=["GET", "HEAD", "OPTIONS"]),
        compression_config=CompressionConfig("gzip", exclude=[f"^{BROWSING}(/|$)", "^/releases"]),
        response_headers=SECURITY_HEADERS,
        state=State({"pages": pages}),
    )
    app.asgi_handler = with_plain_paths(answering_head(app.asgi_handler))
    return app


def _api(store: Store, now: Clock) -> Router:
    search = Search(store)
    own = {"service": service_list_route, "feedback": feedback_list_route}
    lists = [
        own[kind.name](store, kind, search) if kind.name in own else list_route(store, kind)
        for kind in store.model.values()
    ]
    records = [
        route
        for kind in store.model.values()
        for route in (*record_routes(store, kind), *write_routes(store, kind, now))
    ]
    own_lists = [score_route(store), *reference_routes(store.model), *deadline_routes(store, now)]
    routes = [*lists, *records, *own_lists, *ledger_routes(store), *index_routes(store.model)]
    known, asked = knowing_callers(store, now), knowing_parameters(partial(value_problems, now=now))

    async def first(request: Request[Any, Any, Any]) -> None:
        await known(request)
        await asked(request)

    return Router(API, route_handlers=routes, before_request=first)


def _own_routes(store: Store, pages: Pages, releases: Path) -> list[HTTPRouteHandler]:
    @cache
    def note(release_id: str | None) -> str | None:
        return illustrative_note(directory(releases, release_id) / DATABASE) if release_id else None

    @get("/", operation_id="getHome", media_type=MediaType.HTML, include_in_schema=False)
    async def home() -> str:
        position, found = store.chain().public_seq, public_counts(store)
        current = current_release(releases)
        counts = [(kind.table, found[kind.name]) for kind in store.model.values()]
        return pages.home(counts=counts, release=current, position=position, note=note(current))

    @get("/favicon.ico", include_in_schema=False, media_type="image/svg+xml", sync_to_thread=False)
    def icon() -> bytes:
        return (SITE / "assets" / "icon.svg").read_bytes()

    @get("/robots.txt", include_in_schema=False, media_type=MediaType.TEXT, sync_to_thread=False)
    def robots() -> bytes:
        return (SITE / "assets" / "robots.txt").read_bytes()

    return [home, icon, robots, health_route(store, releases)]
