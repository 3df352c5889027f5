"""`/data.json`: the current release, described for data.gov."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec

from api.http.lists import tagged
from api.resources.records import UNCHANGED, refusing
from api.server.settings import Settings
from catalog.dcat import data_json
from datapackage.packages.descriptor import DESCRIPTOR
from datapackage.packages.sample_note import illustrative_note
from datapackage.releases.directory import current_release, directory
from datapackage.releases.write_tables import DATABASE
from inventory.errors import NotFound


def data_json_route(settings: Settings) -> HTTPRouteHandler:
    """The route of the catalogue. A new release is picked up by the next request."""

    @lru_cache(maxsize=1)
    def described(folder: Path) -> bytes:
        publisher = settings.published_by
        if publisher is None:
            raise NotFound("This inventory does not say yet who publishes it, which data.gov asks for")
        release = msgspec.json.decode((folder / DESCRIPTOR).read_bytes())
        told = data_json(release, publisher, settings.public_url, illustrative_note(folder / DATABASE))
        return msgspec.json.encode(told)

    @get(
        "/data.json",
        operation_id="getDataCatalog",
        tags=["Reference"],
        summary="The current release, described for data.gov (DCAT-US 1.1)",
        responses={200: ResponseSpec(dict[str, Any], description="A catalogue"), **UNCHANGED, **refusing(404)},
        sync_to_thread=True,
    )
    def get_data_json(request: Request[Any, Any, Any]) -> Response[bytes]:
        release_id = current_release(settings.releases)
        if release_id is None:
            raise NotFound("There is no release yet")
        return tagged(request, described(directory(settings.releases, release_id)))

    return get_data_json
