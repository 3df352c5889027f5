"""Bodies that nobody means well: JSON, NDJSON, data packages and workbooks, each made when it is needed."""

import io
import json
import zipfile
from collections.abc import Callable

MB = 2**20


def deep(times: int, begin: bytes = b"[", end: bytes = b"]") -> Callable[[], bytes]:
    """Values within one another."""
    return lambda: begin * times + end * times


def repeated(piece: bytes, times: int, before: bytes = b"", after: bytes = b"") -> Callable[[], bytes]:
    """The piece so many times."""
    return lambda: before + piece * times + after


def _lines(of: bytes, times: int) -> Callable[[], bytes]:
    return repeated(of + b"\n", times)


SERVICE = b'{"service_id":"x","organization_id":"dos","name":"X"'
CHANNELS = repeated(b"{},", 100_000, SERVICE + b',"channels":[', b"{}]}")
DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "100,000 empty channels": CHANNELS,
    "nested": deep(500_000),
    "nested objects": deep(300_000, b'{"a":', b"}"),
    "millions of numbers": repeated(b"1,", 900_000, b"[", b"1]"),
    "millions in a field": repeated(b"1,", 900_000, SERVICE + b',"channels":[', b"1]}"),
    "a long text": repeated(b"x", 1_900_000, SERVICE + b',"description":"', b'"}'),
    "a text of escapes": repeated(b"\\u0000", 300_000, SERVICE + b',"description":"', b'"}'),
    "a text to normalize": repeated("e\u0301".encode(), 600_000, SERVICE + b',"description":"', b'"}'),
    "a key again and again": repeated(b'"name":1,', 200_000, SERVICE + b",", b'"a":1}'),
    "very many keys": lambda: SERVICE + b"," + b",".join(b'"k%d":1' % n for n in range(150_000)) + b"}",
    "a large number": repeated(b"9", 1_000_000, SERVICE + b',"completeness":', b"}"),
    "a number with a large exponent": lambda: SERVICE + b',"fees_charged":1e999999999}',
    "channels that differ": lambda: (
        SERVICE + b',"channels":[' + b",".join(b'{"channel":"website","url":"%d"}' % n for n in range(40_000)) + b"]}"
    ),
    "invalid UTF-8": repeated(b"\xff", 1_000_000, b'"', b'"'),
    "half of a character": repeated(b"\\ud800", 200_000, b'"', b'"'),
    "half of it": lambda: CHANNELS()[:200_000],
    "nothing": bytes,
}
LINES: dict[str, Callable[[], bytes]] = {
    "300 KB of empty objects": _lines(b"{}", 100_000),
    "6 MB of empty objects": _lines(b"{}", 2_000_000),
    "empty lists": _lines(b"[]", 500_000),
    "no JSON": _lines(b"x", 500_000),
    "invalid UTF-8": _lines(b"\xff" * 20, 100_000),
    "one line": lambda: CHANNELS(),
    "nested lines": _lines(b"[" * 5000 + b"]" * 5000, 200),
    "services without a name": lambda: b"".join(
        b'{"service_id":"h%d","organization_id":"dos"}\n' % n for n in range(50_000)
    ),
    "one service again": _lines(SERVICE + b"}", 50_000),
    "parents in a circle": lambda: b"".join(
        b'{"organization_id":"h%d","parent_id":"h%d","name":"x"}\n' % (n, (n + 1) % 20_000) for n in range(20_000)
    ),
    "unknown fields": lambda: SERVICE[:-1] + b'"' + b"".join(b',"f%d":1' % n for n in range(100_000)) + b"}\n",
    "rejects of rejects": _lines(b'{"raw":{"raw":{},"problems":[]},"problems":[]}', 100_000),
    "long texts": _lines(b'{"service_id":"' + b"x" * 100_000 + b'"}', 60),
    "blank lines": _lines(b" ", 3_000_000),
}


def packed(members: dict[str, bytes]) -> bytes:
    """A zip of members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def _package(before: bytes, piece: bytes, times: int, table: str = "services") -> Callable[[], bytes]:
    descriptor = json.dumps({"resources": [{"name": table, "path": "t.csv"}]}).encode()
    return lambda: packed({"datapackage.json": descriptor, "t.csv": before + piece * times})


HEADER = b"service_id,organization_id,name\n"
PACKAGES: dict[str, Callable[[], bytes]] = {
    "a bomb": _package(HEADER, b"a", 100 * MB),
    "a row without an end": _package(HEADER + b'"', b"a\n", 4 * MB),
    "empty rows": _package(HEADER, b"\n", 30 * MB),
    "rows of commas": _package(HEADER, b",,\n", 8 * MB),
    "orphans": _package(b"service_id,position,channel\n", b"x,1,website\n", MB, "service_channels"),
    "wrong rows": _package(HEADER, b"x,y,z,w\n", MB),
    "wide": _package(b"", b"a,", 500_000),
    "one row again": _package(HEADER, b"x,dos,X\n", 200_000),
    "many files": lambda: packed({f"{number}.csv": b"" for number in range(3000)}),
    "a large descriptor": lambda: packed({"datapackage.json": b"[" * (9 * MB)}),
    "many resources": lambda: packed({"datapackage.json": b'{"resources":[' + b"{}," * (2 * MB) + b"{}]}"}),
    "no zip": repeated(b"PK\x03\x04", 500_000),
    "a zip in a zip": lambda: packed({"datapackage.json": packed({"datapackage.json": b"{}"})}),
}


Repeated = tuple[bytes, int]
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DOCUMENT = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATED = b'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def _workbook(
    *rows: bytes | Repeated, sheets: Repeated = (b"", 0), related: Repeated = (b"", 0), strings: Repeated = (b"", 0)
) -> Callable[[], bytes]:
    """A workbook of one sheet, services, with these rows below its header, and more of other parts."""
    names = b"".join(b'<c t="inlineStr"><is><t>%b</t></is></c>' % name for name in HEADER.strip().split(b","))
    sheet = b'<sheet name="services" sheetId="1" r:id="rId1"/>'
    relation = b'<Relationship Id="rId1" Type="%b/worksheet" Target="worksheets/sheet1.xml"/>' % DOCUMENT

    def make() -> bytes:
        below = b"".join(row if isinstance(row, bytes) else row[0] * row[1] for row in rows)
        members = {
            "xl/workbook.xml": b'<workbook %b xmlns:r="%b"><sheets>%b</sheets></workbook>'
            % (MAIN, DOCUMENT, sheets[0] * sheets[1] + sheet),
            "xl/_rels/workbook.xml.rels": b"<Relationships %b>%b</Relationships>"
            % (RELATED, relation + related[0] * related[1]),
            "xl/worksheets/sheet1.xml": b"<worksheet %b><sheetData><row>%b</row>%b</sheetData></worksheet>"
            % (MAIN, names, below),
        }
        if strings[1]:
            members["xl/sharedStrings.xml"] = b"<sst %b>%b</sst>" % (MAIN, strings[0] * strings[1])
        return packed(members)

    return make


FORMULA = b"<row><c><f>1</f><v>1</v></c></row>"
LONG = b"<si><t>" + b"x" * 32_000 + b"</t></si>"
WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "a cell far out": _workbook(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "a cell rather far out": _workbook(b'<row r="990000"><c r="T990000"><v>1</v></c></row>'),
    "many cells": _workbook((b"<row>" + b"<c><v>1</v></c>" * 20 + b"</row>", 100_000)),
    "a wide row": _workbook(b"<row>", (b"<c><v>1</v></c>", 2_000_000), b"</row>"),
    "rows with a formula": _workbook(FORMULA, (b"<row/>", 5_000_000)),
    "elements within one another": _workbook(FORMULA, (b"<a>", 5_000_000)),
    "strings": _workbook(strings=(b"<si/>", 10_000_000)),
    "a string in many cells": _workbook((b'<row><c t="s"><v>0</v></c></row>', 200_000), strings=(LONG, 1)),
    "sheets": _workbook(sheets=(b'<sheet name="a" sheetId="2" r:id="rId1"/>', 800_000)),
    "relations": _workbook(related=(b"<a/>", 10_000_000)),
    "wrong rows": _workbook((b'<row><c t="inlineStr"><is><t>x</t></is></c></row>', 200_000)),
}
