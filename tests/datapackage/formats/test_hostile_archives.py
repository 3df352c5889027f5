"""Archives and workbooks that would fill the memory are refused before they do, and honest ones are not."""

import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from datapackage.formats import archives
from datapackage.loading.load import preview
from datapackage.loading.open_inputs import opened
from datapackage.loading.plan import Plan
from datapackage.loading.report import Report
from datapackage.sheets import xlsx_limits, xlsx_text
from datapackage.sheets.sheet import MOST_OF_A_ROW
from datapackage.sheets.xlsx_formulas import formulas_without_value
from datapackage.sheets.xlsx_reader import Workbook
from inventory.errors import Unreadable
from inventory.records.registry import INVENTORY
from tests.conftest import TODAY

DESCRIPTOR = '{"resources": [{"name": "services", "path": "services.csv"}]}'
HEADER = "service_id,organization_id,name\n"


def checked(path: Path) -> Report:
    inputs, _ = opened([path], INVENTORY, None, None, None)
    return preview(Plan(INVENTORY, None, TODAY), inputs)


def packed(path: Path, megabytes: int, more: bytes = b"a" * 2**20, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("datapackage.json", DESCRIPTOR)
        with archive.open("services.csv", "w", force_zip64=True) as file:
            file.write(HEADER.encode())
            for _ in range(megabytes):
                file.write(more)
    return path


def refused(path: Path, message: str) -> None:
    began = time.monotonic()
    with pytest.raises(Unreadable, match=message):
        checked(path)
    assert time.monotonic() - began < 10


def test_a_zip_that_holds_far_more_than_its_size_is_refused(tmp_path: Path) -> None:
    refused(packed(tmp_path / "bomb.zip", 100), "more than 60 times its own size")


def test_a_row_without_an_end_is_refused(tmp_path: Path) -> None:
    refused(packed(tmp_path / "line.zip", 20), f"a row of more than {MOST_OF_A_ROW:,} characters")
    refused(packed(tmp_path / "row.zip", 20, b'"\n",' * 2**18), f"a row of more than {MOST_OF_A_ROW:,} characters")
    (tmp_path / "services.csv").write_text(HEADER + "x," * MOST_OF_A_ROW, "utf-8")
    refused(tmp_path / "services.csv", "after row 1, a row of more than")


def test_another_method_of_packing_is_refused(tmp_path: Path) -> None:
    refused(packed(tmp_path / "other.zip", 1, b"", zipfile.ZIP_BZIP2), "another method")


def test_the_absolute_bounds_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 1)
    refused(packed(tmp_path / "many.zip", 1, b""), "more than 1 files")


def a_workbook(path: Path, *places: tuple[int, int]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("services")
        for column, name in enumerate(HEADER.strip().split(",")):
            sheet.write(0, column, name)
        for row, column in places:
            sheet.write(row, column, "z")
    return path


def rewritten(path: Path, change: Callable[[bytes], bytes]) -> Path:
    with zipfile.ZipFile(path) as book:
        members = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, body in members.items():
            book.writestr(name, change(body) if name == "xl/worksheets/sheet1.xml" else body)
    return path


def test_a_workbook_of_few_cells_far_apart_is_refused(tmp_path: Path) -> None:
    far = a_workbook(tmp_path / "far.xlsx", (1_048_575, 16_383))
    refused(far, "a cell as far out as row 1,048,576, column 16,384")
    quoted = rewritten(far, lambda body: body.replace(b'"', b"'"))
    refused(quoted, "as far out as")


def test_a_workbook_of_many_sheets_that_are_large_together_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for number in range(40):
            book.add_worksheet(f"s{number}").write_string(999_999, 19, "x")
    assert path.stat().st_size < 40_000
    refused(path, "its sheets reach over more than 20,000,000 cells in all")


def test_sheets_that_are_one_member_are_counted_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "same.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for number in range(3):
            book.add_worksheet(f"s{number}").write_string(9, 9, "x")
    monkeypatch.setattr("datapackage.sheets.xlsx_limits.MOST_CELLS", 250)
    monkeypatch.setattr("datapackage.sheets.xlsx_reader.check_workbook", lambda path, sizes: None)
    sheets = Workbook(path).sheets
    assert (len(sheets["s0"]), len(sheets["s1"])) == (10, 10)
    with pytest.raises(Unreadable, match="more than 250 cells in all"):
        sheets["s2"]


def test_a_workbook_whose_cells_tell_no_place_is_counted(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "plain.xlsx", *((0, column) for column in range(3, 30)))

    def without_places(body: bytes) -> bytes:
        bare = re.sub(rb' r="[A-Z0-9]+"', b"", body)
        return bare.replace(b"</sheetData>", b"<row/>" * 900_000 + b"<row><c><v>1</v></c></row></sheetData>")

    refused(rewritten(path, without_places), "as far out as row 900,002, column 30")


def test_cells_that_hold_nothing_do_not_count(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "styled.xlsx", (1, 0))
    row = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    book = Workbook(rewritten(path, lambda body: body.replace(b"</sheetData>", row)))
    assert len(book.sheets["services"]) == 2


def test_a_workbook_that_says_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "lies.xlsx", (1, 0))
    rewritten(path, lambda body: body + b" " * 5_000_000)
    with zipfile.ZipFile(path) as book:
        size = book.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    refused(path, "does not hold what it says|damaged")


def test_a_workbook_that_is_too_large_or_damaged_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_workbook(tmp_path / "large.xlsx", (1, 0))
    monkeypatch.setattr(xlsx_limits, "MOST_BYTES", 5_000)
    refused(path, "5,000 bytes")
    monkeypatch.undo()
    body = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as book:
        begins = book.getinfo("xl/worksheets/sheet1.xml").header_offset
    body[begins + 80 : begins + 120] = b"\0" * 40
    path.write_bytes(body)
    refused(path, "damaged|not an XLSX")


def with_members(path: Path, **members: Callable[[bytes], bytes]) -> Path:
    """The workbook with some of its members changed, by their last names."""
    with zipfile.ZipFile(path) as book:
        found = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, body in found.items():
            change = members.get(name.rpartition("/")[2].removesuffix(".xml"))
            book.writestr(name, change(body) if change else body)
    return path


def repeating(times: int, attributes: bytes = b't="s"') -> Callable[[bytes], bytes]:
    """A sheet in which so many cells hold the last string there is."""
    cell = b"<row><c " + attributes + b"><v>3</v></c></row>"
    return lambda body: body.replace(b"</sheetData>", cell * times + b"</sheetData>")


def long(string: bytes) -> Callable[[bytes], bytes]:
    return lambda body: body.replace(b"<t>z</t>", b"<t>" + string + b"</t>")


@pytest.mark.parametrize("attributes", [b't="s"', b"t='s'", b's="1" t = "s" '])
def test_a_long_string_in_very_many_cells_is_refused(tmp_path: Path, attributes: bytes) -> None:
    path = a_workbook(tmp_path / "repeats.xlsx", (1, 0))
    with_members(path, sheet1=repeating(20_000, attributes), sharedStrings=long(b"q" * 30_000))
    refused(path, "bytes of text, more than")


def test_a_cell_that_hides_which_string_it_holds_counts_as_the_longest(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "hides.xlsx", (1, 0))
    hidden = b'<row><c t="s"><f>1</f><v>&#48;</v></c></row>' * 20_000
    with_members(
        path,
        sheet1=lambda body: body.replace(b"</sheetData>", hidden + b"</sheetData>"),
        sharedStrings=long(b"q" * 30_000),
    )
    refused(path, "bytes of text, more than")


def test_strings_between_which_something_hides_are_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "comments.xlsx", (1, 0))
    with_members(path, sheet1=repeating(100_000), sharedStrings=long(b"q" * 30_000 + b"<!-- <si> -->"))
    refused(path, "save it anew")


def test_a_long_string_and_many_short_ones_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_text, "MOST_TEXT", 100_000)
    path = a_workbook(tmp_path / "fine.xlsx", *((row, 0) for row in range(1, 1000)))
    with_members(
        path, sharedStrings=lambda body: body.replace(b"</sst>", b"<si><t>" + b"q" * 30_000 + b"</t></si></sst>")
    )
    assert len(Workbook(path).sheets["services"]) == 1000


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1) if n else b"&a;") * 10) for n in range(9)
)


@pytest.mark.parametrize(
    ("declared", "named"),
    [(ENTITIES + b"]>", b"&a8;"), (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', b"&e;")],
)
def test_entities_of_a_workbook_are_not_followed(tmp_path: Path, declared: bytes, named: bytes) -> None:
    path = a_workbook(tmp_path / "entities.xlsx", (1, 0))
    with_members(path, sharedStrings=lambda body: long(named)(body).replace(b"<sst", declared + b"<sst", 1))
    refused(path, "not an XLSX workbook")


def test_a_sheet_under_another_name_is_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "named.xlsx", (1, 0))
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/media/image1.png", b" " * 1_048_570 + b"<worksheet><sheetData/></worksheet>")
    refused(path, "a sheet that is not named .xml")


def test_a_link_in_a_zip_leads_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("datapackage.json", DESCRIPTOR)
        link = zipfile.ZipInfo("services.csv")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    refused(path, "its first row is: /etc/passwd")
    archives.unpack(path, tmp_path / "out")
    assert not (tmp_path / "out" / "services.csv").is_symlink()


def test_a_zip_in_a_zip_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "nested.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("datapackage.json", DESCRIPTOR.replace("services.csv", "inner.zip"))
        archive.writestr("inner.zip", packed(tmp_path / "inner.zip", 1).read_bytes())
    refused(path, "inner.zip is not a CSV file")


def test_parts_that_are_read_whole_are_bounded(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "styles.xlsx", (1, 0))
    with_members(path, styles=lambda body: body.replace(b"</cellXfs>", b"<xf/>" * 4_000_000 + b"</cellXfs>"))
    refused(path, "styles.xml has more than 16,777,216 bytes")


def test_very_many_empty_strings_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_text, "MOST_STRINGS", 100_000)
    path = a_workbook(tmp_path / "strings.xlsx", (1, 0))
    with_members(path, sharedStrings=lambda body: body.replace(b"</sst>", b"<si/>" * 100_001 + b"</sst>"))
    refused(path, "more than 100,000 strings")


def test_very_many_sheets_are_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "sheets.xlsx", (1, 0))
    sheet = b'<sheet name="a" sheetId="9" r:id="rId1"/>'
    with_members(path, workbook=lambda body: body.replace(b"</sheets>", sheet * 500 + b"</sheets>"))
    refused(path, "more than 500 sheets")
    path = a_workbook(tmp_path / "same.xlsx", (1, 0))
    with_members(path, workbook=lambda body: body.replace(b"</sheets>", sheet + b"</sheets>"))
    refused(path, "two sheets that are one part")


FORMULA = b"<row><c><f>1</f><v>1</v></c></row>"


def test_deeply_nested_elements_are_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "deep.xlsx", (1, 0))
    with_members(path, sheet1=lambda body: body.replace(b"</sheetData>", FORMULA + b"<a>" * 1_000_000))
    refused(path, "100 within one another")


def test_empty_rows_with_formulas_need_little_memory(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "rows.xlsx", (1, 0))
    with_members(
        path, sheet1=lambda body: body.replace(b"</sheetData>", FORMULA + b"<row/>" * 200_000 + b"</sheetData>")
    )
    tracemalloc.start()
    assert formulas_without_value(path) == {}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "encoding.xlsx", (1, 0))
    with_members(path, workbook=lambda body: body.replace(b'encoding="UTF-8"', b'encoding="true"'))
    refused(path, "unknown encoding: true")


def test_a_very_wide_sheet_is_refused(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "wide.xlsx", (1, 0))
    with_members(path, sheet1=lambda body: body.replace(b"</row>", b"<c><v>1</v></c>" * 100_000 + b"</row>", 1))
    refused(path, "columns, more than 16,384")
    (tmp_path / "services.csv").write_text("a," * 500_000 + "service_id\n", "utf-8")
    refused(tmp_path / "services.csv", "columns, more than 16,384")


def test_a_damaged_member_of_a_package_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "crc.zip", 0)
    body = bytearray(path.read_bytes())
    body[body.rindex(b"PK\x01\x02") + 16] ^= 1  # the checksum of the last member
    path.write_bytes(body)
    refused(path, "crc.zip is damaged: Bad CRC-32")


def test_a_file_without_a_name_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "nameless.zip", 0)
    body = bytearray(path.read_bytes())
    body[body.index(b"PK\x01\x02") + 28] = 0  # how long the name is
    path.write_bytes(body)
    refused(path, "without a name|not a zip file")


def test_a_message_names_few_columns(tmp_path: Path) -> None:
    path = tmp_path / "services.csv"
    path.write_text("service_id," + ",".join(f"{name:0>300},{name:0>300}" for name in range(100)), "utf-8")
    with pytest.raises(Unreadable) as refusal:
        checked(path)
    assert len(str(refusal.value)) < 1000


def test_a_message_names_no_more_than_a_few_bytes(tmp_path: Path) -> None:
    path = packed(tmp_path / "name.zip", 0)
    body = bytearray(path.read_bytes() + b"x" * 70_000)
    at = body.index(b"PK\x03\x04", 4) + 26  # how long the name in front of the last member is
    body[at : at + 2] = b"\xff\xff"
    path.write_bytes(body)
    with pytest.raises(Unreadable) as refusal:
        checked(path)
    assert len(str(refusal.value)) < 1000
