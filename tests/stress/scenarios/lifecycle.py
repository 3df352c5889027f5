"""A machine that drives services and quarters of feedback through HTTP, each step foretold by the model."""

from itertools import count
from typing import Any, ClassVar

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from inventory.ledger.chain import ChainState
from inventory.records.registry import Document
from inventory.writes.change import Receipt
from tests.inventory.writes.test_permissions import TABLE
from tests.stress.scenarios.lifecycle_model import LEADS, ROLES, TAGS, Face, Kept, sent_with
from tests.stress.scenarios.proofs import broken_from, not_kept
from tests.support.api.writing import Site
from tests.support.builders import a_channel, a_service
from tests.support.quarters import a_quarter, with_designations

NUMBERS = count(1)
WHICH = st.sampled_from(("service", "feedback"))
HOLDER = st.sampled_from(tuple(ROLES))
TAG = st.sampled_from(TAGS)


class Lifecycle(RuleBasedStateMachine):
    """One service and one quarter, and what is known of them."""

    site: ClassVar[Site]

    @initialize()
    def begin(self) -> None:
        """Every run has records of its own; the ledger goes on."""
        store = self.site.store
        self.name = f"dos-ca-run-{next(NUMBERS)}"
        with_designations(store, [("dos-ca", f"{self.name}-reported", 2026)])
        self.records = {"service": Kept("service"), "feedback": Kept("feedback")}
        self.paths = {
            "service": f"/services/{self.name}",
            "feedback": f"/feedback/dos-ca/{self.name}-reported/2026-Q1",
        }
        self.start: ChainState = store.chain()
        self.marks, self.done, self.links = count(1000), 0, list[tuple[str, bool]]()
        self.receipts: list[Receipt] = []
        self.last: tuple[str, dict[str, Any], httpx.Response] | None = None
        self.touched, self.is_sound = "service", True

    @rule(which=WHICH, holder=HOLDER, tag=TAG, is_broken=st.booleans(), again=st.booleans())
    def put(self, which: str, holder: str, tag: str, is_broken: bool, again: bool) -> None:
        """Keep a document, whole or with errors, made from somewhere."""
        self._do(which, holder, "save", tag, is_broken, again)

    @rule(which=WHICH, holder=HOLDER, tag=TAG, again=st.booleans(), data=st.data())
    def act(self, which: str, holder: str, tag: str, again: bool, data: st.DataObject) -> None:
        """Do anything, allowed or not."""
        actions = [action for kind, action in TABLE if kind == which and action in LEADS and action != "save"]
        self._do(which, holder, data.draw(st.sampled_from(actions)), tag, False, again)

    @rule(which=WHICH, again=st.booleans(), data=st.data())
    def go_on(self, which: str, again: bool, data: st.DataObject) -> None:
        """Do something that goes through, so that records come far."""
        if legal := self.records[which].legal():
            holder, action = data.draw(st.sampled_from(legal))
            self._do(which, holder, action, "right" if self.records[which].newest else "new", False, again)

    @precondition(lambda self: self.last is not None)
    @rule()
    def ask_the_same_again(self) -> None:
        """What bears the same idempotency key is answered the same, whatever was done since."""
        assert self.last is not None
        holder, sent, before = self.last
        again = self.site.ask(holder=holder, **sent)
        assert (again.status_code, again.content, again.headers["etag"]) == (
            before.status_code,
            before.content,
            before.headers["etag"],
        )

    @precondition(lambda self: self.last is not None)
    @rule()
    def ask_something_else_with_the_same_key(self) -> None:
        """Then it was not meant."""
        assert self.last is not None
        holder, sent, _ = self.last
        other = {**sent, "headers": {**sent["headers"], "If-Match": '"e0", "e1"'}}
        assert self.site.ask(holder=holder, **other).status_code in (403, 404, 422)

    def _do(self, which: str, holder: str, action: str, tag: str, is_broken: bool, again: bool) -> None:
        record, mark = self.records[which], next(self.marks)
        self.touched, self.is_sound = which, False
        seen = self.site.tag(self.paths[which], holder) if record.hides_newest_from(holder) else record.tag
        sent: dict[str, Any] = {"headers": record.given(tag, seen or '"e0"')}
        if again:
            sent["headers"]["Idempotency-Key"] = f"{self.name}-{mark}"
        if action == "save":
            sent |= {"method": "PUT", "path": self.paths[which], "json": self._document(which, mark, is_broken)}
        else:
            sent |= {"method": "POST", "path": f"{self.paths[which]}/{action}", "json": sent_with(action)}
        foretold = record.answer(holder, action, tag)
        answer = self.site.ask(holder=holder, **sent)
        assert answer.status_code == foretold, (which, record, holder, action, tag, answer.text)
        self.is_sound = not answer.is_success
        if self.is_sound:
            return
        record.done(holder, action, mark, answer.headers["etag"], is_broken)
        told = answer.json()
        assert record.newest is not None and (told["version"], told["state"]) == (record.newest.version, record.state)
        self.done, self.is_sound = self.done + 1, True
        self.receipts.append(Receipt(**{name: told[name] for name in Receipt.__struct_fields__}))
        if again:
            self.last = holder, sent, answer

    def _document(self, which: str, mark: int, is_broken: bool) -> Document:
        if which == "service":
            channels = [] if is_broken else [a_channel("website", supports=["apply"])]
            return a_service(service_id=self.name, name=f"Mark {mark}", channels=channels)
        collection = {"offered": 1} if is_broken else {}  # of one who was asked, 130 answered
        return a_quarter("2026-Q1", service_id=f"{self.name}-reported", customers=mark, collection=collection)

    @invariant()
    def everyone_sees_what_is_theirs_to_see(self) -> None:
        """Each holder and the public are shown the version that the model tells, or refused."""
        if not hasattr(self, "records"):
            return
        which, record = self.touched, self.records[self.touched]
        for holder in (None, *ROLES):
            answer, expected = self.site.ask("GET", self.paths[which], holder), record.seen(holder)
            if isinstance(expected, int):
                assert answer.status_code == expected, (which, record, holder, answer.text)
            else:
                assert self._face(which, answer) == expected, (which, record, holder)
                reaches = holder is not None and ROLES[holder][1]
                assert ("contact" in answer.json()) == (reaches and which == "feedback"), (which, holder)

    @invariant()
    def nothing_else_was_written(self) -> None:
        """The ledger has an entry for each act that went through, and no other."""
        if hasattr(self, "start"):
            assert self.site.ask("GET", "/ledger/head").json()["seq"] == self.start.seq + self.done

    def _face(self, which: str, answer: httpx.Response) -> Face:
        body = answer.json()
        mark = int(body["name"].removeprefix("Mark ")) if which == "service" else body["customers"]
        return Face(int(answer.headers["psi-version"]), answer.headers["psi-state"], mark)

    def teardown(self) -> None:
        """The chain is whole, every receipt is good, and the public resolves those that were public."""
        if not getattr(self, "is_sound", False):
            return
        store = self.site.store
        assert broken_from(store, self.start)[0] == []
        assert not_kept(store, self.receipts) == []
        for receipt in self.receipts:
            is_public = receipt.state in ("published", "retired", "withdrawn")
            answer = self.site.ask("GET", f"/receipts/{receipt.link}")
            assert answer.status_code == (200 if is_public else 404), receipt
