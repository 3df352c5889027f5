"""The table of who may do what and see what, walked whole by real writes: every action, role, organization, state."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from inventory.access.policy import sees
from inventory.errors import NotAllowed, NotFound
from inventory.ledger.store import Store
from inventory.records.lifecycle import Actor, Role
from inventory.records.registry import INVENTORY, Document
from inventory.storage.engines import create_tables, open_engine
from inventory.writes.change import Attestation, Change
from inventory.writes.writer import append, transaction
from tests.conftest import OPERATOR, now
from tests.support.builders import (
    a_collection,
    a_designation,
    a_due_date,
    a_feedback,
    a_provider,
    a_service,
    an_instrument,
    an_organization,
)

# Owned by `bureau`, which stands under `department`; `office` stands under it and `other` apart.
RELATIONS = {"own": "bureau", "above": "department", "below": "office", "foreign": "other"}
ROLES = ("editor", "certifier", "organization_admin", "omb_reviewer", "omb_admin")

# As the design says it, apart from the code: the states an action starts from ("-": none yet) and who may.
TABLE: dict[tuple[str, str], tuple[str, set[str]]] = {
    ("organization", "save"): ("- proposed current ended", {"omb_admin"}),
    ("organization", "propose"): ("-", {"omb_admin", "editor"}),
    ("organization", "confirm"): ("proposed", {"omb_admin"}),
    ("organization", "end"): ("proposed current", {"omb_admin"}),
    ("provider", "save"): ("- current ended", {"omb_admin"}),
    ("provider", "end"): ("current", {"omb_admin"}),
    ("designation", "save"): ("- proposed current ended", {"omb_admin"}),
    ("designation", "propose"): ("- proposed", {"editor"}),
    ("designation", "confirm"): ("proposed", {"omb_admin"}),
    ("designation", "end"): ("current", {"omb_admin"}),
    ("service", "save"): ("- draft published", {"editor"}),
    ("service", "publish"): ("draft", {"editor"}),
    ("service", "retire"): ("published", {"editor"}),
    ("service", "reinstate"): ("retired", {"editor"}),
    ("service", "transfer"): ("draft published retired", {"omb_admin"}),
    ("service", "withdraw"): ("published", {"omb_admin"}),
    ("instrument", "save"): ("- proposed current ended", {"editor"}),
    ("instrument", "propose"): ("- proposed", {"editor"}),
    ("instrument", "end"): ("proposed current", {"editor"}),
    ("due_date", "save"): ("- current ended", {"omb_admin"}),
    ("due_date", "end"): ("current", {"omb_admin"}),
    ("feedback", "save"): ("- draft returned", {"editor"}),
    ("feedback", "submit"): ("draft", {"certifier"}),
    ("feedback", "recall"): ("submitted", {"certifier"}),
    ("feedback", "return"): ("submitted accepted", {"omb_reviewer"}),
    ("feedback", "accept"): ("submitted", {"omb_reviewer"}),
    ("feedback", "publish"): ("accepted", {"omb_reviewer"}),
    ("feedback", "restate"): ("published", {"editor"}),
    ("feedback", "withdraw"): ("published", {"omb_admin"}),
}
# How the operator brings a record into a state.
WAYS = {
    ("organization", "proposed"): ("propose",),
    ("organization", "current"): ("save",),
    ("organization", "ended"): ("save", "end"),
    ("provider", "current"): ("save",),
    ("provider", "ended"): ("save", "end"),
    ("designation", "proposed"): ("propose",),
    ("designation", "current"): ("save",),
    ("designation", "ended"): ("save", "end"),
    ("service", "draft"): ("save",),
    ("service", "published"): ("save", "publish"),
    ("service", "retired"): ("save", "publish", "retire"),
    ("service", "withdrawn"): ("save", "publish", "withdraw"),
    ("instrument", "proposed"): ("propose",),
    ("instrument", "current"): ("save",),
    ("instrument", "ended"): ("save", "end"),
    ("due_date", "current"): ("save",),
    ("due_date", "ended"): ("save", "end"),
    ("feedback", "draft"): ("save",),
    ("feedback", "submitted"): ("save", "submit"),
    ("feedback", "returned"): ("save", "submit", "return"),
    ("feedback", "accepted"): ("save", "submit", "accept"),
    ("feedback", "published"): ("save", "submit", "accept", "publish"),
    ("feedback", "withdrawn"): ("save", "submit", "accept", "publish", "withdraw"),
}
# What is of nobody is out of everyone's reach but OMB's.
OWNERLESS = {"due_date"}


def a_document(record_type: str, name: str) -> Document:
    if record_type == "organization":
        return an_organization(organization_id=name, parent_id="bureau")
    if record_type == "provider":
        return a_provider(provider_id=name, organization_id="bureau")
    if record_type == "designation":
        years = ("new", "proposed", "current", "ended")
        return a_designation(provider_id="hisp", service_id="a-published", fiscal_year=2026 + years.index(name[2:]))
    if record_type == "instrument":
        return an_instrument(instrument_id=name, provider_id="hisp", service_id="a-published")
    if record_type == "due_date":
        return a_due_date(fiscal_year=2026 + ("new", "current", "ended").index(name[2:]))
    if record_type == "feedback":
        states = ("new", "draft", "submitted", "returned", "accepted", "published", "withdrawn")
        year, quarter = divmod(states.index(name[2:]), 4)
        collection = a_collection(collected_from=None, collected_to=None)
        return a_feedback(
            provider_id="hisp",
            service_id="a-published",
            fiscal_year=2019 + year,
            quarter=1 + quarter,
            origin="historical",
            collections=[collection],
        )
    return a_service(service_id=name, organization_id="bureau")


def a_change(record_type: str, action: str, document: Document) -> Change:
    facts = next(a for a in INVENTORY[record_type].actions if a.name == action)
    record_id = INVENTORY[record_type].record_id(document)
    return Change(
        record_type=record_type,
        record_id=record_id,
        action=action,
        document=document if facts.writes and not facts.transfers else None,
        owner="other" if facts.transfers else None,
        note="The reason.",
        attestation=Attestation("A synthetic name", "Director") if facts.attested else None,
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = in_every_state(tmp_path_factory.mktemp("kept"))
    yield store
    store.engine.dispose()


def in_every_state(folder: Path) -> Store:
    """A store with a record of every type in every state."""
    engine = open_engine(f"sqlite:///{folder}/ledger.db")
    create_tables(engine)
    store = Store(engine, INVENTORY)
    for organization, parent in (("department", None), ("bureau", "department"), ("office", "bureau"), ("other", None)):
        document = an_organization(organization_id=organization, parent_id=parent)
        append(store, OPERATOR, now, a_change("organization", "save", document))
    append(store, OPERATOR, now, a_change("provider", "save", a_provider(provider_id="hisp", organization_id="bureau")))
    for (record_type, state), actions in sorted(WAYS.items(), key=lambda way: way[0][0] != "service"):
        document = a_document(record_type, f"a-{state}")
        for action in actions:  # each by a holder of its own, for some may not be the same
            append(store, Actor(f"operator:{action}", Role.OPERATOR), now, a_change(record_type, action, document))
    return store


class Undone(Exception):
    """Raised to leave the store as it was."""


def is_done(store: Store, actor: Actor, change: Change) -> bool:
    """Whether the actor may make the change; nothing of it is kept."""
    try:
        with transaction(store, actor, now) as writer:
            writer.append([change])
            raise Undone
    except Undone:
        return True
    except (NotAllowed, NotFound):
        return False


def test_the_table_of_actions_is_the_design_s() -> None:
    told = {(kind.name, action.name) for kind in INVENTORY.values() for action in kind.actions}
    assert told - TABLE.keys() == {(name, "erase") for name in INVENTORY}  # erasing has tests of its own
    assert TABLE.keys() <= told


@pytest.mark.parametrize(("record_type", "action"), TABLE)
def test_who_may_do_what_from_where(kept: Store, record_type: str, action: str) -> None:
    starts, roles = TABLE[record_type, action]
    states = ["-", *(state for name, state in WAYS if name == record_type)]
    for state in states:
        change = a_change(record_type, action, a_document(record_type, "a-new" if state == "-" else f"a-{state}"))
        assert is_done(kept, OPERATOR, change) == (state in starts.split()), (state, "operator")
        for role in ROLES:
            for relation, organization in RELATIONS.items():
                actor = Actor("test", Role(role), organization)
                reaches = role.startswith("omb") or (relation in ("own", "above") and record_type not in OWNERLESS)
                expected = state in starts.split() and role in roles and reaches
                assert is_done(kept, actor, change) == expected, (state, role, relation)


@pytest.mark.parametrize(("record_type", "action"), TABLE)
def test_whose_role_may_not_is_told_whose_may_and_not_whether_the_record_is_there(
    kept: Store, record_type: str, action: str
) -> None:
    _, roles = TABLE[record_type, action]
    for name in ("a-new", "a-current", "a-draft"):
        if name != "a-new" and (record_type, name[2:]) not in WAYS:
            continue
        change = a_change(record_type, action, a_document(record_type, name))
        for role in set(ROLES) - roles:
            with (
                pytest.raises(NotAllowed) as refused,
                transaction(kept, Actor("x", Role(role), "other"), now) as writer,
            ):
                writer.append([change])
            proposers = TABLE.get((record_type, "propose"), ("", set[str]()))[1] if action == "save" else set()
            told = " or ".join(one for one in ROLES if one in roles | (proposers - {role}))
            assert str(refused.value) == f"{role} may not {action} {change.record}; {told} may"


@pytest.mark.parametrize(("record_type", "state"), WAYS)
def test_who_sees_what(kept: Store, record_type: str, state: str) -> None:
    head = kept.head(record_type, INVENTORY[record_type].record_id(a_document(record_type, f"a-{state}")))
    assert head.state == state
    lineage = kept.lineage(head.organization_id)
    is_public = head.public_state is not None
    shown = {"current", "ended", "published", "retired", *(["proposed"] if record_type == "organization" else [])}
    assert is_public == (state in shown)
    assert sees(None, state, is_public=is_public, lineage=lineage) == is_public
    assert sees(OPERATOR, state, is_public=is_public, lineage=lineage)
    for role in ROLES:
        for relation, organization in RELATIONS.items():
            within = relation in ("own", "above")
            expected = is_public or (state != "draft" if role.startswith("omb") else within)
            # A child of the bureau is nobody's own but its own, and the bureau's above it.
            found = sees(Actor("test", Role(role), organization), state, is_public=is_public, lineage=lineage)
            assert found == expected, (role, relation)


def test_a_saved_change_leaves_what_is_public_as_it_is(kept: Store) -> None:
    editor = Actor("test", Role.EDITOR, "bureau")
    document = {**a_document("service", "a-published"), "name": "New"}
    before = kept.public("service", "a-published")
    append(kept, editor, now, a_change("service", "save", document))
    assert kept.head("service", "a-published").state == "draft"
    assert kept.public("service", "a-published").body == before.body
    append(kept, editor, now, a_change("service", "publish", document))
    assert b'"New"' in kept.public("service", "a-published").body


def test_a_transfer_keeps_the_state_and_records_both_owners(kept: Store) -> None:
    change = a_change("service", "transfer", a_document("service", "a-retired"))
    append(kept, Actor("omb", Role.OMB_ADMIN), now, change)
    head = kept.head("service", "a-retired")
    assert (head.organization_id, head.state, head.public_state) == ("other", "retired", "retired")
    told = kept.log("service", "a-retired")[-1]
    assert "bureau" in told.note and "other" in told.note


def test_a_transfer_changes_the_owner_and_nothing_else(kept: Store) -> None:
    omb, before = Actor("omb", Role.OMB_ADMIN), kept.newest("service", "a-draft")
    assert before is not None
    move = a_change("service", "transfer", before)
    append(kept, omb, now, move)
    assert kept.newest("service", "a-draft") == {**before, "organization_id": "other"}
    with pytest.raises(NotAllowed, match="belongs to other already"):
        append(kept, omb, now, move)
    with pytest.raises(NotAllowed, match="asks for an owner, and takes no document"):
        append(kept, omb, now, msgspec.structs.replace(move, owner="bureau", document=before))
