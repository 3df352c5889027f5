"""Crosswalks: on real inventories where they are at hand, and on small ones made here."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import xlsxwriter

from datapackage.crosswalks.definition import SPECIAL
from datapackage.crosswalks.functions.cell_forms import FORMS, Formed
from datapackage.crosswalks.toml_file import crosswalk, shipped
from datapackage.external.new_ids import minted
from datapackage.loading.load import load
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from inventory.errors import Unreadable
from inventory.ledger.store import Store
from inventory.records.registry import INVENTORY, Document
from inventory.writes.change import Change
from inventory.writes.writer import append
from tests.conftest import OPERATOR, ROOT, TODAY, now
from tests.support.feedback_type import WITH_QUARTERLY

SAMPLES = ROOT.parent / "shared" / "samples"
HISPS = SAMPLES / "performance-gov" / "hisps.csv"
GC_2019 = SAMPLES / "gc-service-inventory" / "2019-2020" / "services.csv"
GC_2019_BOOK = SAMPLES / "gc-service-inventory" / "2019-2020" / "submitted.xlsx"
GC_2023 = SAMPLES / "gc-service-inventory" / "2023-2024" / "si_2024.csv"


def loaded(store: Store, path: Path, name: str) -> Report:
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand")
    inputs, matches = opened([path], store.model, store, None, name)
    return load(store, Plan(store.model, store, TODAY, matches), inputs, OPERATOR, now)


def services(store: Store) -> dict[str, Document]:
    return {head.record_id: document for head, document in store.all_documents("service")}


def named(report: Report, code: str) -> set[str]:
    return {str(problem.record) for problem in report.problems if problem.code == code}


def told(report: Report, action: str) -> Counter[str]:
    return Counter(change.record.partition("/")[0] for change in report.changes if change.action == action)


# Real inventories.


def test_the_hisps_of_2020_are_drafts_in_their_bureaus(sqlite_store: Store) -> None:
    report = loaded(sqlite_store, HISPS, "performance-gov-hisps")
    assert report.counts == {**report.counts, "read": 25, "added": 25, "rejected": 0}
    assert {head.state for head, _ in sqlite_store.all_documents("service")} == {"draft"}
    assert len(named(report, "channels-missing")) == 25
    known = services(sqlite_store)
    assert {known["usda-fsa-usda-fsa"]["name"], known["ed-fsa-ed-fsa"]["name"]} == {
        "Farmers.gov",
        "Financial Aid for Education Beyond High School",
    }
    assert sqlite_store.head("organization", "usda-fsa").parent_id == "usda"
    assert {head.state for head, _ in sqlite_store.all_documents("organization")} == {"proposed"}
    blurbs = {row["service_id"]: row["blurb"].replace("<br>", "\n") for row in rows_of(HISPS)}
    kept = {service["source_ids"][0]["id"]: service["description"] for service in known.values()}
    assert kept == blurbs


def test_the_hisps_meet_their_services_in_the_sample(sample_store: Store) -> None:
    before = services(sample_store)
    report = loaded(sample_store, HISPS, "performance-gov-hisps")
    assert report.counts == {**report.counts, "read": 25, "added": 0, "rejected": 0}
    assert told(report, "proposed") == Counter()
    after = services(sample_store)
    assert after.keys() == before.keys()
    # What the source does not tell of stays as it was.
    untouched = ("channels", "occasion", "offering", "roles", "tools", "volumes", "responsible_unit")
    for service_id, service in after.items():
        assert [service.get(name) for name in untouched] == [before[service_id].get(name) for name in untouched]


def test_canada_s_inventory_of_2019_is_taken_in_whole(sqlite_store: Store) -> None:
    report = loaded(sqlite_store, GC_2019, "gc-services-2019")
    assert report.counts == {**report.counts, "read": 1231, "added": 1231, "rejected": 0}
    assert len(named(report, "channels-missing")) == 39
    assert len(named(report, "not-digital-unexplained")) == 521
    assert told(report, "proposed") == {"organization": 74}
    rows = {row["service_id"]: row for row in rows_of(GC_2019)}
    for service in services(sqlite_store).values():
        row = rows[service["source_ids"][0]["id"]]
        assert service["description"] == exact(row["service_description_en"])
        assert service["name"] == exact(row["service_name_en"])
        assert len(service.get("channels", ())) == len([code for code in row["service_channels"].split(",") if code])
        figures = [row[name] for name in VOLUME_COLUMNS if row[name] not in ("ND", "NA", "")]
        assert sorted(volume["count"] for volume in service.get("volumes", ())) == sorted(map(int, figures))
        assert {volume["fiscal_year"] for volume in service.get("volumes", ())} <= {2020}


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a file as they stand there."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def exact(cell: str) -> str:
    """A text as it was before it was exported."""
    return cell.replace("_x000D_", "\r").replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


VOLUME_COLUMNS = (
    "calls_received",
    "web_visits_info_service",
    "online_applications",
    "telephone_applications",
    "in_person_applications",
    "postal_mail_applications",
    "other_applications",
)


def test_the_workbook_of_a_year_says_what_its_csv_says(sqlite_store: Store) -> None:
    loaded(sqlite_store, GC_2019, "gc-services-2019")
    report = loaded(sqlite_store, GC_2019_BOOK, "gc-services-2019")
    assert report.counts == {**report.counts, "read": 1231, "unchanged": 1231, "absent": 0, "rejected": 0}
    assert list(report.changes) == []


def test_a_later_year_tells_what_it_adds_changes_and_lacks(sqlite_store: Store) -> None:
    loaded(sqlite_store, GC_2019, "gc-services-2019")
    before = services(sqlite_store)
    report = loaded(sqlite_store, GC_2023, "gc-services-2023")
    counts = report.counts
    first, later = (
        {(row[name].split(" | ")[0].strip().casefold(), row["service_id"].strip()) for row in rows_of(path)}
        for path, name in ((GC_2019, "department_name_en"), (GC_2023, "owner_org_title"))
    )
    listed = {owner for owner, _ in later}
    gone = {service for service in first - later if service[0] in listed}
    assert (len(first), len(later)) == (1231, 1716)
    # Whatever is still there is changed, if only by the year of which the source told.
    told_of = {"read": 1716, "added": len(later - first), "changed": len(later & first), "absent": len(gone)}
    assert counts == {**counts, **told_of, "unchanged": 0, "rejected": 0}
    after = services(sqlite_store)
    # Absent is what the organizations of the file no longer list; it stays.
    present = [change.record.partition("/")[2] for change in report.changes if change.action in ("added", "changed")]
    owners = {after[service_id]["organization_id"] for service_id in present}
    absent = {change.record.partition("/")[2] for change in report.changes if change.action == "absent"}
    assert len(absent) == counts["absent"] > 300
    assert absent <= before.keys() <= after.keys()
    assert {before[service_id]["organization_id"] for service_id in absent} <= owners
    for change in report.changes:
        record_type, _, record_id = change.record.partition("/")
        if record_type == "service" and change.action == "changed":
            old, new = before[record_id], after[record_id]
            assert change.fields == sorted(n for n in old.keys() | new.keys() if old.get(n) != new.get(n))
    again = loaded(sqlite_store, GC_2023, "gc-services-2023").counts
    assert (again["unchanged"], again["changed"], again["added"]) == (1716, 0, 0)


def test_rows_of_several_years_are_one_service(sqlite_store: Store) -> None:
    report = loaded(sqlite_store, GC_2023, "gc-services-2023")
    known = services(sqlite_store)
    assert len(known) == report.counts["added"] == 1716
    assert {service.get("channels") for service in known.values()} == {None}
    several = [s for s in known.values() if len({volume["fiscal_year"] for volume in s.get("volumes", ())}) > 1]
    assert 0 < len(several) <= 5
    assert {s["source_ids"][0]["id"] for s in several} <= {"2576", "1530", "657", "1533", "SRV02975"}


def test_what_a_whole_file_adds_to_its_earlier_years_is_counted_exactly(sqlite_store: Store, tmp_path: Path) -> None:
    if not GC_2023.exists():
        pytest.skip(f"{GC_2023.name} is not at hand")
    rows = rows_of(GC_2023)
    latest: dict[str, str] = {}
    for row in rows:
        latest[row["service_id"]] = max(row["fiscal_yr"], latest.get(row["service_id"], ""))
    earlier = [r for r in rows if r["fiscal_yr"] < max(latest[r["service_id"]], "2023-2024")]
    again = {row["service_id"] for row in earlier if row["fiscal_yr"] < latest[row["service_id"]]}
    assert (len(rows), len(latest), len(earlier), len(again)) == (1721, 1716, 6, 5)
    part = written(tmp_path, *(tuple(row.values()) for row in earlier), header=tuple(rows[0]))
    assert loaded(sqlite_store, part, "gc-services-2023").counts["added"] == 6

    report = loaded(sqlite_store, GC_2023, "gc-services-2023")
    counts = {"read": 1716, "added": 1716 - 6, "changed": 5, "unchanged": 1, "absent": 0, "rejected": 0}
    assert report.counts == {**report.counts, **counts}
    source_ids = {service_id: service["source_ids"][0]["id"] for service_id, service in services(sqlite_store).items()}
    fields = {
        source_ids[change.record.partition("/")[2]]: change.fields
        for change in report.changes
        if change.action == "changed"
    }
    assert fields.keys() == again
    assert fields == {
        "2576": ["source_ids", "volumes"],
        "1530": ["source_ids"],
        "657": ["homepage", "source_ids", "volumes"],
        "1533": ["source_ids", "volumes"],
        "SRV02975": ["source_ids", "volumes"],
    }
    # The earlier years once more revert nothing; absent is all else of their organizations.
    report = loaded(sqlite_store, part, "gc-services-2023")
    owners = {row["owner_org"] for row in earlier}
    others = {row["service_id"] for row in rows if row["owner_org"] in owners} - {row["service_id"] for row in earlier}
    assert report.counts == {**report.counts, "read": 6, "unchanged": 6, "changed": 0, "absent": len(others)}
    assert report.problem_counts["older-than-kept"] == 5
    gone = {source_ids[change.record.partition("/")[2]] for change in report.changes}
    assert gone == others


# Small ones.

HEADER = ("fiscal_yr", "service_id", "service_name_en", "department_name_en", "service_channels", "online_applications")
TRANSPORT = ("2019-2020", "1", "Licences", "Transport Canada", "onl", "7")


def written(folder: Path, *rows: Sequence[str], header: Sequence[str] = HEADER) -> Path:
    path = folder / "services.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_an_id_used_by_two_organizations_is_two_services(sqlite_store: Store, tmp_path: Path) -> None:
    health = (TRANSPORT[0], "1", "Vaccines", "Health Canada", "tel", "ND")
    report = loaded(sqlite_store, written(tmp_path, TRANSPORT, health), "gc-services-2019")
    assert report.counts["added"] == 2
    assert set(services(sqlite_store)) == {"ca-transport-canada-1", "ca-health-canada-1"}
    assert loaded(sqlite_store, tmp_path / "services.csv", "gc-services-2019").counts["unchanged"] == 2


def test_ids_that_look_alike_as_slugs_are_two_services(sqlite_store: Store, tmp_path: Path) -> None:
    rows = [(TRANSPORT[0], number, f"Service {number}", *TRANSPORT[3:]) for number in ("A 1", "A-1", "a_1")]
    first, both = written(tmp_path, rows[0]), tmp_path / "both"
    both.mkdir()
    assert loaded(sqlite_store, first, "gc-services-2019").counts["added"] == 1
    report = loaded(sqlite_store, written(both, rows[1], rows[0], rows[2]), "gc-services-2019")
    assert report.counts == {**report.counts, "added": 2, "unchanged": 1, "changed": 0, "rejected": 0}
    known = {service_id: service["source_ids"][0]["id"] for service_id, service in services(sqlite_store).items()}
    stem = "ca-transport-canada-a-1"
    assert known == {stem: "A 1", f"{stem}-2": "A-1", f"{stem}-3": "a_1"}
    # In whatever order they come again, they are the same.
    again = loaded(sqlite_store, written(tmp_path, *reversed(rows)), "gc-services-2019")
    assert again.counts == {**again.counts, "unchanged": 3, "rejected": 0}


def test_an_id_that_a_record_of_no_source_bears_is_not_taken_over(sqlite_store: Store, tmp_path: Path) -> None:
    save(sqlite_store, "organization", "tc", organization_id="tc", name="Transport Canada")
    save(sqlite_store, "service", "tc-1", service_id="tc-1", organization_id="tc", name="By hand")
    assert loaded(sqlite_store, written(tmp_path, TRANSPORT), "gc-services-2019").counts["added"] == 1
    names = {service_id: service["name"] for service_id, service in services(sqlite_store).items()}
    assert names == {"tc-1": "By hand", "tc-1-2": "Licences"}


def test_a_service_given_to_another_owner_is_not_made_anew(sqlite_store: Store, tmp_path: Path) -> None:
    save(sqlite_store, "organization", "tc", organization_id="tc", name="Transport Canada")
    save(sqlite_store, "organization", "hc", organization_id="hc", name="Health Canada")
    loaded(sqlite_store, written(tmp_path, TRANSPORT), "gc-services-2019")
    transfer = Change(record_type="service", record_id="tc-1", action="transfer", owner="hc")
    append(sqlite_store, OPERATOR, now, transfer)
    report = loaded(sqlite_store, tmp_path / "services.csv", "gc-services-2019")
    assert (report.counts["rejected"], named(report, "id-taken")) == (1, {"service/tc-1"})


def test_new_ids_are_as_long_as_they_may_be_and_no_longer(sqlite_store: Store, tmp_path: Path) -> None:
    longest = INVENTORY["service"].shape.field("service_id").max_length
    numbers = ("n" * 50, "n" * 50 + ".", "###", "n" * 80)
    wordy = "The Office of " + "Very " * 20 + "Long Names"
    above = "Department of " + "Quite " * 20 + "Long Names"
    header = ("number", "owner", "title", "above")
    rows = [(number, name, "A service", above) for name in (wordy, wordy + " Too") for number in numbers]
    name = own(tmp_path, 'above = "@parent"')
    report = loaded(sqlite_store, written(tmp_path, *rows, header=header), name)
    assert report.counts == {**report.counts, "added": 8, "rejected": 0}
    assert told(report, "proposed") == {"organization": 3}
    known = services(sqlite_store)
    assert max(map(len, known)) == longest
    assert all(service_id.isascii() and "--" not in service_id for service_id in known)
    assert len([service_id for service_id in known if service_id.endswith("-service")]) == 2
    again = loaded(sqlite_store, tmp_path / "services.csv", name)
    assert (again.counts["unchanged"], list(again.changes)) == (8, [])


@pytest.mark.parametrize(
    ("above", "own_part", "taken", "wanted"),
    [
        ("ab", "cd", (), "ab-cd"),
        ("ab", "cd", ("ab-cd", "ab-cd-2"), "ab-cd-3"),
        ("ab-cdefg", "hij", (), "ab-cde-hij"),
        ("ab-cdefg", "hijklm", (), "ab-hijklm"),
        ("ab-cdefg", "hij", ("ab-cde-hij",), "ab-c-hij-2"),
        ("ab", "cdefghijklm", (), "cdefghijkl"),
        ("ab", "cdefghijklm", ("cdefghijkl",), "cdefghij-2"),
        (None, "cd", ("cd",), "cd-2"),
    ],
)
def test_what_is_above_is_cut_and_numbers_tell_apart(
    above: str | None, own_part: str, taken: tuple[str, ...], wanted: str
) -> None:
    field = msgspec.structs.replace(INVENTORY["service"].shape.field("service_id"), max_length=10)
    assert minted(field, above, own_part, taken.__contains__) == wanted


def save(store: Store, record_type: str, record_id: str, **document: object) -> None:
    base = store.head(record_type, record_id).version
    change = Change(record_type=record_type, record_id=record_id, action="save", document=document, base_version=base)
    append(store, OPERATOR, now, change)


def test_an_organization_is_known_by_name_or_alias_and_never_guessed(sqlite_store: Store, tmp_path: Path) -> None:
    save(sqlite_store, "organization", "tc", organization_id="tc", name="Transport", aliases=["TRANSPORT CANADA"])
    save(sqlite_store, "organization", "ca-transport", organization_id="ca-transport", name="Another")
    similar = (TRANSPORT[0], "2", "Permits", "Transport, Canada", "onl", "")
    same_slug = (TRANSPORT[0], "3", "Roads", "Transport!", "onl", "")
    report = loaded(sqlite_store, written(tmp_path, TRANSPORT, similar, same_slug), "gc-services-2019")
    owners = {document["name"]: document["organization_id"] for document in services(sqlite_store).values()}
    assert owners == {"Licences": "tc", "Permits": "ca-transport-canada", "Roads": "ca-transport-2"}
    assert told(report, "proposed") == {"organization": 2}
    # Not even two that bear the same name are told apart by a guess.
    save(sqlite_store, "organization", "tc2", organization_id="tc2", name="Transport Canada")
    report = loaded(sqlite_store, written(tmp_path, TRANSPORT), "gc-services-2019")
    assert told(report, "proposed") == {"organization": 1}


def test_a_name_of_several_organizations_is_proposed_once(sqlite_store: Store, tmp_path: Path) -> None:
    for organization_id in ("tc", "tc2"):
        save(sqlite_store, "organization", organization_id, organization_id=organization_id, name="Transport Canada")
    rows = [(TRANSPORT[0], str(number), *TRANSPORT[2:]) for number in range(3)]
    report = loaded(sqlite_store, written(tmp_path, *rows), "gc-services-2019")
    assert told(report, "proposed") == {"organization": 1}
    assert {service["organization_id"] for service in services(sqlite_store).values()} == {"ca-transport-canada"}
    assert list(loaded(sqlite_store, tmp_path / "services.csv", "gc-services-2019").changes) == []
    # Not even once it is confirmed is another made.
    confirm = Change(record_type="organization", record_id="ca-transport-canada", action="confirm")
    append(sqlite_store, OPERATOR, now, confirm)
    assert list(loaded(sqlite_store, tmp_path / "services.csv", "gc-services-2019").changes) == []


def test_whose_a_name_is_does_not_hang_on_the_order_of_rows(sqlite_store: Store, tmp_path: Path) -> None:
    name, header = own(tmp_path, 'above = "@parent"'), ("number", "owner", "title", "above")
    rows = [("1", "Labs", "Tests", "Health"), ("2", "Labs", "Tests", ""), ("3", "Labs", "Tests", "Energy")]
    report = loaded(sqlite_store, written(tmp_path, *rows, header=header), name)
    owners = {service["source_ids"][0]["id"]: service["organization_id"] for service in services(sqlite_store).values()}
    assert owners == {"1": "health-labs", "2": "labs", "3": "energy-labs"}
    assert told(report, "proposed") == {"organization": 5}
    for again in (rows, rows[::-1]):
        assert list(loaded(sqlite_store, written(tmp_path, *again, header=header), name).changes) == []


def test_a_proposed_organization_does_not_let_a_service_be_published(sqlite_store: Store, tmp_path: Path) -> None:
    report = loaded(sqlite_store, written(tmp_path, TRANSPORT), "gc-services-2019")
    assert named(report, "reference-unknown") == {"service/ca-transport-canada-1"}
    confirm = Change(record_type="organization", record_id="ca-transport-canada", action="confirm")
    append(sqlite_store, OPERATOR, now, confirm)
    again = loaded(sqlite_store, tmp_path / "services.csv", "gc-services-2019")
    assert named(again, "reference-unknown") == set()


def test_what_was_added_by_hand_outlasts_the_next_load(sqlite_store: Store, tmp_path: Path) -> None:
    loaded(sqlite_store, written(tmp_path, TRANSPORT), "gc-services-2019")
    kept = services(sqlite_store)["ca-transport-canada-1"]
    richer = {
        **kept,
        "channels": [{"channel": "website", "url": "https://example.gc.ca"}],
        "occasion": {"story": "I want to drive."},
        "volumes": [{"fiscal_year": 2019, "channel": "phone", "kind": "calls", "count": 3}, *kept["volumes"]],
    }
    save(sqlite_store, "service", "ca-transport-canada-1", **richer)
    before = services(sqlite_store)
    assert loaded(sqlite_store, tmp_path / "services.csv", "gc-services-2019").counts["unchanged"] == 1
    changed = (*TRANSPORT[:4], "onl,tel", "8")
    report = loaded(sqlite_store, written(tmp_path, changed), "gc-services-2019")
    assert [change.fields for change in report.changes] == [["channels", "volumes"]]
    after = services(sqlite_store)["ca-transport-canada-1"]
    assert after["occasion"] == before["ca-transport-canada-1"]["occasion"]
    assert [volume["count"] for volume in after["volumes"]] == [3, 8]


def test_what_the_crosswalk_does_not_know_is_told_at_its_cell(sqlite_store: Store, tmp_path: Path) -> None:
    strange = (*TRANSPORT[:4], "onl,smoke", "many", "?")
    path = written(tmp_path, strange, header=(*HEADER, "new_column"))
    report = loaded(sqlite_store, path, "gc-services-2019")
    found = {(p.code, p.file, p.row, p.field) for p in report.problems if p.severity == "error"}
    assert found == {
        ("unknown-field", "services.csv", 1, "new_column"),
        ("unknown-code", "services.csv", 2, "service_channels"),
        ("wrong-type", "services.csv", 2, "online_applications"),
        # The rules are asked of the rest; those of channels wait until all of these are known.
        ("needed-to-publish", "services.csv", 2, None),
        ("reference-unknown", "services.csv", 2, "department_name_en"),
    }
    assert report.counts == {**report.counts, "read": 1, "rejected": 1}
    assert report.rejected[0].raw["service_channels"] == "onl,smoke"


def test_another_file_than_the_crosswalk_reads_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    standards = (*HEADER[:4], "service_std_id", "target_type", "performance", "standard_comment_en", "volume_met")
    with pytest.raises(Unreadable, match=r"knows 4 of its 9 columns, not service_std_id.*it lacks service_descr"):
        loaded(sqlite_store, written(tmp_path, header=standards), "gc-services-2019")
    lacking = r"lacks .* a column service_id or Service ID, and a column department_name_en or"
    with pytest.raises(Unreadable, match=lacking):
        loaded(sqlite_store, written(tmp_path, header=HEADER[:1]), "gc-services-2019")
    assert sqlite_store.chain().seq == 0


def test_a_header_alone_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    report = loaded(sqlite_store, written(tmp_path), "gc-services-2019")
    assert (report.counts["read"], report.problem_counts) == (0, {"nothing-read": 1})


def test_a_row_without_an_id_or_owner_comes_back(sqlite_store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, TRANSPORT, (*TRANSPORT[:1], "", *TRANSPORT[2:]), (*TRANSPORT[:3], "", *TRANSPORT[4:]))
    report = loaded(sqlite_store, path, "gc-services-2019")
    assert report.counts == {**report.counts, "read": 3, "added": 1, "rejected": 2}
    assert [(p.code, p.row, p.field) for p in report.problems if p.code == "missing"] == [
        ("missing", 3, "service_id"),
        ("missing", 4, "department_name_en"),
    ]


def test_a_row_twice_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    report = loaded(sqlite_store, written(tmp_path, TRANSPORT, TRANSPORT), "gc-services-2019")
    assert report.counts == {**report.counts, "added": 1, "rejected": 1}
    assert report.problem_counts["duplicate"] == 1


def in_year(year: int, name: str, channels: str, count: str, number: str = "1") -> tuple[str, ...]:
    return (f"{year - 1}-{year}", number, name, "Transport Canada", channels, count)


def test_a_year_twice_does_not_cost_the_other_years(sqlite_store: Store, tmp_path: Path) -> None:
    rows = [in_year(2019, "Old", "tel", "1"), in_year(2020, "New", "onl", "2"), in_year(2020, "Twice", "fax", "3")]
    report = loaded(sqlite_store, written(tmp_path, *rows, in_year(2019, "Twice", "fax", "4")), "gc-services-2019")
    assert report.counts == {**report.counts, "added": 1, "rejected": 2}
    assert [(p.row, p.field) for p in report.problems if p.code == "duplicate"] == [
        (4, "service_id"),
        (5, "service_id"),
    ]
    assert [rejected.raw["service_name_en"] for rejected in report.rejected] == ["Twice", "Twice"]
    [service] = services(sqlite_store).values()
    assert (service["name"], service["channels"]) == ("New", [{"channel": "website"}])
    assert [(volume["fiscal_year"], volume["count"]) for volume in service["volumes"]] == [(2019, 1), (2020, 2)]


def test_a_second_row_does_not_come_in_where_the_first_cannot(sqlite_store: Store, tmp_path: Path) -> None:
    rows = [in_year(2020, "New", "smoke", "2"), in_year(2020, "Twice", "fax", "3")]
    report = loaded(sqlite_store, written(tmp_path, *rows), "gc-services-2019")
    assert report.counts == {**report.counts, "added": 0, "rejected": 2}


def test_an_older_file_adds_figures_and_reverts_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    name = "gc-services-2019"
    newest = [in_year(2021, "New", "onl", "5"), in_year(2021, "No figures", "tel", "ND", "2")]
    loaded(sqlite_store, written(tmp_path, *newest), name)
    before = services(sqlite_store)
    assert {service["source_ids"][0]["fiscal_year"] for service in before.values()} == {2021}
    older = [
        in_year(2020, "Old", "fax", "4"),
        in_year(2020, "Old", "fax", "ND", "2"),
        in_year(2020, "Gone", "tel", "1", "3"),
    ]
    report = loaded(sqlite_store, written(tmp_path, *older), name)
    assert report.counts == {**report.counts, "added": 1, "changed": 1, "unchanged": 1, "rejected": 0}
    told_older = [(p.severity, p.row, p.field, p.value) for p in report.problems if p.code == "older-than-kept"]
    assert told_older == [("warning", 2, "fiscal_yr", 2020), ("warning", 3, "fiscal_yr", 2020)]
    after = services(sqlite_store)
    first, second, third = sorted(after)
    assert {**after[first], "volumes": None} == {**before[first], "volumes": None}
    assert [volume["count"] for volume in after[first]["volumes"]] == [4, 5]
    assert after[second] == before[second]
    assert after[third]["source_ids"][0]["fiscal_year"] == 2020
    # The year that is kept comes again, and corrects it.
    assert loaded(sqlite_store, written(tmp_path, *newest), name).counts["unchanged"] == 2
    corrected = loaded(sqlite_store, written(tmp_path, in_year(2021, "Newer", "onl", "6")), name)
    assert [change.fields for change in corrected.changes if change.action == "changed"] == [["name", "volumes"]]


def test_a_row_of_no_year_says_so_where_a_year_is_needed(sqlite_store: Store, tmp_path: Path) -> None:
    loaded(sqlite_store, written(tmp_path, TRANSPORT, in_year(2020, "Roads", "onl", "ND", "2")), "gc-services-2019")
    report = loaded(sqlite_store, written(tmp_path, ("", *TRANSPORT[1:])), "gc-services-2019")
    faults = {(p.code, p.row, p.field) for p in report.problems if p.severity == "error"} - {
        ("reference-unknown", 2, "department_name_en"),
        ("needed-to-publish", 2, None),
    }
    assert faults == {("missing", 2, "online_applications")}
    # Facts without a year are taken; the year once kept stays.
    again = ("", "2", "Streets", *TRANSPORT[3:5], "")
    report = loaded(sqlite_store, written(tmp_path, again), "gc-services-2019")
    assert [change.fields for change in report.changes if change.action == "changed"] == [["name"]]
    report = loaded(sqlite_store, written(tmp_path, ("in 2020", *again[1:])), "gc-services-2019")
    assert ("wrong-type", 2, "fiscal_yr") in {(p.code, p.row, p.field) for p in report.problems}


def test_what_is_not_taken_breaks_no_rule_of_its_own(sqlite_store: Store, tmp_path: Path) -> None:
    header = (*HEADER, "service_url_en")
    said = (*TRANSPORT[:5], "7", "https://example.gc.ca")
    unsaid = (TRANSPORT[0], "2", *TRANSPORT[2:5], "ND", "see our site")
    report = loaded(sqlite_store, written(tmp_path, said, unsaid, header=header), "gc-services-2019")
    assert report.counts == {**report.counts, "added": 2, "rejected": 0}
    found = [{(p.code, p.pointer) for p in report.problems if p.record == f"service/{name}"} for name in SAID_UNSAID]
    # The one thing more is the warning at the cell itself.
    assert found[1] - found[0] == {("not-taken-as-given", "")}
    assert found[0] - found[1] == set()
    assert [(p.row, p.field) for p in report.problems if p.code == "not-taken-as-given"] == [(3, "service_url_en")]
    assert services(sqlite_store)[SAID_UNSAID[1]].keys().isdisjoint({"homepage", "volumes"})


SAID_UNSAID = ("ca-transport-canada-1", "ca-transport-canada-2")


def test_touchpoints_services_and_providers(sqlite_store: Store, tmp_path: Path) -> None:
    header = ("id", "name", "organization_name", "organization_abbreviation", "short_description", "kind", "channels")
    row = (
        "2",
        "Outpatient care",
        "Department of Veterans Affairs",
        "VA",
        "Care.",
        '["Benefits"]',
        '["phone", "computer"]',
    )
    loaded(sqlite_store, written(tmp_path, row, header=header), "touchpoints-services")
    [service] = services(sqlite_store).values()
    assert service == {
        "service_id": "va-2",
        "organization_id": "va",
        "name": "Outpatient care",
        "description": "Care.",
        "channels": [{"channel": "phone"}, {"channel": "website"}],
        "other_service_types": ["benefits"],
        "source_ids": [{"system": "touchpoints", "id": "2"}],
    }
    owner = ("organization_name", "organization_abbreviation")
    header = ("id", "service_provider_slug", "name", *owner, "year_designated", "inactive")
    row = ("36", "va-vha", "Veterans Health Administration", "Department of Veterans Affairs", "VA", "2019", "true")
    report = loaded(sqlite_store, written(tmp_path, row, header=header), "touchpoints-providers")
    # A provider is public as saved, so one of an organization that is not confirmed waits.
    assert report.counts["rejected"] == 1
    append(sqlite_store, OPERATOR, now, Change(record_type="organization", record_id="va", action="confirm"))
    assert loaded(sqlite_store, tmp_path / "services.csv", "touchpoints-providers").counts["added"] == 1
    [(_, provider)] = sqlite_store.all_documents("provider")
    assert (provider["provider_id"], provider["active"], provider["first_designated_fy"]) == ("va-vha", False, 2019)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("touchpoints-providers", "templates/service_providers_export.csv"),
        ("touchpoints-a11-v1", "templates/omb_cx_reporting_collections_export.csv"),
        ("a11-v1-template", "templates/a11_v1_submission_questions.csv"),
    ],
)
def test_every_column_of_a_real_header_is_spoken_for(name: str, header: str) -> None:
    path = SAMPLES / "touchpoints" / header
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand")
    with path.open(encoding="utf-8-sig", newline="") as file:
        columns = next(csv.reader(file))
    by = crosswalk(name, INVENTORY)
    assert [column for column in columns if column not in by.columns and column not in by.ignored] == []


# Crosswalks themselves.


@pytest.mark.parametrize("name", shipped())
def test_a_crosswalk_that_ships_fits_and_is_documented(name: str) -> None:
    by = crosswalk(name, INVENTORY)
    assert by.title and by.source and all(by.ignored.values())
    assert f"`{name}`" in (ROOT / "docs" / "crosswalks.md").read_text("utf-8")


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_documented(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "crosswalks.md").read_text("utf-8")


def test_the_example_of_the_guide_works(sqlite_store: Store, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "crosswalks.md").read_text("utf-8")
    example = tmp_path / "example.toml"
    example.write_text(guide.split("```toml\n")[1].split("```")[0], "utf-8")
    header = ("Number", "Office", "Title", "Story", "Channels", "Calls", "Year", "Remarks")
    row = ("A 1", "Office of Roads", "Roads", "I drive.<br>Often.", "Web;Counter", "12", "2026", "none")
    silent = ("A 2", "Office of Roads", "Bridges", "", "", "n/a", "2026", "")
    report = loaded(sqlite_store, written(tmp_path, row, silent, header=header), str(example))
    assert report.counts == {**report.counts, "read": 2, "added": 2, "rejected": 0}
    assert services(sqlite_store)["doi-office-of-roads-a-1"] == {
        "service_id": "doi-office-of-roads-a-1",
        "organization_id": "doi-office-of-roads",
        "name": "Roads",
        "occasion": {"story": "I drive.\nOften."},
        "channels": [{"channel": "website"}, {"channel": "in_person_service_center"}],
        "volumes": [{"fiscal_year": 2026, "channel": "phone", "kind": "calls", "count": 12}],
        "source_ids": [{"system": "old-register", "id": "A 1", "fiscal_year": 2026}],
    }
    assert "volumes" not in services(sqlite_store)["doi-office-of-roads-a-2"]
    # It says of a workbook which sheet, and that the notes beside it are known.
    with xlsxwriter.Workbook(tmp_path / "register.xlsx") as book:
        for title, lines in (("Notes", [("Read me",)]), ("Services", [header, row, silent])):
            sheet = book.add_worksheet(title)
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
    report = loaded(sqlite_store, tmp_path / "register.xlsx", str(example))
    assert report.counts == {**report.counts, "unchanged": 2, "rejected": 0}
    assert "unknown-table" not in report.problem_counts


OURS = """
title = "Ours"
source = "Our own list"
record_type = "service"
system = "ours"
[columns]
number = "@id"
owner = "@organization"
title = "name"
{more}
"""


def own(folder: Path, more: str) -> str:
    path = folder / "ours.toml"
    path.write_text(OURS.replace("{more}", more), "utf-8")
    return str(path)


def test_an_agency_writes_its_own(sqlite_store: Store, tmp_path: Path) -> None:
    name = own(tmp_path, 'by = { to = "channels.channel", split = "/", codes = "c" }\n[codes.c]\nweb = "website"')
    path = written(tmp_path, ("A 1", "Office of Roads", "Roads", "web"), header=("number", "owner", "title", "by"))
    assert loaded(sqlite_store, path, name).counts["added"] == 1
    assert services(sqlite_store)["office-of-roads-a-1"]["channels"] == [{"channel": "website"}]


QUARTERS = """
title = "Answers"
source = "A list of quarters"
record_type = "quarterly"
system = "ours"
[columns]
hisp = { to = "provider_id", codes = "hisps" }
service = "service_id"
year = "fiscal_year"
{quarter}
customers = { to = "customers", form = "count", none = ["n/a"] }
point = { to = "collections.collection_id", split = ";" }
[codes.hisps]
State = "dos-ca"
"""


def quarters(folder: Path, quarter: str = 'quarter = "term"') -> str:
    path = folder / "quarters.toml"
    path.write_text(QUARTERS.replace("{quarter}", quarter), "utf-8")
    return str(path)


def test_records_known_by_their_key_need_no_id_and_belong_where_their_provider_does(
    sample_store: Store, tmp_path: Path
) -> None:
    store = Store(sample_store.engine, WITH_QUARTERLY)
    header = ("hisp", "service", "year", "quarter", "customers", "point")
    service = next(head.record_id for head in store.page("service") if head.organization_id == "dos-ca")
    rows = [("State", service, "2026", quarter, "1,000", "online;phone") for quarter in ("1", "2")]
    name = quarters(tmp_path)
    report = loaded(store, written(tmp_path, *rows, header=header), name)
    assert report.counts == {**report.counts, "read": 2, "added": 2, "rejected": 0}
    kept = {head.record_id: (head.organization_id, document) for head, document in store.all_documents("quarterly")}
    assert set(kept) == {f"dos-ca/{service}/2026/1", f"dos-ca/{service}/2026/2"}
    owner, document = kept[f"dos-ca/{service}/2026/1"]
    assert owner == store.head("provider", "dos-ca").organization_id
    points = [{"collection_id": "online"}, {"collection_id": "phone"}]
    key = {"provider_id": "dos-ca", "service_id": service, "fiscal_year": 2026, "term": 1}
    assert document == {**key, "customers": 1000, "collections": points}
    assert loaded(store, tmp_path / "services.csv", name).counts["unchanged"] == 2
    # Twice, without a part of the key, with one that is no number, with a provider that nobody maps.
    strange = [(*rows[0][:3], quarter, *rows[0][4:]) for quarter in ("", "first")]
    unmapped = ("Nobody", *rows[0][1:])
    report = loaded(store, written(tmp_path, rows[0], rows[0], *strange, unmapped, header=header), name)
    assert report.counts == {**report.counts, "read": 5, "unchanged": 1, "rejected": 4}
    assert [(p.code, p.row, p.field) for p in report.problems] == [
        ("duplicate", 3, "hisp"),
        ("wrong-type", 5, "quarter"),
        ("missing", 4, "quarter"),
        ("unknown-code", 6, "hisp"),
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("", "no column leads to term"),
        ('quarter = "term"\nnumber = "@id"', "keeps no ids of other systems, so @id leads nowhere; it is known by"),
        ('quarter = "term"\nowner = "@organization"', "belongs to its provider, so @organization leads nowhere"),
    ],
)
def test_a_crosswalk_says_what_its_kind_of_record_is_known_by(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        crosswalk(quarters(tmp_path, more), WITH_QUARTERLY)


def test_an_owner_may_be_named_by_our_id(sqlite_store: Store, tmp_path: Path) -> None:
    save(sqlite_store, "organization", "tc", organization_id="tc", name="Transport Canada")
    path = tmp_path / "ids.toml"
    path.write_text(OURS.replace("@organization", "organization_id").replace("{more}", ""), "utf-8")
    rows = [("1", "tc", "Licences"), ("2", "", "Nobody's")]
    report = loaded(sqlite_store, written(tmp_path, *rows, header=("number", "owner", "title")), str(path))
    assert report.counts == {**report.counts, "added": 1, "rejected": 1}
    assert services(sqlite_store)["tc-1"]["organization_id"] == "tc"
    assert [(p.row, p.field) for p in report.problems if p.code == "missing"] == [(3, "owner")]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('x = "source_ids.id"', "source_ids.id is filled from @id"),
        ('x = "nam"', "there is no field nam, perhaps name"),
        ('x = "channels"', "there is no field channels"),
        ('x = "@nothing"', "there is no @nothing"),
        ('x = { to = "name", form = "magic" }', "there is no form magic"),
        ('x = { to = "name", split = "," }', "takes one value"),
        ('x = { to = "channels.channel", codes = "c" }', "there are no codes c"),
        ('x = { to = "channels.channel", codes = "c" }\n[codes.c]\na = "pigeon"', "pigeon is no channel"),
        ('[codes.c]\na = "website"', "the codes c are used by no column"),
        ('x = { to = "volumes.count", beside = { year = "1" } }', "there is no field volumes.year"),
        ('x = { to = "volumes.count", beside = { kind = "guesses" } }', "guesses is no kind"),
        ('[ignored]\ntitle = "no"', "title is both a column and ignored"),
        ("surprise = 1", "columns.surprise: Expected"),
        ('x = { to = "volumes.count", beside = { fiscal_year = "@yaer" } }', "x: beside: there is no @yaer"),
        ('x = { to = "volumes.count", fomr = "count" }', "there is no columns.x.fomr, perhaps form"),
        ('x = { form = "count" }', "columns.x.to is missing"),
        ('x = { to = "name", split = 7 }', "columns.x.split: Expected"),
        ('[codes]\nc = "website"', "codes.c: Expected"),
        ("[codes.c]\na = 7", "codes.c.a: Expected"),
        ('x = { to = "@parent", split = "/" }', "x: @parent takes the cell as a whole, so split would do nothing"),
        ('x = { to = "@year", codes = "c" }\n[codes.c]\na = "2026"', "x: @year takes .* so codes would do nothing"),
        ('x = { to = "@parent", beside = { a = "b" } }', "x: @parent takes .* so beside would do nothing"),
    ],
)
def test_a_crosswalk_that_does_not_fit_is_refused(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        crosswalk(own(tmp_path, more), INVENTORY)


@pytest.mark.parametrize("system", ["", "Our List", "ours_2", "ours\\n"])
def test_the_name_of_a_system_is_one_that_records_take(tmp_path: Path, system: str) -> None:
    path = Path(own(tmp_path, ""))
    path.write_text(path.read_text("utf-8").replace('system = "ours"', f'system = "{system}"'), "utf-8")
    with pytest.raises(Unreadable, match=r"(?s)system: .* is not lowercase letters and digits"):
        crosswalk(str(path), INVENTORY)


MANY_MISTAKES = """
title = "Ours"
sorce = "Our own list"
zzz = 1
qqq = 2
record_type = "service"
system = 7
[columns]
number = "@id"
owner = "@organisation"
title = { to = "name", fomr = "count" }
text = 5
ways = { to = "channels.channel", codes = "ways" }
calls = { to = "volumes.count", beside = { fiscal_year = "@yaer", kind = "guesses" } }
[codes.ways]
a = "pigeon"
"""


def test_all_mistakes_of_a_crosswalk_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(MANY_MISTAKES, "utf-8")
    with pytest.raises(Unreadable) as refused:
        crosswalk(str(tmp_path / "ours.toml"), INVENTORY)
    assert str(refused.value).partition("fit: ")[2].split("; ") == [
        "there is no sorce, perhaps source",
        "there is no zzz",
        "there is no qqq",
        "system: Expected `str`, got `int`",
        "there is no columns.title.fomr, perhaps form",
        "columns.text: Expected `str | object`, got `int`",
        "source is missing",
        "owner: there is no @organisation",
        f"there are {', '.join(SPECIAL)}",
        "ways: codes.ways: pigeon is no channel",
        "calls: beside: there is no @yaer",
        f"there are {', '.join(SPECIAL)}",
        "calls: guesses is no kind",
    ]


def test_a_crosswalk_is_found_by_name_or_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"There is no file .*nope\.toml"):
        crosswalk(str(tmp_path / "nope.toml"), INVENTORY)
    with pytest.raises(Unreadable, match="there are a11-v1-template, gc-services-2019"):
        crosswalk("nothing", INVENTORY)
    with pytest.raises(Unreadable, match="a column number"):
        path = written(tmp_path, ("a",), header=("title",))
        opened([path], INVENTORY, None, None, own(tmp_path, ""))


@pytest.mark.parametrize(
    ("form", "cell", "value"),
    [
        ("address", "https://a.gov/x", "https://a.gov/x"),
        ("address", "a.gov/x", "https://a.gov/x"),
        ("address", "https://a.gov/x,https://b.gov", "https://a.gov/x"),
        ("address", "https://a.gov/x,y", "https://a.gov/x,y"),
        ("address", "https://a.gov <> https://b.gov", "https://a.gov"),
        ("address", "N/A", None),
        ("address", "http://", None),
        ("address", "See our site", None),
        ("count", "8,586,476", "8586476"),
        ("count", "007", "7"),
        ("count", "1,2", "1,2"),
        ("year_ending", "2019-2020", "2020"),
        ("year_ending", "2019", "2020"),
        ("year_ending", "2019-2021", "2019-2021"),
        ("before_bar", "Health | Santé", "Health"),
        ("listed", '["a", "b"]', "a,b"),
        ("listed", "[]", None),
    ],
)
def test_awkward_cells(form: str, cell: str, value: str | None) -> None:
    formed = FORMS[form](cell)
    assert isinstance(formed, Formed)
    assert formed.value == value
    # Whatever an address loses is told.
    assert bool(formed.told) == ((form == "address" and value != cell) or cell == "007")


# Everything that is wrong with a row, whatever the row.

REGISTER = ("Number", "Office", "Title", "Channels", "Calls", "Year", "Remarks")


@pytest.fixture
def example(tmp_path: Path) -> str:
    """The crosswalk of the guide, as a file."""
    guide = (ROOT / "docs" / "crosswalks.md").read_text("utf-8")
    (tmp_path / "example.toml").write_text(guide.split("```toml\n")[1].split("```")[0], "utf-8")
    return str(tmp_path / "example.toml")


def faults(report: Report) -> list[tuple[int | None, str | None, str, object]]:
    problems = [problem for problem in report.problems if problem.severity == "error"]
    return [(problem.row, problem.field, problem.code, problem.value) for problem in problems]


def test_cells_under_no_column_are_told(sqlite_store: Store, tmp_path: Path, example: str) -> None:
    row = ("6", "Bureau Y", "Name", "Web", "1", "2024", "x", "too", "", "many")
    blank = (*REGISTER[:6], "", "Remarks")
    report = loaded(sqlite_store, written(tmp_path, row, header=REGISTER), example)
    assert (2, None, "unknown-field", "too | many") in faults(report)
    assert (report.counts["rejected"], report.counts["added"]) == (1, 0)
    report = loaded(sqlite_store, written(tmp_path, (*row[:6], "unnamed", "x"), header=blank), example)
    assert (2, None, "unknown-field", "unnamed") in faults(report)


def test_a_column_given_twice_is_refused(sqlite_store: Store, tmp_path: Path, example: str) -> None:
    row = ("6", "Bureau Y", "Name", "Web", "1", "2024", "x", "Other")
    with pytest.raises(Unreadable, match="the column Title twice"):
        loaded(sqlite_store, written(tmp_path, row, header=(*REGISTER, "Title")), example)


def test_a_row_of_no_record_tells_everything_that_is_wrong(sqlite_store: Store, tmp_path: Path, example: str) -> None:
    rows = [("3", "", "NoOrg", "Webb", "1.5", "abcd", ""), ("", "", "x" * 999, "Web", "1", "2024", "")]
    report = loaded(sqlite_store, written(tmp_path, *rows, header=REGISTER), example)
    told = faults(report)
    assert {fault[:3] for fault in told if fault[0] == 2} == {
        (2, "Channels", "unknown-code"),
        (2, "Office", "missing"),
        (2, "Calls", "wrong-type"),
        (2, "Year", "wrong-type"),
    }
    assert {fault[:3] for fault in told if fault[0] == 3} == {
        (3, "Number", "missing"),
        (3, "Office", "missing"),
        (3, "Title", "too-long"),
    }


def test_a_row_told_twice_says_nothing_of_what_became_of_the_first(
    sqlite_store: Store, tmp_path: Path, example: str
) -> None:
    rows = [("3", "Roads", "x" * 999, "Web", "1", "2024", ""), ("3", "Roads", "Name", "Web", "1", "2024", "")]
    report = loaded(sqlite_store, written(tmp_path, *rows, header=REGISTER), example)
    (twice,) = [problem for problem in report.problems if problem.code == "duplicate"]
    assert (twice.row, report.counts["rejected"]) == (3, 2)
    assert "kept" not in twice.message
