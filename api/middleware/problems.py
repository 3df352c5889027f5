"""Every error as an RFC 9457 problem; nothing of our insides in it."""

from typing import Any

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.status_codes import (
    HTTP_401_UNAUTHORIZED,
    HTTP_404_NOT_FOUND,
    HTTP_405_METHOD_NOT_ALLOWED,
    HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    HTTP_503_SERVICE_UNAVAILABLE,
    HTTP_507_INSUFFICIENT_STORAGE,
)
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError

from api.contract.answer_bounds import Room
from api.contract.errors import (
    BadSetting,
    BrowsingFails,
    Busy,
    NotOffered,
    NotReleased,
    Overlong,
    Required,
    Slow,
    Stale,
    TooMany,
    Unknown,
    WrongMedia,
)
from api.contract.media_types import PROBLEM
from api.contract.paths import API
from api.middleware.auth import CHALLENGE
from api.middleware.parameter_problems import parameter_problems
from api.middleware.request_context import visit_of
from api.server.redaction import without_keys
from inventory import errors
from inventory.errors import InventoryError
from inventory.problems import Problem
from inventory.storage.disk_space import full_disk

STATUS: dict[type[InventoryError], int] = {
    Unknown: 401,
    WrongMedia: 415,
    Slow: 408,
    Overlong: 413,
    Stale: 412,
    Required: 428,
    TooMany: 429,
    Busy: 503,
    errors.WrongState: 409,
    errors.Reused: 422,
    errors.NotFound: 404,
    errors.Withdrawn: 410,
    errors.Conflict: 409,
    errors.NotAllowed: 403,
    errors.Invalid: 422,
    errors.Unreadable: 400,
    errors.TooLarge: 422,
    errors.Stopped: 422,
    errors.TooMuch: 413,
    NotOffered: 406,
    NotReleased: 503,
    BrowsingFails: 503,
    errors.Busy: 503,
    errors.DiskFull: 507,
    errors.Broken: 500,
    errors.Incompatible: 500,
    BadSetting: 500,
}
TOLD_INSTEAD: dict[type[InventoryError], str] = {
    errors.Broken: "Stored data does not agree with the ledger; it has been logged",
    errors.Incompatible: "The database was made by a newer version of this software; it has been logged",
    BadSetting: "The service is not set up correctly; it has been logged",
}
"""What is told of errors, and of all kinds of them, whose own message is for the operator alone."""
NO_SPACE = "The disk of the server is full: nothing was written. Reads go on; ask again when there is space"
NO_DATABASE = "The database does not answer"
RETRY = {"Retry-After": "10"}
LATER = {"Retry-After": "300"}
"""Asking again soon does not help: a person has to free some space first."""
ALWAYS = {HTTP_401_UNAUTHORIZED: CHALLENGE, HTTP_503_SERVICE_UNAVAILABLE: RETRY}
"""What answers of a status always bear."""
TITLES = {
    400: "Bad request",
    401: "Not known",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    408: "Too slow",
    409: "Conflict",
    410: "Withdrawn",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not that kind of content",
    416: "No such part",
    422: "Invalid",
    428: "Precondition required",
    429: "Too many requests",
    500: "Internal error",
    503: "Not available",
    507: "Disk full",
}

log = structlog.get_logger()


class ProblemDetails(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An error by RFC 9457. `problems` names everything that is wrong with an input.

    left_out: how many problems had no room in this answer.
    """

    status: int
    title: str
    detail: str
    type: str = "about:blank"
    instance: str | None = None
    problems: list[Problem] = []
    left_out: dict[str, int] = {}


def inventory_problem(request: Request[Any, Any, Any], error: InventoryError) -> Response[bytes]:
    """What the inventory refuses."""
    kinds = type(error).__mro__
    status = next(STATUS[kind] for kind in kinds if kind in STATUS)
    if instead := next((TOLD_INSTEAD[kind] for kind in kinds if kind in TOLD_INSTEAD), None):
        log.error("broken", **_which(request), error=str(error))
        return problem(request, status, instead)
    headers = {**ALWAYS.get(status, {}), **getattr(error, "headers", {})}
    found = getattr(error, "problems", [])
    return problem(request, status, str(error), found, headers, getattr(error, "found", len(found)))


def database_problem(request: Request[Any, Any, Any], error: SQLAlchemyError) -> Response[bytes]:
    """What the database, or the way to it, does not do: for now where that may pass, and else nobody foresaw it."""
    if full_disk(error) is not None:
        return no_space(request, error)
    passes = isinstance(error, (OperationalError, InterfaceError, TimeoutError))
    if not passes and not getattr(error, "connection_invalidated", False):
        return unexpected_problem(request, error)
    log.error("database", path=request.url.path, error=str(getattr(error, "orig", error)))
    return problem(request, HTTP_503_SERVICE_UNAVAILABLE, NO_DATABASE, headers=RETRY)


def no_space(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Return 507 where the disk is full, whichever library noticed it."""
    log.error("disk full", **_which(request), error=str(getattr(error, "orig", error)))
    return problem(request, HTTP_507_INSUFFICIENT_STORAGE, NO_SPACE, headers=LATER)


def http_problem(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the web framework refuses: unknown paths, methods and parameters."""
    found = parameter_problems(request, error) if isinstance(error, ValidationException) else []
    headers = {name.title(): value for name, value in (error.headers or {}).items()}
    if "GET" in headers.get("Allow", ""):  # then HEAD is answered too, by `head_and_options.py`
        headers["Allow"] += ", HEAD"
    detail = "; ".join(fault.message for fault in found) or _refusal(request, error, headers.get("Allow"))
    return problem(request, error.status_code, detail, found, headers)


def _refusal(request: Request[Any, Any, Any], error: HTTPException, allowed: str | None) -> str:
    """What the web framework refuses, with what there is instead. allowed: the methods of a path."""
    if error.status_code == HTTP_404_NOT_FOUND:
        return f"There is nothing at {request.url.path[:200]}; {API} lists every operation, / leads to all pages"
    if error.status_code == HTTP_405_METHOD_NOT_ALLOWED:
        return f"{request.method} is not answered here; {allowed} are"
    if error.status_code == HTTP_413_REQUEST_ENTITY_TOO_LARGE:
        return f"At most {request.route_handler.resolve_request_max_body_size():,} bytes are taken here"
    return TITLES.get(error.status_code, error.detail)


def unexpected_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What nobody foresaw: logged in full, told in general."""
    if full_disk(error) is not None:
        return no_space(request, error)
    log.exception("unexpected", **_which(request), exc_info=error)
    return problem(request, 500, "Something went wrong on our side; it has been logged")


def problem(
    request: Request[Any, Any, Any],
    status: int,
    detail: str,
    problems: list[Problem] | None = None,
    headers: dict[str, str] | None = None,
    total: int | None = None,
) -> Response[bytes]:
    """An error in the form the client asks for: a page for browsers, problem+json for everyone else.

    total: how many problems there are, if more than these.
    """
    title, room = TITLES.get(status, "Error"), Room()
    listed = room.take_problems("problems", problems or [], total)
    if rest := sum(room.left_out.values()):
        detail = f"{detail} (of {len(listed) + rest:,} problems the first {len(listed):,} are listed)"
    if (visit := visit_of(request.scope)) is not None:
        visit.reason = detail
    if _wants_page(request):
        page = request.app.state.pages.error(status=status, title=title, detail=without_keys(detail))
        return Response(page, status_code=status, media_type=MediaType.HTML, headers=headers)
    details = ProblemDetails(
        status=status,
        title=title,
        detail=detail,
        instance=request.url.path,
        problems=listed,
        left_out=room.left_out,
    )
    body = without_keys(msgspec.json.encode(details).decode()).encode()  # one that was sent by mistake is not sent on
    return Response(body, status_code=status, media_type=PROBLEM, headers=headers)


def _which(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The request, as the log names it."""
    visit = visit_of(request.scope)
    return {"request_id": visit.request_id if visit else "", "path": request.url.path}


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
