"""Heads are a projection of the ledger: made anew from it they are what was kept."""

from collections import Counter
from random import Random

import pytest
from sqlalchemy import Engine, delete, select, text, update

from inventory.errors import Broken, InventoryError
from inventory.ledger.rebuild import rebuild_heads
from inventory.ledger.store import Store
from inventory.ledger.verify import verify
from inventory.records.registry import INVENTORY
from inventory.storage.tables import BODIES, HEADS
from inventory.writes.change import Attestation, Change, Erasure
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.builders import (
    a_designation,
    a_due_date,
    a_feedback,
    a_provider,
    a_service,
    an_instrument,
    an_organization,
    with_organizations,
)
from tests.support.lanes import first

ORGANIZATIONS = ("dos", "dos-ca", "usda")


def heads(store: Store) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        rows = connection.execute(select(HEADS).order_by(HEADS.c.record_type, HEADS.c.record_id))
        return [tuple(row) for row in rows]


def faults(store: Store) -> list[str]:
    return [f"{fault.table} {fault.row}: {fault.what}" for fault in verify(store, lambda what, count: None, now)]


def any_change(store: Store, chance: Random) -> Change:
    name = chance.choice(list(INVENTORY))
    owner = chance.choice(ORGANIZATIONS)
    document = {
        "organization": lambda: an_organization(organization_id=owner, parent_id=chance.choice((None, *ORGANIZATIONS))),
        "service": lambda: a_service(service_id=chance.choice("ab"), name=f"Service {chance.random()}"),
        "provider": lambda: a_provider(provider_id=chance.choice("pq"), organization_id=owner),
        "designation": lambda: a_designation(provider_id=chance.choice("pq"), service_id=chance.choice("ab")),
        "instrument": lambda: an_instrument(provider_id=chance.choice("pq"), service_id=chance.choice("ab")),
        "due_date": lambda: a_due_date(due_on=f"2026-02-{chance.randint(10, 28)}"),
        "feedback": lambda: a_feedback(provider_id=chance.choice("pq"), service_id=chance.choice("ab")),
    }[name]()
    record_id = INVENTORY[name].record_id(document)
    kept = store.documents(name, [record_id]).get(record_id, document)
    if name == "service":  # only a transfer names another owner
        document["organization_id"] = kept["organization_id"]
    action = chance.choice([*INVENTORY[name].actions, *[a for a in INVENTORY[name].actions if a.writes] * 2])
    return Change(
        record_type=name,
        record_id=record_id,
        action=action.name,
        document=document if action.writes and not action.transfers else None,
        owner=owner if action.transfers else None,
        note="why",
        erasure=Erasure(chance.randint(1, 4), chance.random() < 0.5) if action.erases else None,
        attestation=Attestation("A synthetic name", "Director") if action.attested else None,
    )


def act_at_random(store: Store, times: int, seed: int) -> Counter[str]:
    """Act so many times, and count what was done."""
    chance, done = Random(seed), Counter[str]()
    with_organizations(store, "usda")
    for _ in range(times):
        changes = [any_change(store, chance) for _ in range(chance.choice((1, 1, 1, 2, 3)))]
        try:
            append(store, OPERATOR, now, *changes)
        except InventoryError:
            continue
        done.update(change.action for change in changes)
    return done


def test_what_heads_hold_is_not_private() -> None:
    for kind in INVENTORY.values():
        held = {"name", "parent_id", *kind.owner[:1]}
        assert not [field.name for field in kind.shape.fields if field.name in held and field.private]


@pytest.mark.parametrize("seed", first(1, range(4)))
def test_heads_made_anew_are_those_that_were_kept(store: Store, seed: int) -> None:
    assert act_at_random(store, 400, seed).keys() >= {"save", "publish", "propose", "transfer", "erase"}
    kept = heads(store)
    assert faults(store) == []
    with store.engine.begin() as connection:
        connection.execute(update(HEADS).values(name="forgotten", organization_id="", public_seq=None))
        connection.execute(delete(HEADS).where(HEADS.c.record_type == "service"))
    assert rebuild_heads(store) == len(kept)
    assert heads(store) == kept


def test_what_belongs_to_a_provider_goes_with_it(store: Store) -> None:
    def owner() -> str:
        return store.head("designation", "dos-ca/dos-ca-passports/2026").organization_id

    with_organizations(store, "usda")
    provider, designation, service = a_provider(), a_designation(), a_service()
    changes = [
        Change(
            record_type="designation", record_id="dos-ca/dos-ca-passports/2026", action="save", document=designation
        ),
        Change(record_type="provider", record_id="dos-ca", action="save", document=provider),
        Change(record_type="service", record_id="dos-ca-passports", action="save", document=service),
    ]
    append(store, OPERATOR, now, *changes)
    assert owner() == "dos-ca"
    moved = Change(
        record_type="provider", record_id="dos-ca", action="save", document=a_provider(organization_id="usda")
    )
    append(store, OPERATOR, now, moved)
    assert owner() == "usda"
    assert faults(store) == []


def test_no_head_is_made_of_a_body_that_nobody_certified(store: Store, engine: Engine) -> None:
    append(
        store,
        OPERATOR,
        now,
        Change(record_type="service", record_id="dos-ca-passports", action="save", document=a_service()),
    )
    kept = heads(store)
    with engine.begin() as connection:
        connection.execute(update(BODIES).values(public_body=b'{"name":"Forged"}'))
        connection.execute(text("UPDATE heads SET seq = 0"))
    with pytest.raises(Broken, match="service/dos-ca-passports"):
        rebuild_heads(store)
    assert heads(store) != kept and len(heads(store)) == 1
