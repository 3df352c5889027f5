"""What the lifecycle of a record has to be, apart from the code: the answer to each act, and who sees what."""

from typing import Any

from msgspec import Struct

from tests.inventory.writes.test_permissions import TABLE

LEADS = {
    "save": "draft",
    "publish": "published",
    "retire": "retired",
    "reinstate": "draft",
    "withdraw": "withdrawn",
    "submit": "submitted",
    "recall": "draft",
    "return": "returned",
    "accept": "accepted",
    "restate": "draft",
}
CHECKED = {"publish", "submit", "accept"}
ROLES = {
    "editor": ("editor", True),
    "certifier": ("certifier", True),
    "editor above": ("editor", True),
    "foreign editor": ("editor", False),
    "omb_reviewer": ("omb_reviewer", True),
    "omb_admin": ("omb_admin", True),
    "two hats": ("omb_reviewer", True),
}
"""Role of each holder, and whether the record is within their reach."""
SAME_PERSON = {"two hats": "certifier"}
TAGS = ("none", "right", "stale", "star", "new")


class Face(Struct, frozen=True):
    """A version as it is shown: its number, state, and the mark in its document."""

    version: int
    state: str
    mark: int


class Kept(Struct):
    """A record: its newest version, the one that is public, who submitted it, and whether it has errors."""

    kind: str
    newest: Face | None = None
    public: Face | None = None
    tag: str = ""
    old_tag: str = '"e0"'
    submitted_by: str = ""
    is_broken: bool = False

    @property
    def state(self) -> str:
        """Where it stands; `-` where there is none."""
        return self.newest.state if self.newest else "-"

    def hides_newest_from(self, holder: str) -> bool:
        """Whether somebody sees the public version while another is open: OMB sees no drafts."""
        return ROLES[holder][0].startswith("omb") and self.state == "draft" and self.public is not None

    def given(self, tag: str, seen: str) -> dict[str, str]:
        """The headers of a write that is made from somewhere. seen: the tag that the writer is shown."""
        if tag == "new":
            return {"If-None-Match": "*"}
        made_from = {"right": seen, "stale": self.old_tag, "star": "*"}
        return {"If-Match": made_from[tag]} if tag in made_from else {}

    def answer(self, holder: str, action: str, tag: str) -> int:
        """The status that an act is answered with."""
        role, reaches = ROLES[holder]
        starts, roles = TABLE[self.kind, action]
        if role not in roles:
            return 403
        if not reaches:
            return 403 if action == "save" or self.public else 404
        state = self.public.state if action == "withdraw" and self.public else self.state
        if state not in starts.split() and not (self.newest and self._is_known(role)):
            return 404
        if not self._is_made_from(tag):
            return 412
        if state not in starts.split():
            return 409
        if action == "accept" and SAME_PERSON.get(holder) == self.submitted_by:
            return 403
        if action in CHECKED and self.is_broken:
            return 422
        if action == "save" and self.newest:
            return 428 if tag == "none" else 200
        return 201 if action == "save" else 200

    def _is_known(self, role: str) -> bool:
        return self.public is not None or not role.startswith("omb") or self.state != "draft"

    def _is_made_from(self, tag: str) -> bool:
        if tag == "none":
            return True
        return (self.newest is None) == (tag == "new") and tag != "stale"

    def done(self, holder: str, action: str, mark: int, tag: str, is_broken: bool) -> None:
        """What an act leaves behind. mark, is_broken: of the document that came with it."""
        brings = action == "save"
        number = (self.newest.version if self.newest else 0) + (action in ("save", "restate"))
        shown = mark if brings else self.newest.mark if self.newest else 0
        self.newest = Face(number, LEADS[action], shown)
        self.old_tag, self.tag = self.tag or self.old_tag, tag
        if brings:
            self.is_broken = is_broken
        if action in ("publish", "retire"):
            self.public = self.newest
        if action == "withdraw":  # it is of the version that was public, whatever its owner has begun since
            self.newest = Face(self.public.version, "withdrawn", self.public.mark) if self.public else self.newest
            self.public = None
        if action == "submit":
            self.submitted_by = holder

    def seen(self, holder: str | None) -> Face | int:
        """The version that somebody is shown, or the status that refuses."""
        if self.state == "withdrawn":
            return 410
        found = self.public
        if holder is not None and self.newest is not None:
            role, reaches = ROLES[holder]
            if reaches and (self.state != "draft" or not role.startswith("omb")):
                found = self.newest
        return found or 404

    def legal(self) -> list[tuple[str, str]]:
        """Acts that go through, by holder and name."""
        acts = [action for kind, action in TABLE if kind == self.kind and action in LEADS]
        tag = "right" if self.newest else "new"
        return [(who, act) for act in acts for who in ROLES if self.answer(who, act, tag) in (200, 201)]


def sent_with(action: str) -> dict[str, Any]:
    """What is sent with an act."""
    if action == "submit":
        return {"name": "A synthetic name", "title": "Director"}
    return {"reason": "A reason."} if action in ("return", "restate", "withdraw") else {}
