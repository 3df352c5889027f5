"""Lists by sight: the states that may be asked for, and those that are shown where none is."""

from collections.abc import Collection
from typing import Any

from litestar import Request

from api.contract.errors import Unknown
from api.middleware.auth import asker
from inventory.records.registry import RecordType


def states_asked(
    request: Request[Any, Any, Any], kind: RecordType, state: str | None, default: Collection[str] | None = None
) -> tuple[str, ...]:
    """The states a list is to show: the one asked for; else these, or every one in the asker's sight.

    Raises Unknown where the public asks for what it never sees.
    """
    is_public = asker(request) is None
    if state is not None:
        if is_public and state not in kind.public_states:
            raise Unknown(f"A key is needed to list what is {state}; without one there is {_told(kind)}")
        return (state,)
    if default is not None:
        return tuple(sorted(default))
    return tuple(sorted(kind.public_states if is_public else kind.listed_states))


def _told(kind: RecordType) -> str:
    return " and ".join(sorted(kind.public_states))
