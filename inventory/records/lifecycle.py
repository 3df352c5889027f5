"""States, actions and permissions: one table of rows, which tests check whole."""

from enum import StrEnum
from typing import Any

from msgspec import Struct


class Role(StrEnum):
    """What a holder of a key may do."""

    EDITOR = "editor"
    CERTIFIER = "certifier"
    ORGANIZATION_ADMIN = "organization_admin"
    OMB_REVIEWER = "omb_reviewer"
    OMB_ADMIN = "omb_admin"
    OPERATOR = "operator"


KEY_ROLES = tuple(role for role in Role if role is not Role.OPERATOR)
"""The roles that an API key can have."""
OMB_ROLES = frozenset({Role.OMB_REVIEWER, Role.OMB_ADMIN, Role.OPERATOR})


class Actor(Struct, frozen=True):
    """A named holder with a role, and the organization whose records it may act on, with all below it (None: all)."""

    holder: str
    role: Role
    organization_id: str | None = None


class Action(Struct, frozen=True, kw_only=True):
    """An action: the states it starts from (empty text: no record yet), its target state, and its roles.

    to_state: empty if the state stays. writes: it takes a new document. moves: the document may name another owner.
    transfers: it changes only the owner. checked: the record must have no errors. reason: it requires a reason.
    withdraws: it hides a public record. erases: it erases a part of a version. unsettled: it stores records that an
    input only mentions, or with errors, in cases where saving would make them public. copies: without a document it
    continues from the newest. attested: a person attests it, by name and title. apart_from: the action whose holder
    may not do this one too. The operator may do everything.
    """

    name: str
    from_states: frozenset[str]
    to_state: str
    roles: frozenset[Role]
    writes: bool = False
    moves: bool = False
    transfers: bool = False
    checked: bool = False
    reason: bool = False
    withdraws: bool = False
    erases: bool = False
    unsettled: bool = False
    copies: bool = False
    attested: bool = False
    apart_from: str | None = None

    @property
    def asks_for(self) -> list[str]:
        """Return the required inputs besides the document, in words."""
        said = (
            (self.attested, "name and title of who attests"),
            (self.transfers, "the new owner"),
            (self.erases, "a version"),
            (self.reason, "a reason"),
        )
        return [words for is_asked, words in said if is_asked]


def _action(name: str, start: str, to: str, *roles: Role, **facts: Any) -> Action:
    states = frozenset("" if state == "-" else state for state in start.split())
    return Action(
        name=name,
        from_states=states,
        to_state=to,
        roles=frozenset({*roles, Role.OPERATOR}),
        **facts,
    )


def _erase(states: str) -> Action:
    return _action(ERASE, states, "", OMB, reason=True, erases=True)


ERASE = "erase"
OMB, REVIEWER, EDITOR, CERTIFIER = Role.OMB_ADMIN, Role.OMB_REVIEWER, Role.EDITOR, Role.CERTIFIER

ORGANIZATION_ACTIONS = (
    _action("save", "- proposed current ended", "current", OMB, writes=True, checked=True),
    _action("propose", "-", "proposed", OMB, EDITOR, writes=True, unsettled=True),
    _action("confirm", "proposed", "current", OMB, checked=True),
    _action("end", "proposed current", "ended", OMB, reason=True),
    _erase("proposed current ended"),
)
PROVIDER_ACTIONS = (
    _action("save", "- current ended", "current", OMB, writes=True, moves=True, checked=True),
    _action("end", "current", "ended", OMB, reason=True),
    _erase("current ended"),
)
DESIGNATION_ACTIONS = (
    _action("save", "- proposed current ended", "current", OMB, writes=True, checked=True),
    _action("propose", "- proposed", "proposed", EDITOR, writes=True, unsettled=True),
    _action("confirm", "proposed", "current", OMB, checked=True),
    _action("end", "current", "ended", OMB, reason=True),
    _erase("proposed current ended"),
)
SERVICE_ACTIONS = (
    _action("save", "- draft published", "draft", EDITOR, writes=True),
    _action("publish", "draft", "published", EDITOR, checked=True),
    _action("retire", "published", "retired", EDITOR),
    _action("reinstate", "retired", "draft", EDITOR),
    _action("transfer", "draft published retired", "", OMB, writes=True, moves=True, transfers=True),
    _action("withdraw", "published", "withdrawn", OMB, reason=True, withdraws=True),
    _erase("draft published retired withdrawn"),
)
INSTRUMENT_ACTIONS = (
    _action("save", "- proposed current ended", "current", EDITOR, writes=True, checked=True),
    _action("propose", "- proposed", "proposed", EDITOR, writes=True, unsettled=True),
    _action("end", "proposed current", "ended", EDITOR, reason=True),
    _erase("proposed current ended"),
)
FEEDBACK_ACTIONS = (
    _action("save", "- draft returned", "draft", EDITOR, writes=True),
    _action("submit", "draft", "submitted", CERTIFIER, checked=True, attested=True),
    _action("recall", "submitted", "draft", CERTIFIER),
    _action("return", "submitted accepted", "returned", REVIEWER, reason=True),
    _action("accept", "submitted", "accepted", REVIEWER, checked=True, apart_from="submit"),
    _action("publish", "accepted", "published", REVIEWER, checked=True),
    _action("restate", "published", "draft", EDITOR, writes=True, reason=True, copies=True),
    _action("withdraw", "published", "withdrawn", OMB, reason=True, withdraws=True),
    _erase("draft submitted returned accepted published withdrawn"),
)
DUE_DATE_ACTIONS = (
    _action("save", "- current ended", "current", OMB, writes=True, checked=True),
    _action("end", "current", "ended", OMB, reason=True),
    _erase("current ended"),
)


GRANTS: dict[Role, frozenset[Role]] = {
    Role.ORGANIZATION_ADMIN: frozenset({EDITOR, CERTIFIER, Role.ORGANIZATION_ADMIN}),
    OMB: frozenset(KEY_ROLES),
    Role.OPERATOR: frozenset(KEY_ROLES),
}
"""The roles whose keys each role may issue, rotate and revoke: none above its own. Others issue none."""
