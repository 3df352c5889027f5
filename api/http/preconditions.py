"""Writes are made from a version: If-Match and If-None-Match say which (RFC 9110, 13.1)."""

import re
from typing import Any

from litestar import Request
from msgspec import Struct

from inventory.access.records import ERASED_TAG, PUBLIC_TAG, newest_tag
from inventory.ledger.heads import Head

_STRONG = re.compile(r'(W/)?("[^"]*")')
_SHAPE = re.compile(rf'({ERASED_TAG})?(\.[0-9]+)?"$')
NOWHERE = -1
"""A version that no record is at."""


class Preconditions(Struct, frozen=True):
    """What a write is made from: tags of which one must be, or none may be, that of the newest (`*`: whichever)."""

    match: str | None = None
    none_match: str | None = None

    @property
    def are_there(self) -> bool:
        """Whether the write says what it is made from."""
        return self.match is not None or self.none_match is not None

    def base(self, head: Head, tag: str | None) -> int | None:
        """The version it may be made from, given the newest; None where any will do. tag: of what the writer sees."""
        if not self._hold(head, tag):
            return NOWHERE
        return head.version if self.are_there else None

    def _hold(self, head: Head, tag: str | None) -> bool:
        if self.match is not None and not (head.version and (self.match == "*" or tag in _tags(self.match))):
            return False
        none_match = self.none_match
        is_there = none_match is not None and (none_match == "*" or tag in _tags(none_match, weak=True))
        return not (is_there and head.version)

    def unmet(self, head: Head, tag: str | None) -> str:
        """Why it is not made from the newest that the writer sees, and what to send instead."""
        record, is_newest = f"{head.record_type}/{head.record_id}", tag == newest_tag(head)
        version = head.version if is_newest else head.public_version
        if not head.version or tag is None:
            return f"There is no {record} yet that this could be made from: send If-None-Match: * to make it"
        if self.match is None:
            return f"{record} is there already, at version {version}: to change it, send its ETag as If-Match"
        strong, any_kind = (_tags(self.match, weak) for weak in (False, True))
        if self.match != "*" and not any_kind:
            return "If-Match holds no tag: send the ETag of the record as it was answered, in its double quotes"
        if self.match != "*" and not strong:
            return "If-Match takes no weak tag: send the ETag of the record itself, which has no W/ before it"
        if self.match == "*" or tag in strong:
            return f"{record} is there, at version {version}, which If-None-Match rules out: leave one of the two out"
        if is_newest and any(map(PUBLIC_TAG.fullmatch, strong)):
            return (
                f"If-Match has the tag of what is public of {record}: send that of its newest version, read with a key"
            )
        return f"{record} is now at version {version}: read it again, repeat the change and send the new ETag"


def preconditions(request: Request[Any, Any, Any]) -> Preconditions:
    """What a request says."""
    headers = request.headers
    return Preconditions(_stripped(headers.get("if-match")), _stripped(headers.get("if-none-match")))


def _stripped(text: str | None) -> str | None:
    return None if text is None else text.strip()


def _tags(text: str, weak: bool = False) -> list[str]:
    # The shape in which it was read (`records.tag`), or what was erased of it, makes no other version of it.
    return [_SHAPE.sub('"', tag) for prefix, tag in _STRONG.findall(text) if weak or not prefix]
