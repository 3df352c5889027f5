"""Keys: shown once, kept as digests, never above the role or reach of who issues them, and they end."""

import datetime
from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import select

from inventory.access.api_keys import Key, Wanted, issue, key_of, keys, revoke, rotate
from inventory.errors import InventoryError, NotAllowed, NotFound, Unreadable, WrongState
from inventory.ledger.store import Store
from inventory.records.lifecycle import GRANTS, Actor, Role
from inventory.storage.tables import KEYS
from tests.conftest import NOON, OPERATOR, now
from tests.inventory.ledger.test_store import save
from tests.support.builders import an_organization

DAY = datetime.timedelta(days=1)
OMB = Actor("An OMB admin", Role.OMB_ADMIN)
DEPARTMENT = Actor("An admin", Role.ORGANIZATION_ADMIN, "department")
EDITOR = Wanted(holder="An editor", role=Role.EDITOR, organization_id="bureau")


@pytest.fixture
def peopled(store: Store) -> Iterator[Store]:
    """A department with a bureau, and another apart."""
    for name, parent in (("department", None), ("bureau", "department"), ("other", None)):
        save(store, "organization", an_organization(organization_id=name, parent_id=parent))
    yield store


def test_a_key_opens_what_it_was_issued_for_until_it_ends(peopled: Store) -> None:
    issued = issue(peopled, OPERATOR, now, EDITOR)
    known = key_of(peopled, issued.secret, NOON)
    assert known == issued.key
    assert known is not None and known.actor == Actor("An editor", Role.EDITOR, "bureau")
    assert key_of(peopled, issued.secret, NOON + 365 * DAY) is None
    assert key_of(peopled, issued.secret, NOON + 364 * DAY) == known


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-1], lambda s: s + "A", lambda s: s.swapcase(), lambda s: "", lambda s: "psi__"]
)
def test_another_text_opens_nothing(peopled: Store, spoil: object) -> None:
    secret = issue(peopled, OPERATOR, now, EDITOR).secret
    assert callable(spoil)
    assert key_of(peopled, spoil(secret), NOON) is None


def test_of_a_key_only_a_digest_is_kept(peopled: Store) -> None:
    secret = issue(peopled, OPERATOR, now, EDITOR).secret
    with peopled.engine.connect() as connection:
        kept = str(connection.execute(select(KEYS)).all())
    assert secret not in kept and secret.split("_", 2)[2] not in kept


def test_rotating_puts_a_key_in_the_place_of_one(peopled: Store) -> None:
    old = issue(peopled, OPERATOR, now, EDITOR)
    new = rotate(peopled, OMB, now, old.key.key_id)
    assert key_of(peopled, old.secret, NOON) is None
    known = key_of(peopled, new.secret, NOON)
    assert known is not None and known.actor == old.key.actor and known.key_id != old.key.key_id
    with pytest.raises(WrongState, match="opens nothing any more"):
        rotate(peopled, OMB, now, old.key.key_id)


def test_a_key_lives_as_long_as_the_one_whose_place_it_takes(peopled: Store) -> None:
    old = issue(peopled, OPERATOR, now, msgspec.structs.replace(EDITOR, days=30)).key
    later = NOON + 10 * DAY
    new = rotate(peopled, OMB, lambda: later, old.key_id)
    assert new.key.days == 30 and key_of(peopled, new.secret, later + 29 * DAY) == new.key
    assert key_of(peopled, new.secret, later + 30 * DAY) is None
    assert rotate(peopled, OMB, lambda: later, new.key.key_id, days=7).key.days == 7


def test_a_revoked_key_opens_nothing_and_says_by_whom(peopled: Store) -> None:
    issued = issue(peopled, OPERATOR, now, EDITOR)
    ended = revoke(peopled, DEPARTMENT, now, issued.key.key_id)
    assert (ended.revoked_by, ended.revoked_at) == ("An admin", "2026-11-23T17:00:00.000000Z")
    assert key_of(peopled, issued.secret, NOON) is None
    assert keys(peopled, OPERATOR) == [ended]
    assert revoke(peopled, OMB, now, issued.key.key_id) == ended  # whoever did not hear of it may ask again


ISSUERS = [OPERATOR, OMB, DEPARTMENT, *(Actor("x", role) for role in (Role.OMB_REVIEWER,))]
ISSUERS += [Actor("x", role, "department") for role in (Role.EDITOR, Role.CERTIFIER)]


@pytest.mark.parametrize("issuer", ISSUERS, ids=lambda actor: str(actor.role))
def test_nobody_issues_above_their_role_or_beyond_their_reach(peopled: Store, issuer: Actor) -> None:
    for role in Role:
        for organization in (None, "department", "bureau", "other"):
            fits = role is not Role.OPERATOR and role.startswith("omb") == (organization is None)
            reached = issuer.organization_id is None or organization in ("department", "bureau")
            allowed = fits and role in GRANTS.get(issuer.role, ()) and reached
            wanted = Wanted(holder="A holder", role=role, organization_id=organization)
            assert is_issued(peopled, issuer, wanted) == allowed, (role, organization)


def is_issued(store: Store, issuer: Actor, wanted: Wanted) -> bool:
    try:
        issue(store, issuer, now, wanted)
    except (NotAllowed, Unreadable):
        return False
    return True


def test_what_one_may_not_end_is_not_listed_and_not_there(peopled: Store) -> None:
    foreign = issue(peopled, OPERATOR, now, Wanted(holder="B", role=Role.EDITOR, organization_id="other")).key
    above = issue(peopled, OPERATOR, now, Wanted(holder="C", role=Role.OMB_ADMIN)).key
    own = issue(peopled, OPERATOR, now, EDITOR).key
    assert keys(peopled, DEPARTMENT) == [own]
    for key_id in (foreign.key_id, above.key_id, "0" * 16):
        with pytest.raises(NotFound, match=f"There is no key {key_id}"):
            revoke(peopled, DEPARTMENT, now, key_id)
    with pytest.raises(NotAllowed):
        keys(peopled, Actor("x", Role.EDITOR, "department"))


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(holder=" ", role=Role.EDITOR, organization_id="bureau"), "has a name of 1 to 200"),
        (Wanted(holder="operator:root", role=Role.EDITOR, organization_id="bureau"), "no colon"),
        (Wanted(holder="A\nB", role=Role.EDITOR, organization_id="bureau"), "that do not show"),
        (Wanted(holder="A", role=Role.EDITOR, organization_id="bureau", days=0), "1 to 730 days"),
        (Wanted(holder="A", role=Role.EDITOR, organization_id="bureau", days=731), "1 to 730 days"),
        (Wanted(holder="A", role=Role.EDITOR), "needs an organization"),
        (Wanted(holder="A", role=Role.OMB_ADMIN, organization_id="bureau"), "takes none"),
        (Wanted(holder="A", role=Role.OPERATOR), "command line"),
        (Wanted(holder="A", role=Role.EDITOR, organization_id="nowhere"), "no organization nowhere"),
    ],
)
def test_a_key_that_could_not_be_is_refused_with_a_reason(peopled: Store, wanted: Wanted, why: str) -> None:
    with pytest.raises(InventoryError, match=why):
        issue(peopled, OPERATOR, now, wanted)
    assert keys(peopled, OPERATOR) == []


def test_a_key_without_secret_never_bears_one() -> None:
    assert not {"secret", "digest"} & set(Key.__struct_fields__)


def test_names_that_look_alike_are_one(peopled: Store) -> None:
    """Whoever submits does not accept, however their name is spelled on another key."""
    spelled = ("Jose\u0301  Ruiz ", "\u00a0Jos\u00e9\u00a0Ruiz", "\uff2aos\u00e9 Ruiz")
    wanted = [Wanted(holder=name, role=Role.OMB_REVIEWER) for name in spelled]
    assert {issue(peopled, OPERATOR, now, one).key.holder for one in wanted} == {"Jos\u00e9 Ruiz"}
