"""The generated inventories are what they say: realistic, complete where meant to be, faulty exactly where meant."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from datapackage.loading.load import preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from inventory.ledger.store import Store
from inventory.records.documents import document, encode
from inventory.records.registry import INVENTORY
from inventory.validation.check import check
from inventory.validation.rules import Context, Known
from inventory.writes.publish import publish
from tests.conftest import OPERATOR, ROOT, TODAY, now
from tests.support.generated import CYCLE, GAPS, documents, expected_problems, is_publishable, service, write_ndjson
from tests.support.loads import loaded

MANY = 1_000


def known_organizations(services: int) -> Context:
    ids = {made["organization_id"]: made.get("parent_id") for made in documents(services) if "service_id" not in made}
    found = {organization_id: Known("current", organization_id, parent) for organization_id, parent in ids.items()}
    return Context(today=TODAY, find=lambda kind, i: found.get(i) if kind == "organization" else None)


def test_every_service_has_exactly_the_expected_problems() -> None:
    context = known_organizations(MANY)
    for index in range(MANY):
        problems = check(INVENTORY["service"], service(index), context).problems
        assert {(problem.code, problem.pointer) for problem in problems} == expected_problems(index), index
        assert len(problems) == len(expected_problems(index)), index


def test_a_document_is_already_in_its_stored_spelling() -> None:
    for index in range(CYCLE * 5):
        record = check(INVENTORY["service"], service(index)).record
        assert record is not None and encode(document(record)) == encode(service(index))


def test_organizations_have_no_problem() -> None:
    context = known_organizations(MANY)
    found = [made for made in documents(MANY) if "service_id" not in made]
    assert [made["organization_id"] for made in found if check(INVENTORY["organization"], made, context).problems] == []
    assert len(found) == MANY // 50 + MANY // 500


def test_an_index_gives_the_same_document_in_every_process_and_order() -> None:
    code = "import sys; from tests.support.generated import *; sys.stdout.buffer.write(encode(service(157)))"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PYTHONHASHSEED": "7"}, capture_output=True, check=True, timeout=60
    )
    assert told.stdout == encode(list(documents(200))[-43]) == encode(service(157))


def test_what_is_publishable_is_published_and_nothing_else(sqlite_store: Store, tmp_path: Path) -> None:
    report = loaded(sqlite_store, write_ndjson(tmp_path / "services.ndjson", CYCLE))
    assert report.counts["rejected"] == 0
    done = publish(sqlite_store, OPERATOR, now)
    assert {receipt.record for receipt in done.receipts} == {
        f"service/{service(index)['service_id']}" for index in range(CYCLE) if is_publishable(index)
    }


def test_a_file_of_them_tells_its_problems_by_code(tmp_path: Path) -> None:
    inputs, _ = opened([write_ndjson(tmp_path / "services.ndjson", MANY)], INVENTORY, None, None, None)
    report = preview(Plan(INVENTORY, None, TODAY), inputs)
    codes = [code for problems in GAPS.values() for code, _ in problems]
    assert report.problem_counts == {code: codes.count(code) * MANY // CYCLE for code in sorted(set(codes))}


@pytest.mark.parametrize("services", [200, 5_000])
def test_making_many_takes_no_more_memory_than_making_few(services: int) -> None:
    tracemalloc.start()
    for _ in documents(services):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000
