"""The index behind search: by type and by path, quick, and alive after a read that failed."""

import time
from collections.abc import Sequence

import pytest
from msgspec import structs

from catalog.filters import FILTERS, Condition, Filter
from catalog.index import Index, Query, words_query
from catalog.search import KEPT, Search
from inventory.ledger.store import Published, Store
from inventory.records.registry import INVENTORY, SERVICE, RecordType
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, now
from tests.support.builders import a_designation, a_provider, a_service, an_organization

PUBLISHED = Query(record_type="service", states=("published",))


def save(store: Store, record_type: str, document: dict[str, object]) -> None:
    record_id = store.model[record_type].record_id(document)
    append(store, OPERATOR, now, Change(record_type=record_type, record_id=record_id, action="save", document=document))


def act(store: Store, action: str) -> None:
    change = Change(record_type="service", record_id="dos-ca-passports", action=action, note="why")
    append(store, OPERATOR, now, change)


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ("passport", '"passport"*'),
        ("The passport the THE pass", '"the" "passport" "pass"*'),
        ("a " * 30_000, '"a" "a"*'),
        ('"*', '""'),
        ("", '""'),
    ],
)
def test_a_word_is_looked_for_once_however_often_it_is_said(asked: str, query: str) -> None:
    assert words_query(asked) == query


@pytest.fixture
def ready(sqlite_store: Store) -> Store:
    save(sqlite_store, "organization", an_organization(organization_id="dos", parent_id=None))
    save(sqlite_store, "organization", an_organization())
    save(sqlite_store, "service", a_service())
    act(sqlite_store, "publish")
    return sqlite_store


def test_every_filter_reads_fields_there_are_of_one_code_list() -> None:
    for name, filters in FILTERS.items():
        for known in filters:
            lists = {tuple(Filter(known.name, (path,)).codes(INVENTORY[name])) for path in known.paths}
            assert len(lists) == 1, known.name


def test_it_follows_what_becomes_and_ceases_to_be_public(ready: Store) -> None:
    search = Search(ready)
    assert search.find(PUBLISHED) == ["dos-ca-passports"]
    save(ready, "service", a_service(name="Laissez-passer"))
    act(ready, "publish")
    words = Query(record_type="service", states=("published",), q="laissez")
    assert search.find(words) == ["dos-ca-passports"]
    act(ready, "withdraw")
    assert search.find(PUBLISHED) == search.find(words) == []


def test_another_type_is_searched_by_a_line_of_filters(ready: Store) -> None:
    save(ready, "provider", a_provider())
    for year in (2025, 2026):
        save(ready, "designation", a_designation(fiscal_year=year))
    filters = {**FILTERS, "designation": (Filter("provider", ("provider_id",)), Filter("year", ("fiscal_year",)))}
    search = Search(ready, filters)
    for upto in (None, ready.chain().public_seq):
        for wanted, organization, count in (
            (Condition(("fiscal_year",), ("2026",)), "dos", 1),
            (Condition(("provider_id",), ("dos-ca",)), None, 2),
            (Condition(("provider_id",), ("dos-ca",)), "elsewhere", 0),
        ):
            query = Query(record_type="designation", states=("current",), organization=organization, wanted=(wanted,))
            assert len(search.page(query, "", 10, upto)) == count


def test_an_earlier_position_is_indexed_once_and_what_was_withdrawn_since_is_out(
    ready: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(ready, "service", a_service(service_id="dos-ca-visas", name="Visas"))
    append(ready, OPERATOR, now, Change(record_type="service", record_id="dos-ca-visas", action="publish", note="why"))
    upto, search = ready.chain().public_seq, Search(ready)
    made: list[int] = []
    make = Search._made_at

    def record(search: Search, kind: RecordType, upto: int) -> Index:
        made.append(upto)
        return make(search, kind, upto)

    monkeypatch.setattr(Search, "_made_at", record)
    query = Query(record_type="service", states=("published",), organization="dos")
    assert [item.record_id for item in search.page(query, "", 10, upto)] == ["dos-ca-passports", "dos-ca-visas"]
    assert made == []  # the newest position is that of the index of today
    save(ready, "service", a_service(name="Laissez-passer"))
    act(ready, "publish")
    assert [item.version for item in search.page(query, "", 1, upto)] == [1]
    assert [item.record_id for item in search.page(query, "dos-ca-passports", 10, upto)] == ["dos-ca-visas"]
    act(ready, "withdraw")
    assert [item.record_id for item in search.page(query, "", 1, upto)] == ["dos-ca-visas"]
    assert made == [upto]
    for earlier in range(KEPT + 1):
        search.page(query, "", 10, earlier)
    assert len(search._past) == KEPT


def test_it_is_warm_before_anybody_asks(ready: Store) -> None:
    search = Search(ready)
    search.warm()
    assert search._index.find(PUBLISHED, SERVICE) == ["dos-ca-passports"]
    left = Search(ready)
    left.leave_off()
    left.warm()
    assert left._index.find(PUBLISHED, SERVICE) == []


class Failing(Store):
    """A store of which the first look-up fails."""

    failed = False

    def public_of(self, record_type: str, record_ids: Sequence[str]) -> list[Published]:
        if not self.failed:
            self.failed = True
            raise OSError("the disk is away")
        return super().public_of(record_type, record_ids)


def test_a_read_that_failed_leaves_the_index_alive(ready: Store) -> None:
    search = Search(Failing(ready.engine, ready.model))
    with pytest.raises(OSError, match="away"):
        search.find(PUBLISHED)
    assert search.find(PUBLISHED) == ["dos-ca-passports"]


def test_a_record_that_cannot_be_taken_in_takes_none_in(ready: Store) -> None:
    search = Search(ready)
    index = search._index
    item = ready.public("service", "dos-ca-passports")
    with pytest.raises(ValueError, match="truncated"), index.changing():
        index.take_in(SERVICE, [item, structs.replace(item, record_id="x", body=b"{")])
    assert index.find(PUBLISHED, SERVICE) == []
    assert search.find(PUBLISHED) == ["dos-ca-passports"]


def test_time_grows_as_what_is_taken_in_again(ready: Store) -> None:
    """Forgetting a record reads its own rows alone: twice as many records take about twice as long."""
    item, index = ready.public("service", "dos-ca-passports"), Search(ready)._index

    def seconds(records: int) -> float:
        items = [structs.replace(item, record_id=f"s{number}") for number in range(records)]
        index.take_in(SERVICE, items)
        began = time.perf_counter()
        index.forget("service", [item.record_id for item in items])
        return time.perf_counter() - began

    assert seconds(4_000) < 10 * seconds(1_000)
