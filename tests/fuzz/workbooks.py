"""Workbooks whose parts are not as they should be."""

import io
import re
import zipfile
from collections.abc import Callable
from functools import cache

import xlsxwriter
from hypothesis import strategies as st

from tests.fuzz.tables import TABLES, Tables, tables
from tests.fuzz.texts import any_text, damaged, nasty

Parts = dict[str, bytes]
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TOKENS = re.compile(rb"<[^>]*>|[^<]+")
_ATTRIBUTE = re.compile(rb"""([\w:]+)=(["'])(.*?)\2""")

ATTRIBUTES = (
    *(
        b"",
        b"0",
        b"-1",
        b"1",
        b"2",
        b"14",
        b"22",
        b"45",
        b"164",
        b"99999",
        b"4294967296",
        b"9" * 30,
        b"1.5",
        b"true",
        b"x",
    ),
    *(b"s", b"n", b"b", b"e", b"d", b"str", b"inlineStr", b"shared", b"array", b"dataTable", b"hidden", b"veryHidden"),
    *(
        b"A0",
        b"A1",
        b"B2",
        b"a1",
        b"XFD1048576",
        b"J90000",
        b"A1048577",
        b"ZZZZ1",
        b"AAAAAAAAAA99999999999",
        b"A1:XFD1048576",
    ),
    *(
        b"B2:A1",
        b"1:1",
        b"$A$1",
        b"A",
        b"1048576",
        b"rId1",
        b"rId99",
        b"/xl/worksheets/sheet1.xml",
        b"worksheets/sheet1.xml",
    ),
    *(
        b"../xl/worksheets/sheet1.xml",
        b"../../etc/passwd",
        b"http://127.0.0.1/x",
        b"file:///etc/passwd",
        b"sharedStrings.xml",
    ),
    *(
        b"&#0;",
        b"&#xD800;",
        b"&x;",
        b"&lt;",
        b"\xff",
        b"services",
        b"codes",
        b"Read me",
        b"x" * 40,
        b"a:b",
        b"[]",
        b"'x'",
    ),
    *(b"yyyy-mm-dd", b"[h]:mm", b"General;@", b'"x"0', b"mm:ss.0"),
)
SNIPPETS = (
    *(b"", b"<c/>", b'<c r="A2"/>', b'<c r="B3"><v>1</v></c>', b'<c t="s"><v>0</v></c>', b'<c t="s"><v>-1</v></c>'),
    *(
        b'<c t="s"><v>99999999</v></c>',
        b'<c t="s"><v></v></c>',
        b'<c t="e"><v>#N/A</v></c>',
        b'<c t="e"><v>x</v></c>',
        b'<c t="b"><v>2</v></c>',
    ),
    *(
        b'<c t="d"><v>2026-01-01</v></c>',
        b'<c t="d"><v>x</v></c>',
        b'<c s="1"><v>2958466</v></c>',
        b'<c s="1"><v>-1e300</v></c>',
    ),
    *(
        b"<c><v>1e999</v></c>",
        b"<c><v>NaN</v></c>",
        b"<c><v>x</v></c>",
        b"<c><f>1/0</f></c>",
        b"<c><f>A1</f><v>3</v></c>",
    ),
    *(b'<c><f t="shared" ref="A1:XFD1048576" si="0">A1</f><v>3</v></c>', b'<c><f t="shared" si="9"/><v>1</v></c>'),
    *(
        b'<c t="inlineStr"><is><t>x</t></is></c>',
        b'<c t="inlineStr"><is/></c>',
        b'<c t="inlineStr"><is><r><t>a</t></r><rPh><t>b</t></rPh></is></c>',
    ),
    *(
        b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        b'<row r="0"><c r="A0"><v>1</v></c></row>',
        b'<row><c r="XFD1"><v>1</v></c></row>',
    ),
    *(b'<row r="90000"><c r="J90000"><v>1</v></c></row>', b"<row/>" * 5000, b"<row><c><v>1</v></c></row>" * 500),
    *(
        b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        b'<mergeCell ref="x"/>',
        b'<dimension ref="A1:XFD1048576"/>',
    ),
    *(
        b"<si/>",
        b"<si><t/></si>",
        b"<si><t>x</t></si>" * 50,
        b"<t>z</t>",
        b'<t xml:space="preserve"> </t>',
        b"<r><t>a</t></r>",
        b"<rPh><t>b</t></rPh>",
    ),
    *(
        b"<!-- c -->",
        b"<![CDATA[<c/>]]>",
        b"<?pi?>",
        b"<!DOCTYPE x>",
        b'<!DOCTYPE x [<!ENTITY x "y">]>',
        b"&x;",
        b"&#0;",
        b"&#x1F600;",
    ),
    *(
        b"_x0000_",
        b"_x000D_",
        b"</row>",
        b"</sheetData>",
        b"<sheetData/>",
        b"</worksheet>",
        b"<v>",
        b"</v>",
        b"text",
        b"\0",
        b"\xff",
    ),
    *(b'<numFmt numFmtId="164" formatCode="yyyy"/>', b'<xf numFmtId="14"/>', b"<xf/>", b'<workbookPr date1904="1"/>'),
    *(
        b'<sheet name="services" sheetId="9" r:id="rId1"/>',
        b'<sheet name="x" sheetId="9" r:id="rId77"/>',
        b'<definedName name="x">#REF!</definedName>',
    ),
    *(
        b'<Relationship Id="rId1" Type="x" Target="y"/>',
        b"<x:c/>",
        b'<x:row xmlns:x="y"/>',
        b"x" * 40_000,
        b"<a>" * 3000,
    ),
)


@st.composite
def parts(draw: st.DrawFn) -> Parts:
    """The parts of a workbook of some tables, with a few of them changed."""
    as_numbers, kind = draw(st.booleans()), draw(st.sampled_from(sorted(TABLES)))
    found = dict(plain_parts(kind, as_numbers))
    if draw(st.integers(0, 4)) == 0:
        found = _parts(draw(tables(2)), as_numbers=as_numbers)
    for _ in range(draw(st.integers(0, 3))):
        draw(st.sampled_from(CHANGES))(draw, found)
    return found


@cache
def plain_parts(record_type: str, as_numbers: bool) -> Parts:
    """The parts of a workbook of valid records."""
    return _parts(TABLES[record_type], as_numbers=as_numbers)


def _parts(sheets: Tables, *, as_numbers: bool) -> Parts:
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_numbers": as_numbers,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(file, {**options, "nan_inf_to_errors": True}) as book:
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name[:31])
            for number, row in enumerate(rows[:50]):
                for column, cell in enumerate(row[:60]):
                    sheet.write(number, column, cell[:30_000], dates if as_numbers and cell[:1].isdigit() else None)
    with zipfile.ZipFile(file) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _some_part(draw: st.DrawFn, found: Parts) -> str:
    """Sheets, strings and what leads to them are hit more often than the rest."""
    telling = [name for name in sorted(found) if re.search("sheet|sharedStrings|workbook|styles|Content", name)]
    return draw(st.sampled_from(telling or sorted(found)))


def _edited(change: Callable[[st.DrawFn, list[bytes]], None]) -> Callable[[st.DrawFn, Parts], None]:
    def edit(draw: st.DrawFn, found: Parts) -> None:
        name = _some_part(draw, found)
        tokens = _TOKENS.findall(found[name])
        if tokens:
            change(draw, tokens)
            found[name] = b"".join(tokens)

    return edit


def _attribute(draw: st.DrawFn, tokens: list[bytes]) -> None:
    with_some = [at for at, token in enumerate(tokens) if _ATTRIBUTE.search(token)]
    if with_some:
        at = draw(st.sampled_from(with_some))
        found = draw(st.sampled_from(list(_ATTRIBUTE.finditer(tokens[at]))))
        value = draw(st.sampled_from(ATTRIBUTES))
        tokens[at] = tokens[at][: found.start(3)] + value + tokens[at][found.end(3) :]


def _no_attribute(draw: st.DrawFn, tokens: list[bytes]) -> None:
    at = draw(st.integers(0, len(tokens) - 1))
    tokens[at] = _ATTRIBUTE.sub(b"", tokens[at], count=draw(st.integers(1, 3)))


def _text(draw: st.DrawFn, tokens: list[bytes]) -> None:
    texts = [at for at, token in enumerate(tokens) if not token.startswith(b"<")]
    if texts:
        tokens[draw(st.sampled_from(texts))] = draw(nasty | any_text).encode("utf-8", "replace").replace(b"<", b"&lt;")


def _snippet(draw: st.DrawFn, tokens: list[bytes]) -> None:
    tokens.insert(
        draw(st.integers(0, len(tokens))), draw(st.integers(0, len(SNIPPETS) - 1).map(lambda at: SNIPPETS[at]))
    )


def _no_tokens(draw: st.DrawFn, tokens: list[bytes]) -> None:
    at = draw(st.integers(0, len(tokens)))
    del tokens[at : at + draw(st.integers(1, 6))]


def _tokens_again(draw: st.DrawFn, tokens: list[bytes]) -> None:
    at, length = draw(st.integers(0, len(tokens) - 1)), draw(st.integers(1, 12))
    tokens[at:at] = tokens[at : at + length] * draw(st.sampled_from((1, 2, 200)))


def _bytes(draw: st.DrawFn, found: Parts) -> None:
    name = _some_part(draw, found)
    found[name] = draw(damaged(found[name]))


def _no_part(draw: st.DrawFn, found: Parts) -> None:
    if len(found) > 1:
        del found[draw(st.sampled_from(sorted(found)))]


def _renamed(draw: st.DrawFn, found: Parts) -> None:
    name = draw(st.sampled_from(sorted(found)))
    found[draw(st.sampled_from((name.upper(), f"{name}.bak", f"/{name}", f"xl/{name}", "xl/vbaProject.bin")))] = (
        found.pop(name)
    )


def _another_encoding(draw: st.DrawFn, found: Parts) -> None:
    name = _some_part(draw, found)
    found[name] = (
        found[name].decode("utf-8", "replace").encode(draw(st.sampled_from(("utf-16", "utf-8-sig", "utf-32"))))
    )


CHANGES: tuple[Callable[[st.DrawFn, Parts], None], ...] = (
    *(_edited(_attribute),) * 4,
    *(_edited(_text),) * 3,
    *(_edited(_snippet),) * 4,
    *(_edited(_no_tokens), _edited(_tokens_again), _edited(_no_attribute)),
    *(_bytes, _no_part, _renamed, _another_encoding),
)
