"""Who asks: the key that a request bears, looked up once."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from litestar.types import Scope

from api.contract.errors import Unknown
from api.middleware.rate_limits import Limits
from api.middleware.request_context import visit_of
from api.server.inline_reads import AtOnce
from inventory.access.api_keys import Key, key_of
from inventory.calendar.fiscal import Clock
from inventory.errors import Unreadable
from inventory.records.lifecycle import Actor

HOW = "A key is needed: send it as `Authorization: Bearer …` or `X-Api-Key: …`"
OPENS_NOTHING = "The key opens nothing: it is not ours, has ended or was revoked"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Public Services Inventory"'}
_CALLER = "psi.caller"


def knowing_callers(at_once: AtOnce, now: Clock, limits: Limits) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    """What every request of the API goes through first: whoever bears a key is known by it. Raises Unknown, TooMany."""

    async def know(request: Request[Any, Any, Any]) -> None:
        text = key_text(request.scope)
        if text is None:
            return
        other = request.headers.get("x-api-key")
        if other is not None and other.strip() != text:
            raise Unreadable("Two keys were sent, one in Authorization and another in X-Api-Key: send one")
        key = await at_once.read(lambda store: key_of(store, text, now()))
        visit = visit_of(request.scope)
        if visit is not None:
            visit.key = key
            limits.judge(visit, key)
        if key is None:
            raise Unknown(HOW if text.endswith(" ") else OPENS_NOTHING)
        request.scope[_CALLER] = key  # type: ignore[literal-required]

    return know


def caller(request: Request[Any, Any, Any]) -> Key | None:
    """The key that the request bears; None where the public asks."""
    found: Key | None = request.scope.get(_CALLER)  # type: ignore[assignment]
    return found


def asker(request: Request[Any, Any, Any]) -> Actor | None:
    """Who asks; None is the public."""
    key = caller(request)
    return key.actor if key is not None else None


def bearer(request: Request[Any, Any, Any]) -> Key:
    """The key of who asks. Raises Unknown where there is none."""
    key = caller(request)
    if key is None:
        raise Unknown(HOW)
    return key


def key_text(scope: Scope) -> str | None:
    """The key as it is sent; None where there is none. Of another scheme of authorization, its name and a space."""
    # Every GET goes through this: to read one header, the library would decode all of them.
    found: str | None = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, rest = value.decode("latin-1").partition(" ")
            return rest.strip() if scheme.lower() == "bearer" else f"{scheme} "
        if name == b"x-api-key":
            found = value.decode("latin-1").strip()
    return found
