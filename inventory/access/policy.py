"""Permissions as pure functions of role, state and organization."""

from collections.abc import Collection, Iterable, Sequence

from inventory.records.lifecycle import KEY_ROLES, OMB_ROLES, Action, Actor, Role


def roles_told(roles: Collection[Role]) -> str:
    """Return the roles to name in an error: those that an API key can have."""
    return " or ".join(role for role in KEY_ROLES if role in roles)


def reaches(actor: Actor, lineage: Sequence[str]) -> bool:
    """Return whether the actor has access to an owner, given as the owner and all organizations above it."""
    return actor.role in OMB_ROLES or actor.organization_id is None or actor.organization_id in lineage


def may(actor: Actor, action: Action, lineage: Sequence[str]) -> bool:
    """Return whether the actor may do this to a record of that owner."""
    return actor.role in action.roles and reaches(actor, lineage)


def whole_is_seen(actor: Actor, state: str, lineage: Sequence[str]) -> bool:
    """Return whether the actor sees a record's private part in that state, whether or not it is public."""
    return reaches(actor, lineage) and sees(actor, state, is_public=False, lineage=lineage)


def states_seen(actor: Actor, states: Iterable[str], lineage: Sequence[str]) -> list[str]:
    """Return the states in which the actor sees records of that owner, whether or not they are public."""
    return [state for state in states if whole_is_seen(actor, state, lineage)]


def sees_of_reached(actor: Actor, state: str) -> bool:
    """Return whether the actor sees that state of a record it has access to.

    OMB has access to all and sees no drafts.
    """
    return whole_is_seen(actor, state, [actor.organization_id or ""])


def sees(actor: Actor | None, state: str, *, is_public: bool, lineage: Sequence[str]) -> bool:
    """Return whether the actor sees a record in that state.

    Public records are visible to everyone, drafts and proposals to their owner and the organizations above, and all
    other states also to OMB.
    """
    if is_public or (actor is not None and actor.role is Role.OPERATOR):
        return True
    if actor is None:
        return False
    if actor.role in OMB_ROLES:
        return state != "draft"
    return actor.organization_id is not None and actor.organization_id in lineage
