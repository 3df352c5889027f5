"""Permissions: who may do and see what, as pure functions of role, state and organization."""

from collections.abc import Collection, Iterable, Sequence

from inventory.records.lifecycle import KEY_ROLES, OMB_ROLES, Action, Actor, Role


def roles_told(roles: Collection[Role]) -> str:
    """Roles as someone who lacks them is told of them: those that a key can have."""
    return " or ".join(role for role in KEY_ROLES if role in roles)


def reaches(actor: Actor, lineage: Sequence[str]) -> bool:
    """Whether an owner, given with all organizations above it, lies within the actor's reach."""
    return actor.role in OMB_ROLES or actor.organization_id is None or actor.organization_id in lineage


def may(actor: Actor, action: Action, lineage: Sequence[str]) -> bool:
    """Whether the actor may do that to a record of that owner."""
    return actor.role in action.roles and reaches(actor, lineage)


def whole_is_seen(actor: Actor, state: str, lineage: Sequence[str]) -> bool:
    """Whether the actor sees a record in that state whole, private part included, be it public or not."""
    return reaches(actor, lineage) and sees(actor, state, is_public=False, lineage=lineage)


def states_seen(actor: Actor, states: Iterable[str], lineage: Sequence[str]) -> list[str]:
    """The states in which the actor sees what such an owner has, be it public or not."""
    return [state for state in states if whole_is_seen(actor, state, lineage)]


def sees_of_reached(actor: Actor, state: str) -> bool:
    """The same of what lies within the actor's reach: OMB reaches everything and sees no drafts."""
    return whole_is_seen(actor, state, [actor.organization_id or ""])


def sees(actor: Actor | None, state: str, *, is_public: bool, lineage: Sequence[str]) -> bool:
    """Sight: what is public is everyone's; drafts and proposals are the owner's and those above; OMB sees the rest."""
    if is_public or (actor is not None and actor.role is Role.OPERATOR):
        return True
    if actor is None:
        return False
    if actor.role in OMB_ROLES:
        return state != "draft"
    return actor.organization_id is not None and actor.organization_id in lineage
