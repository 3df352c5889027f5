"""What a load makes of inputs that depend on one another, on what is kept, and on what is wrong with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from datapackage.loading.load import load
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report, forbidden
from inventory.ledger.heads import Head
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, Document
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, TODAY, now
from tests.support.builders import (
    a_collection,
    a_designation,
    a_feedback,
    a_provider,
    a_service,
    an_organization,
    with_organizations,
)
from tests.support.quarters import a_quarter, publish_quarters


def loaded(store: Store, folder: Path, *documents: Any) -> Report:
    path = folder / "in.ndjson"
    path.write_bytes(b"".join(msgspec.json.encode(document) + b"\n" for document in documents))
    inputs, _ = opened([path], INVENTORY, store, None, None)
    return load(store, Plan(INVENTORY, store, TODAY), inputs, OPERATOR, now)


def told(report: Report) -> set[tuple[str, str]]:
    return {(change.record, change.action) for change in report.changes}


def an_office(name: str, parent: str | None) -> dict[str, Any]:
    return an_organization(organization_id=name, name=name, parent_id=parent)


def state(store: Store, organization_id: str) -> str:
    return store.head("organization", organization_id).state


def test_what_is_rejected_is_not_absent_and_what_is_left_out_is(sqlite_store: Store, tmp_path: Path) -> None:
    names = ("kept", "faulty", "left-out")
    loaded(with_organizations(sqlite_store), tmp_path, *(a_service(service_id=name) for name in names))
    report = loaded(sqlite_store, tmp_path, a_service(service_id="faulty", service_type="fun"))
    assert (report.counts["rejected"], report.counts["absent"]) == (1, 2)
    assert told(report) == {("service/kept", "absent"), ("service/left-out", "absent")}


def test_a_circle_that_a_load_would_close_is_named_and_nothing_public_changes(
    sqlite_store: Store, tmp_path: Path
) -> None:
    loaded(sqlite_store, tmp_path, an_office("a", None), an_office("b", None))
    report = loaded(sqlite_store, tmp_path, an_office("a", "b"), an_office("b", "a"))
    assert report.problem_counts["reference-cycle"] >= 1
    parents = [sqlite_store.head("organization", name).parent_id for name in ("a", "b")]
    assert None in parents


def test_children_come_after_their_parents_whatever_the_order_of_the_file(sqlite_store: Store, tmp_path: Path) -> None:
    report = loaded(sqlite_store, tmp_path, an_office("c", "b"), an_office("b", "a"), an_office("a", None))
    assert list(report.problems) == []
    assert {state(sqlite_store, name) for name in "abc"} == {"current"}


def test_what_refers_to_something_that_is_not_kept_or_not_settled_is_not_settled_either(
    sqlite_store: Store, tmp_path: Path
) -> None:
    report = loaded(
        sqlite_store,
        tmp_path,
        an_office("child-of-rejected", "rejected"),
        an_organization(organization_id="rejected", name="", parent_id=None),
        an_office("grandchild", "child"),
        an_office("child", "nowhere"),
    )
    assert report.counts["rejected"] == 1
    assert {state(sqlite_store, name) for name in ("child-of-rejected", "child", "grandchild")} == {"proposed"}
    unknown = {problem.record for problem in report.problems if problem.code == "reference-unknown"}
    assert unknown == {f"organization/{name}" for name in ("child-of-rejected", "child", "grandchild")}


def test_what_is_absent_is_found_without_reading_its_documents(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(with_organizations(sqlite_store), tmp_path, a_service(service_id="kept"), a_service(service_id="left-out"))
    documents, read = Store.documents, set[str]()

    def watched(store: Store, record_type: str, record_ids: Sequence[str]) -> dict[str, Document]:
        read.update(record_ids)
        return documents(store, record_type, record_ids)

    monkeypatch.setattr(Store, "documents", watched)
    assert ("service/left-out", "absent") in told(loaded(sqlite_store, tmp_path, a_service(service_id="kept")))
    assert "kept" in read and "left-out" not in read


def test_a_record_that_cannot_be_saved_in_its_state_comes_back_with_the_reason(
    sqlite_store: Store, tmp_path: Path
) -> None:
    loaded(sqlite_store, tmp_path, an_office("a", None))
    report = loaded(sqlite_store, tmp_path, an_office("a", "nowhere"))
    assert report.problem_counts == {"reference-unknown": 1, "state-forbids": 1}
    assert (report.counts["rejected"], sqlite_store.head("organization", "a").version) == (1, 1)


def test_a_file_of_rejects_loads_once_it_is_mended(sqlite_store: Store, tmp_path: Path) -> None:
    report = loaded(with_organizations(sqlite_store), tmp_path, a_service(service_type="fun"))
    (rejected,) = [msgspec.to_builtins(rejected) for rejected in report.rejected]
    rejected["raw"]["service_type"] = "administrative"
    assert loaded(sqlite_store, tmp_path, rejected).counts["added"] == 1


def test_omb_moves_a_provider_by_loading_it_under_another_organization(sqlite_store: Store, tmp_path: Path) -> None:
    loaded(with_organizations(sqlite_store, "usda"), tmp_path, a_provider())
    report = loaded(sqlite_store, tmp_path, a_provider(organization_id="usda"))
    assert (list(report.problems), report.counts["changed"]) == ([], 1)
    assert sqlite_store.head("provider", "dos-ca").organization_id == "usda"


def test_a_provider_loaded_with_its_feedback_is_not_asked_when_it_starts(sqlite_store: Store, tmp_path: Path) -> None:
    with_organizations(sqlite_store)
    provider, quarter = a_provider(reporting_starts=None), a_feedback(origin="historical")
    alone = loaded(sqlite_store, tmp_path, provider)
    assert alone.problem_counts == {"target-date-missing": 1}
    both = loaded(sqlite_store, tmp_path, a_service(), a_designation(), {**provider, "name": "Consular"}, quarter)
    assert "target-date-missing" not in both.problem_counts


def test_moments_that_come_with_the_same_input_are_not_told_as_unknown(sqlite_store: Store, tmp_path: Path) -> None:
    with_organizations(sqlite_store)
    quarter = a_feedback(collections=[a_collection(moment_id="apply")])
    loaded(sqlite_store, tmp_path, a_service(), a_provider(), a_designation())
    assert "moment-unknown" in loaded(sqlite_store, tmp_path, quarter).problem_counts
    service = a_service(moments=[{"moment_id": "apply", "name": "Apply"}])
    assert "moment-unknown" not in loaded(sqlite_store, tmp_path, service, quarter).problem_counts
    assert "moment-unknown" not in loaded(sqlite_store, tmp_path, quarter).problem_counts


@pytest.mark.parametrize(
    ("record_type", "state", "ways"),
    [
        ("feedback", "published", ": psi act restate feedback/x --reason WHY (to draft) first"),
        ("service", "retired", ": psi act reinstate service/x (to draft) first"),
        ("service", "withdrawn", ""),
    ],
)
def test_what_forbids_a_load_says_what_to_do_first(record_type: str, state: str, ways: str) -> None:
    kind = INVENTORY[record_type]
    told = forbidden(kind, Head(record_type=record_type, record_id="x", state=state), kind.saves)
    assert told.message == f"It is {state}, and save does not start from there{ways}"


@pytest.mark.parametrize("changes", [{}, {"not_measured": []}])
def test_a_withdrawn_quarter_is_refused_with_one_problem(
    sqlite_store: Store, tmp_path: Path, changes: dict[str, list[str]]
) -> None:
    quarter = a_quarter("2026-Q1")
    publish_quarters(sqlite_store, quarter)
    withdrawn = INVENTORY["feedback"].record_id(quarter)
    change = Change(record_type="feedback", record_id=withdrawn, action="withdraw", note="Another service's answers")
    append(sqlite_store, OPERATOR, now, change)
    kept = sqlite_store.newest("feedback", withdrawn)
    report = loaded(sqlite_store, tmp_path, {**(kept or {}), **changes})
    assert (report.counts["rejected"], report.counts["unchanged"]) == (1, 0)
    assert [(problem.code, problem.message, problem.expected) for problem in report.problems] == [
        ("id-taken", f"The id {withdrawn} is withdrawn for good", "a feedback that is not withdrawn")
    ]


def test_an_id_that_occurs_twice_is_told_even_where_the_first_is_not_kept(sqlite_store: Store, tmp_path: Path) -> None:
    store = with_organizations(sqlite_store)
    report = loaded(store, tmp_path, a_service(unheard_of="x"), a_service())
    [problem] = [problem for problem in report.problems if problem.code == "duplicate"]
    assert (problem.severity, problem.row) == ("warning", 2)
    assert (report.counts["rejected"], report.counts["added"]) == (1, 1)


def test_a_copy_that_is_not_kept_stands_above_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    bad = {**an_office("a", "b"), "unheard_of": "x"}
    report = loaded(sqlite_store, tmp_path, bad, an_office("a", None), an_office("b", "a"))
    # The circle is one of the copy that is not kept, and told of that alone.
    assert {(p.code, p.row) for p in report.problems} == {
        (code, 1) for code in ("unknown-field", "reference-cycle", "duplicate")
    }
    assert {state(sqlite_store, name) for name in "ab"} == {"current"}
