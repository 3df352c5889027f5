"""The ledger and the store, on both engines."""

import datetime
import threading

import msgspec
import pytest
from sqlalchemy import Engine, text

from inventory.errors import Conflict, Invalid, NotAllowed, NotFound, Withdrawn
from inventory.ledger.chain import ChainState
from inventory.ledger.store import Store
from inventory.records.documents import encode
from inventory.records.lifecycle import Actor, Role
from inventory.storage.tables import GENESIS
from inventory.writes.change import Change, Receipt
from inventory.writes.writer import append
from tests.conftest import NOON, OPERATOR, clock, now
from tests.stress.scenarios.proofs import broken_links
from tests.support.builders import a_channel, a_designation, a_provider, a_service, an_organization

DAY = datetime.timedelta(days=1)
MOMENTS = [
    {"moment_id": name, "name": name.title(), "position": place} for place, name in enumerate(["apply", "wait"], 1)
]


def save(store: Store, record_type: str, document: dict[str, object], base: int | None = None) -> Receipt:
    record_id = store.model[record_type].record_id(document)
    change = Change(record_type=record_type, record_id=record_id, action="save", document=document, base_version=base)
    return append(store, OPERATOR, now, change)[0]


def act(store: Store, action: str, actor: Actor = OPERATOR, note: str = "why", at: datetime.datetime = NOON) -> Receipt:
    change = Change(record_type="service", record_id="dos-ca-passports", action=action, note=note)
    return append(store, actor, lambda: at, change)[0]


@pytest.fixture
def ready(store: Store) -> Store:
    save(store, "organization", an_organization(organization_id="dos", parent_id=None))
    save(store, "organization", an_organization())
    save(store, "service", a_service())
    return store


def test_what_is_saved_is_read_back_whole(ready: Store) -> None:
    save(ready, "provider", a_provider())
    assert ready.documents("service", ["dos-ca-passports"]) == {"dos-ca-passports": a_service()}
    assert ready.documents("provider", ["dos-ca"]) == {"dos-ca": a_provider()}


def test_what_is_appended_is_kept_in_one_spelling(ready: Store) -> None:
    channels = [a_channel("website", note=None), a_channel("phone", languages=[])]
    spelled = a_service(moments=MOMENTS[::-1], name="Cafe\u0301", tags=[], occasion={}, channels=channels)
    save(ready, "service", spelled)
    kept = ready.documents("service", ["dos-ca-passports"])["dos-ca-passports"]
    assert (kept["name"], kept["moments"]) == ("Caf\u00e9", MOMENTS)
    assert kept["channels"] == [a_channel("website"), a_channel("phone")]
    assert not {"tags", "occasion"} & kept.keys()
    act(ready, "publish")
    assert ready.public("service", "dos-ca-passports").body == encode(kept)


def test_what_is_no_record_is_not_appended(ready: Store) -> None:
    before = ready.chain()
    with pytest.raises(Invalid, match="service/dos-ca-passports: the document is no service") as refusal:
        save(ready, "service", a_service(moments=[*MOMENTS, MOMENTS[0]], colour="blue"))
    told = {(problem.code, problem.record) for problem in refusal.value.problems}
    assert told == {("unknown-field", "service/dos-ca-passports")}
    with pytest.raises(Invalid) as refusal:
        save(ready, "service", a_service(moments=[*MOMENTS, MOMENTS[0]]))
    assert [problem.code for problem in refusal.value.problems] == ["duplicate"]
    assert ready.chain() == before


def test_the_chain_has_no_gap_and_holds(ready: Store) -> None:
    act(ready, "publish")
    entries = ready.entries()
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert [entry.public_seq for entry in entries] == [1, 2, None, 3]
    assert list(broken_links(entries, ChainState())) == []
    assert ready.chain().link == entries[-1].link != GENESIS


def test_a_changed_entry_is_found(ready: Store, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE entries SET note = 'forged' WHERE seq = 2"))
    faults = list(broken_links(ready.entries(), ChainState()))
    assert faults == ["entry 2: its link does not match (organization/dos-ca)"]


def test_a_draft_is_not_public(ready: Store) -> None:
    with pytest.raises(NotFound):
        ready.public("service", "dos-ca-passports")
    assert ready.public_page("service", ["published"]) == []


def test_the_published_version_stays_public_while_a_draft_is_written(ready: Store) -> None:
    act(ready, "publish")
    save(ready, "service", a_service(name="New name"))
    assert b'"Passports"' in ready.public("service", "dos-ca-passports").body
    act(ready, "publish")
    assert b'"New name"' in ready.public("service", "dos-ca-passports").body


def test_private_fields_are_never_public(ready: Store) -> None:
    save(ready, "provider", a_provider())
    assert b"private@example.gov" not in ready.public("provider", "dos-ca").body


def test_a_change_made_from_an_old_version_is_refused(ready: Store) -> None:
    save(ready, "service", a_service(name="Second"), base=1)
    with pytest.raises(Conflict) as conflict:
        save(ready, "service", a_service(name="Also second"), base=1)
    assert conflict.value.current_version == 2
    assert ready.documents("service", ["dos-ca-passports"])["dos-ca-passports"]["name"] == "Second"


def test_a_batch_is_kept_whole_or_not_at_all(ready: Store) -> None:
    good = Change(record_type="service", record_id="new", action="save", document=a_service(service_id="new"))
    bad = Change(record_type="service", record_id="none", action="publish")
    with pytest.raises(NotFound):
        append(ready, OPERATOR, now, good, bad)
    assert ready.head("service", "new").version == 0
    assert ready.chain().seq == 3


def test_of_writers_at_once_exactly_one_wins(ready: Store) -> None:
    outcomes: list[str] = []

    def write(name: str) -> None:
        try:
            save(ready, "service", a_service(name=name), base=1)
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    threads = [threading.Thread(target=write, args=(f"Writer {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["lost"] * 5 + ["won"]
    assert list(broken_links(ready.entries(), ChainState())) == []


def test_a_clock_that_jumps_back_does_not_turn_the_ledger_back(store: Store) -> None:
    documents = [an_organization(organization_id=name, parent_id=None) for name in ("a", "b")]
    for document, moment in zip(documents, (NOON, NOON - DAY), strict=True):
        change = Change(
            record_type="organization", record_id=document["organization_id"], action="save", document=document
        )
        append(store, OPERATOR, clock(moment, moment), change)
    assert len({entry.recorded_at for entry in store.entries()}) == 1


def test_as_of_a_day_tells_what_was_public_then(ready: Store) -> None:
    act(ready, "publish", at=NOON + DAY)
    act(ready, "retire", at=NOON + 2 * DAY)
    position = ready.public_position_on((NOON + DAY).date())
    assert ready.public("service", "dos-ca-passports", position).state == "published"
    assert ready.public("service", "dos-ca-passports").state == "retired"
    with pytest.raises(NotFound):
        ready.public("service", "dos-ca-passports", ready.public_position_on(NOON.date()))


def test_a_day_ends_at_midnight_in_washington(ready: Store) -> None:
    late_evening = datetime.datetime(2026, 11, 25, 4, 59, tzinfo=datetime.UTC)
    act(ready, "publish", at=late_evening)
    assert ready.public_position_on(datetime.date(2026, 11, 24)) == ready.chain().public_seq


def test_what_is_withdrawn_is_gone_for_good(ready: Store) -> None:
    act(ready, "publish")
    position = ready.chain().public_seq
    act(ready, "withdraw")
    with pytest.raises(Withdrawn):
        ready.public("service", "dos-ca-passports")
    with pytest.raises(Withdrawn):
        ready.public("service", "dos-ca-passports", position)
    assert ready.public_positions("service", 10**9) == []


def test_an_action_from_the_wrong_state_is_refused(ready: Store) -> None:
    with pytest.raises(NotAllowed, match="retire starts from published"):
        act(ready, "retire")


def test_an_action_that_asks_for_a_reason_gets_one(ready: Store) -> None:
    act(ready, "publish")
    with pytest.raises(NotAllowed, match="reason"):
        act(ready, "withdraw", note="")


@pytest.mark.parametrize(
    ("role", "organization", "may"),
    [
        (Role.EDITOR, "dos-ca", True),
        (Role.EDITOR, "dos", True),
        (Role.EDITOR, "usda", False),
        (Role.CERTIFIER, "dos-ca", False),
        (Role.OMB_ADMIN, None, False),
    ],
)
def test_a_service_is_published_by_editors_of_its_organization_or_one_above(
    ready: Store, role: Role, organization: str | None, may: bool
) -> None:
    actor = Actor("holder", role, organization)
    if may:
        assert act(ready, "publish", actor).state == "published"
    else:
        with pytest.raises((NotAllowed, NotFound)):
            act(ready, "publish", actor)


def test_a_designation_belongs_to_its_providers_organization(ready: Store) -> None:
    save(ready, "provider", a_provider())
    save(ready, "designation", a_designation())
    assert ready.head("designation", "dos-ca/dos-ca-passports/2026").organization_id == "dos-ca"


def test_a_receipt_is_found_in_the_ledger(ready: Store) -> None:
    receipt = act(ready, "publish")
    entry = ready.entry_by_link(receipt.link)
    assert entry is not None and entry.seq == receipt.seq


@pytest.mark.parametrize("sign", ["\0", "\x1b", "\x85"])
def test_control_characters_are_refused_in_words_before_an_engine_sees_them(sign: str, store: Store) -> None:
    document = an_organization(organization_id="dos", parent_id=None)
    save = Change(record_type="organization", record_id="dos", action="save", document=document)
    append(store, OPERATOR, now, save)
    end = Change(record_type="organization", record_id="dos", action="end", note=f"a{sign}b")
    with pytest.raises(NotAllowed, match="What is noted of end organization/dos holds control characters"):
        append(store, OPERATOR, now, end)
    with pytest.raises(NotAllowed, match="The holder's name holds control characters"):
        append(store, Actor(f"x{sign}", Role.OPERATOR), now, save)
    append(store, OPERATOR, now, msgspec.structs.replace(end, note="two\nlines"))
