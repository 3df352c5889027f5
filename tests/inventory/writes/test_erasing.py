"""What is erased is gone, salt and all; the chain still verifies, and nothing public changes."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, and_, select, text

from inventory.errors import NotAllowed, NotFound
from inventory.ledger.rebuild import rebuild_heads
from inventory.ledger.store import Store
from inventory.ledger.verify import verify
from inventory.records.lifecycle import Actor, Role
from inventory.storage.tables import BODIES
from inventory.writes.change import Change, Erasure, Receipt
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.inventory.ledger.test_rebuild import faults, heads
from tests.support.builders import a_provider, a_service, with_organizations

PRIVATE = {"accountable_official": {"title": "Assistant Secretary", "email": "private@example.gov"}}


def save(store: Store, record_type: str, document: dict[str, object]) -> None:
    change = Change(record_type=record_type, record_id=record_id(record_type), action="save", document=document)
    append(store, OPERATOR, now, change)


def act(store: Store, action: str) -> None:
    append(
        store, OPERATOR, now, Change(record_type="service", record_id=record_id("service"), action=action, note="why")
    )


def record_id(record_type: str) -> str:
    return {"service": "dos-ca-passports", "provider": "dos-ca"}[record_type]


def erase(
    store: Store,
    record_type: str,
    version: int,
    *,
    whole: bool = False,
    actor: Actor = OPERATOR,
    note: str = "asked for",
) -> Receipt:
    erasure = Erasure(version, whole)
    change = Change(
        record_type=record_type, record_id=record_id(record_type), action="erase", erasure=erasure, note=note
    )
    return append(store, actor, now, change)[0]


def kept(store: Store, record_type: str, version: int) -> tuple[object, ...]:
    body = store.bodies([(record_type, record_id(record_type), version)])[record_type, record_id(record_type), version]
    return tuple(body[name] for name in ("public_salt", "public_body", "private_salt", "private_body"))


@pytest.fixture
def drafts(store: Store) -> Store:
    """A service of four versions: one to erase, one public, one more draft, and the newest."""
    with_organizations(store)
    save(store, "service", a_service(name="A secret"))
    save(store, "service", a_service(name="Public"))
    act(store, "publish")
    save(store, "service", a_service(name="Another secret"))
    save(store, "service", a_service(name="Newest"))
    return store


def test_a_private_part_goes_with_its_salt_and_the_rest_stays(store: Store) -> None:
    save(with_organizations(store), "provider", a_provider(**PRIVATE))
    public, before = store.public("provider", "dos-ca"), heads(store)
    receipt = erase(store, "provider", 1)
    assert kept(store, "provider", 1)[2:] == (None, None)
    assert store.public("provider", "dos-ca") == public
    assert heads(store)[:-1] == before[:-1]
    assert store.head("provider", "dos-ca").seq == receipt.seq  # the newest is no longer what it was
    assert store.documents("provider", ["dos-ca"])["dos-ca"]["accountable_official"] == {"title": "Assistant Secretary"}
    entry = store.entry_by_link(receipt.link)
    assert entry is not None
    assert (entry.action, entry.version, entry.public_seq, entry.private_digest) == ("erase", 1, None, "")
    assert entry.public_digest == store.log("provider", "dos-ca")[0].public_digest
    assert faults(store) == []


def test_what_is_done_after_an_erasure_commits_to_what_was_certified(store: Store) -> None:
    save(with_organizations(store), "provider", a_provider(**PRIVATE))
    erase(store, "provider", 1)
    append(store, OPERATOR, now, Change(record_type="provider", record_id="dos-ca", action="end", note="why"))
    first, _, last = store.log("provider", "dos-ca")
    assert (last.public_digest, last.private_digest) == (first.public_digest, first.private_digest)
    assert faults(store) == []


def test_an_unpublished_body_goes_whole(drafts: Store) -> None:
    public, before = drafts.public("service", "dos-ca-passports"), heads(drafts)
    erase(drafts, "service", 1, whole=True)
    erase(drafts, "service", 3, whole=True)
    assert [kept(drafts, "service", version) for version in (1, 3)] == [(None,) * 4] * 2
    assert drafts.public("service", "dos-ca-passports") == public
    assert heads(drafts) == before
    assert faults(drafts) == []


def test_an_erasure_says_nothing_of_where_the_record_stands_now(drafts: Store) -> None:
    erase(drafts, "service", 1, whole=True)
    act(drafts, "publish")
    erase(drafts, "service", 3, whole=True)
    erasures = [entry for entry in drafts.log("service", "dos-ca-passports") if entry.action == "erase"]
    assert [(entry.version, entry.state) for entry in erasures] == [(1, "draft"), (3, "draft")]


def test_heads_are_made_anew_with_what_was_erased_of_the_newest(store: Store) -> None:
    save(with_organizations(store), "provider", a_provider(**PRIVATE))
    erase(store, "provider", 1)
    before = heads(store)
    rebuild_heads(store)
    assert heads(store) == before


def test_what_was_public_is_not_erased(drafts: Store) -> None:
    with pytest.raises(NotAllowed, match="was made public"):
        erase(drafts, "service", 2, whole=True)
    act(drafts, "withdraw")
    with pytest.raises(NotAllowed, match="was made public"):
        erase(drafts, "service", 2, whole=True)
    assert None not in kept(drafts, "service", 2)[:2]


def test_the_newest_version_goes_once_there_is_another(drafts: Store) -> None:
    with pytest.raises(NotAllowed, match="is the newest: save one"):
        erase(drafts, "service", 4, whole=True)
    save(drafts, "service", a_service(name="Clean"))
    erase(drafts, "service", 4, whole=True)
    assert faults(drafts) == []


def test_a_draft_left_open_by_a_withdrawal_can_go(drafts: Store) -> None:
    act(drafts, "withdraw")
    erase(drafts, "service", 4, whole=True)
    assert kept(drafts, "service", 4) == (None,) * 4
    assert faults(drafts) == []


def test_what_is_not_there_is_not_erased(drafts: Store) -> None:
    with pytest.raises(NotFound, match="no version 9"):
        erase(drafts, "service", 9)
    with pytest.raises(NotFound, match="keeps no private part"):
        erase(drafts, "service", 1)
    erase(drafts, "service", 1, whole=True)
    with pytest.raises(NotFound, match="keeps no body"):
        erase(drafts, "service", 1, whole=True)


def test_erasing_asks_for_a_reason_a_part_and_omb(drafts: Store) -> None:
    with pytest.raises(NotAllowed, match="asks for a reason"):
        erase(drafts, "service", 1, whole=True, note="")
    with pytest.raises(NotAllowed, match="asks for a version"):
        act(drafts, "erase")
    with pytest.raises(NotAllowed, match="editor may not erase"):
        erase(drafts, "service", 1, whole=True, actor=Actor("e", Role.EDITOR, "dos-ca"))
    assert erase(drafts, "service", 1, whole=True, actor=Actor("o", Role.OMB_ADMIN)).version == 1


@pytest.mark.parametrize("part", ["public", "private"])
def test_what_was_erased_and_is_there_again_is_found(drafts: Store, engine: Engine, part: str) -> None:
    first = and_(BODIES.c.version == 1, BODIES.c.record_type == "service")
    with engine.connect() as connection:
        row = connection.execute(select(BODIES).where(first)).mappings().one()
    erase(drafts, "service", 1, whole=True)
    given = {f"{part}_salt": row[f"{part}_salt"], f"{part}_body": row[f"{part}_body"]}
    with engine.begin() as connection:
        connection.execute(BODIES.update().where(first).values(given))
    assert faults(drafts) == [
        f"bodies service/dos-ca-passports version 1: its {part} part was erased by entry 8 and is there"
    ]


def test_a_body_gone_without_an_erasure_is_found(drafts: Store, engine: Engine) -> None:
    erase(drafts, "service", 1, whole=True)
    with engine.begin() as connection:
        connection.execute(text("UPDATE bodies SET public_body = NULL, public_salt = NULL WHERE version = 3"))
    assert faults(drafts) == [
        "bodies service/dos-ca-passports version 3: its public part is not what entry 6 certified"
    ]


def test_no_byte_of_it_stays_behind_in_the_file(sqlite_store: Store) -> None:
    file = Path(str(with_organizations(sqlite_store).engine.url.database))
    for number in range(40):
        save(sqlite_store, "provider", a_provider(name=f"Provider {number}", **PRIVATE))
    save(sqlite_store, "service", a_service(name="A secret name", description="A secret " * 200))
    save(sqlite_store, "service", a_service())
    assert b"private@example.gov" in file.read_bytes() and b"A secret" in file.read_bytes()
    for version in range(1, 41):
        erase(sqlite_store, "provider", version)
    erase(sqlite_store, "service", 1, whole=True)
    assert b"private@example.gov" not in file.read_bytes() and b"A secret" not in file.read_bytes()
    assert list(verify(sqlite_store, lambda what, count: None, now)) == []
