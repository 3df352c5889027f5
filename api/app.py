"""The composition root: everything the service is made of, put together once."""

import gc
import os
from functools import cache, partial
from typing import Any

import httpx
import msgspec
from litestar import Litestar, MediaType, Request, Router, get
from litestar.concurrency import set_asyncio_executor
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.static_files import create_static_files_router
from sqlalchemy.exc import SQLAlchemyError

from api.contract.paths import API
from api.http.parameter_checks import value_problems
from api.http.parameters import knowing_parameters
from api.middleware.auth import knowing_callers
from api.middleware.denied_writes import Attempts
from api.middleware.head_and_options import answering_head, answering_options
from api.middleware.plain_paths import with_plain_paths
from api.middleware.problems import database_problem, http_problem, inventory_problem, unexpected_problem
from api.middleware.rate_limits import Limits
from api.middleware.request_log import attending
from api.middleware.security_headers import ALLOWED, TOLD, bearing_headers
from api.openapi.document import OPENAPI, openapi_route
from api.pages.api_explorer import explorer_route
from api.pages.data_json import data_json_route
from api.pages.datasette import BROWSING, Browsing, datasette_transport
from api.pages.docs import documentation_routes
from api.pages.releases import release_routes
from api.pages.rendering import Pages
from api.resources.deadlines import deadline_routes
from api.resources.denied_writes import refusal_route
from api.resources.feedback import feedback_list_route
from api.resources.health import ClockWatch, health_route
from api.resources.index import index_routes
from api.resources.keys import key_routes
from api.resources.ledger import ledger_routes
from api.resources.records import list_route, record_routes
from api.resources.reference import reference_routes
from api.resources.scores import score_route
from api.resources.services import service_list_route
from api.server.bundled import SITE
from api.server.client_address import networks
from api.server.concurrency import IMPORTS_AT_ONCE, Readers, Turns
from api.server.inline_reads import AtOnce
from api.server.logs import set_up
from api.server.settings import Settings
from api.server.store import open_store, utc_now
from api.server.warmup import warming
from api.writes.checks import check_route
from api.writes.due_dates import calendar_put_route
from api.writes.imports import MOST_TAKEN, Allowance, import_route
from api.writes.routes import write_routes
from api.writes.templates import template_routes
from catalog.search import Search
from datapackage.packages.sample_note import illustrative_note
from datapackage.releases.directory import current_release, directory
from datapackage.releases.write_tables import DATABASE
from inventory.calendar.fiscal import Clock
from inventory.errors import InventoryError
from inventory.ledger.as_of import public_counts
from inventory.ledger.store import Store
from inventory.storage.engines import is_remote

WAITING = 16
"""How many read at once where they wait for a database server."""
COMPUTING = 2
"""How many where none waits: the interpreter serves one at a time, and each more makes all of them slower (`bench`)."""

READ_FROM_ANYWHERE = CORSConfig(
    allow_origins=["*"],
    allow_methods=["GET", "HEAD", "OPTIONS"],
    allow_headers=ALLOWED,
    expose_headers=[*TOLD],
)
COLLECTED = 10_000, 10, 10
"""After how many new objects the interpreter looks for cycles. JSON has none: by its own numbers it looks through a
long document again and again, for ten times as long as reading takes, and nothing else is done meanwhile."""
GZIP = 5
"""How hard lists are compressed: a page of 100 in three fifths of the time that the hardest takes, 4 % larger."""


def application() -> Litestar:
    """The application by the environment, for a server to run."""
    gc.freeze()
    gc.set_threshold(*COLLECTED)
    settings = Settings.from_environment(os.environ)
    set_up(settings.log_level)
    store = open_store(settings)
    set_asyncio_executor(Readers(WAITING if is_remote(store.engine) else COMPUTING, settings.wait_seconds))
    return create_app(settings, store)


def create_app(
    settings: Settings, store: Store, now: Clock = utc_now, datasette: httpx.AsyncBaseTransport | None = None
) -> Litestar:
    """Assemble the application over a store. datasette: the way to Datasette, if not by the socket of the settings."""
    pages, releases, search = Pages(), settings.releases, Search(store)
    browsing = Browsing(releases, datasette or datasette_transport(settings.datasette_socket))
    limits, refused, at_once = _limits(settings), Attempts(store, now), AtOnce(store)
    app = Litestar(
        route_handlers=[
            _api(settings, store, now, search, limits, at_once),
            *release_routes(releases, pages),
            browsing.route(),
            data_json_route(settings),
            openapi_route(store.model, settings.public_url),
            explorer_route(store.model, settings.public_url, pages),
            *documentation_routes(pages),
            *_own_routes(settings, store, pages, ClockWatch(now)),
            create_static_files_router("/assets", directories=[SITE / "assets"], include_in_schema=False),
        ],
        exception_handlers={
            InventoryError: inventory_problem,
            HTTPException: http_problem,
            SQLAlchemyError: database_problem,
            Exception: unexpected_problem,
        },
        openapi_config=OPENAPI,
        logging_config=None,  # `api/server/logs.py` sets it up, for servers alone
        cors_config=READ_FROM_ANYWHERE,
        compression_config=CompressionConfig(
            "gzip", gzip_compress_level=GZIP, exclude=[f"^{BROWSING}(/|$)", "^/releases"]
        ),
        state=State({"pages": pages, "at_once": at_once, **_turns(settings)}),
        request_max_body_size=settings.most_body_bytes,
        lifespan=[partial(warming, search), refused.recording, browsing.connected],
    )
    told = answering_options(answering_head(app.asgi_handler), app.route_handler_method_map)
    proxies = networks(settings.trusted_proxies)
    attended = attending(told, limits, refused, proxies, settings.body_seconds)
    app.asgi_handler = bearing_headers(with_plain_paths(attended), BROWSING)
    return app


def _turns(settings: Settings) -> dict[str, Any]:
    imports = Turns(settings.wait_seconds, IMPORTS_AT_ONCE)
    return {
        "turns": Turns(settings.wait_seconds),
        "imports": imports,
        "readers_at_leisure": Readers(1, settings.wait_seconds),
    }


def _allowance(settings: Settings) -> Allowance:
    return Allowance(
        file_bytes=settings.most_import_bytes,
        seconds=settings.import_seconds,
        sizes=msgspec.structs.replace(MOST_TAKEN, document_bytes=settings.most_body_bytes),
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        per_address=settings.requests_per_address,
        per_key=settings.requests_per_key,
        failed_keys=settings.failed_keys,
    )


def _api(settings: Settings, store: Store, now: Clock, search: Search, limits: Limits, at_once: AtOnce) -> Router:
    own = {"service": service_list_route, "feedback": feedback_list_route}
    lists = [
        own[kind.name](store, kind, search) if kind.name in own else list_route(store, kind, search)
        for kind in store.model.values()
    ]
    records = [
        route
        for kind in store.model.values()
        for route in (*record_routes(store, kind), *write_routes(store, kind, now))
    ]
    own_lists = [score_route(store), *reference_routes(store.model), *deadline_routes(store, now)]
    if "due_date" in store.model:
        records.append(calendar_put_route(store, store.model["due_date"], now))
    many = [check_route(store, now), import_route(store, now, _allowance(settings))]
    kept = [*ledger_routes(store), *key_routes(store, now), refusal_route(store)]
    kept += [*index_routes(store.model), *template_routes(store, now)]
    routes = [*lists, *records, *many, *own_lists, *kept]
    known, asked = knowing_callers(at_once, now, limits), knowing_parameters(partial(value_problems, now=now))

    async def first(request: Request[Any, Any, Any]) -> None:
        await known(request)
        await asked(request)

    return Router(API, route_handlers=routes, before_request=first)


def _own_routes(settings: Settings, store: Store, pages: Pages, watch: ClockWatch) -> list[HTTPRouteHandler]:
    releases = settings.releases

    @cache
    def note(release_id: str | None) -> str | None:
        return illustrative_note(directory(releases, release_id) / DATABASE) if release_id else None

    @get("/", operation_id="getHome", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True)
    def home() -> str:
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

    return [home, icon, robots, health_route(settings, store, watch)]
