"""What is known of a request while it is answered: from where it comes, by whose key, and why it was refused."""

from typing import Any

from litestar.types import Scope
from msgspec import Struct

from api.middleware.token_bucket import Allowance
from inventory.access.api_keys import Key

_VISIT = "psi.visit"


class Visit(Struct, kw_only=True):
    """One request.

    text_digest: that of the key it bears, known or not. counted: as what it counts. key: whose it is, as far as that is
    known; before it is looked up, as it was when last used. reason: why it was refused.
    """

    request_id: str
    address: str
    text_digest: bytes | None = None
    key: Key | None = None
    allowance: Allowance | None = None
    counted: str = "requests"
    status: int = 0
    reason: str = ""


def begin(scope: Scope, visit: Visit) -> None:
    """Let whoever answers find the visit."""
    scope[_VISIT] = visit  # type: ignore[literal-required]


def visit_of(scope: Scope) -> Visit | None:
    """The visit that a request is; None where nobody attends to it."""
    found: Any = scope.get(_VISIT)
    return found if isinstance(found, Visit) else None
