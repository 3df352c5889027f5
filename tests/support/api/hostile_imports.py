"""Bodies that are made to fill the memory of a server, each within the sizes it takes."""

import io
import json
import zipfile
from collections.abc import Callable
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import xlsxwriter

from api.contract.media_types import JSON, NDJSON, SUFFIXES
from tests.support.builders import a_service, an_organization
from tests.support.quarters import a_quarter

MB = 1_000_000
ZIP, XLSX = (next(media for media, known in SUFFIXES.items() if known == suffix) for suffix in (".zip", ".xlsx"))
Body = Callable[[Path], bytes]
DOCUMENT = 950_000
"""Bytes of a document that is nearly as long as one may be."""


def lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def filled(begin: str, item: str, end: str, size: int = DOCUMENT) -> bytes:
    """A document with a list of so many items that it has that size."""
    count = (size - len(begin) - len(end)) // (len(item) + 1)
    return (begin + ",".join(repeat(item, count)) + end).encode()


def service(number: int, field: str, item: str) -> bytes:
    others = {name: value for name, value in a_service(service_id=f"dos-ca-{number}").items() if name != field}
    begin = json.dumps(others)[:-1]
    return filled(f'{begin},"{field}":[', item, "]}") + b"\n"


def packed(tables: dict[str, str]) -> bytes:
    resources = [{"name": name, "path": f"{name}.csv"} for name in tables]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", json.dumps({"resources": resources}))
        for name, text in tables.items():
            archive.writestr(f"{name}.csv", text)
    return file.getvalue()


def workbook(path: Path, name: str, header: list[str], rows: Any) -> bytes:
    with xlsxwriter.Workbook(path / "w.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet(name)
        for place, row in enumerate(chain([header], rows)):
            for column, cell in enumerate(row):
                sheet.write_string(place, column, cell)
    return (path / "w.xlsx").read_bytes()


SERVICES = ["service_id", "organization_id", "name"]
CHANNELS = ["service_id", "position", "channel", "note"]


def table(header: list[str], rows: Any) -> str:
    return "\n".join(",".join(row) for row in chain([header], rows)) + "\n"


def many_services(count: int) -> list[list[str]]:
    return [[f"dos-ca-{n}", "dos-ca", f"Service {n}"] for n in range(count)]


IMPORTS: dict[str, tuple[str, Body]] = {
    "lines of {}": (NDJSON, lambda at: b"{}\n" * 2_000_000),
    "lines of 1": (NDJSON, lambda at: b"1\n" * 3_000_000),
    "lines of ids": (NDJSON, lambda at: b"".join(b'{"service_id":"s-%d"}\n' % n for n in range(2_000_000))),
    "a list of {}": (JSON, lambda at: b"[" + b"{}," * 16_000_000 + b"{}]"),
    "a list of []": (JSON, lambda at: b"[" + b"[]," * 16_000_000 + b"[]]"),
    "a list in a document": (JSON, lambda at: filled('{"service_id":[', "{}", "]}", 40 * MB)),
    "nested": (JSON, lambda at: b"[" * 40 * MB),
    "an endless line": (NDJSON, lambda at: b'{"service_id":"' + b"x" * 90 * MB),
    "spaces": (JSON, lambda at: b"[" + b" " * 90 * MB + b"]"),
    "documents that fail": (NDJSON, lambda at: b"".join(service(n, "channels", "{}") for n in range(20))),
    "documents of empty lists": (NDJSON, lambda at: b"".join(service(n, "tags", "[]") for n in range(20))),
    "documents that pass": (
        NDJSON,
        lambda at: b"".join(service(n, "channels", '{"channel":"website"}') for n in range(20)),
    ),
    "wide texts": (
        NDJSON,
        lambda at: b"".join(service(n, "tags", json.dumps("é\U0001f600", ensure_ascii=False)) for n in range(20)),
    ),
    "many services": (NDJSON, lambda at: lines(*(a_service(service_id=f"dos-ca-{n}") for n in range(30_000)))),
    "equal ids": (NDJSON, lambda at: lines(*repeat(a_service(service_id="dos-ca-1"), 30_000))),
    "organizations": (
        NDJSON,
        lambda at: b"".join(
            filled(json.dumps(an_organization(organization_id=f"dos-ca-{n}"))[:-1] + ',"aliases":[', '"a"', "]}")
            + b"\n"
            for n in range(20)
        ),
    ),
    "unknown fields": (NDJSON, lambda at: lines(*({f"f{n}-{m}": 1 for m in range(100_000)} for n in range(20)))),
    "long names": (NDJSON, lambda at: lines(*({"service_id": "a", f"{n}" + "x" * DOCUMENT: 1} for n in range(40)))),
    "quarters": (
        NDJSON,
        lambda at: lines(
            *(
                {
                    **a_quarter("2026-Q1", provider_id=f"dos-{n}"),
                    "collections": a_quarter("2026-Q1")["collections"] * 900,
                }
                for n in range(10)
            )
        ),
    ),
    "package": (
        ZIP,
        lambda at: packed(
            {
                "services": table(SERVICES, many_services(38_000)),
                "service_channels": table(
                    CHANNELS,
                    ([f"dos-ca-{n * 7919 % 38_000}", f"{n // 38_000 + 1}", "website", "x"] for n in range(60_000)),
                ),
            }
        ),
    ),
    "package of one record": (
        ZIP,
        lambda at: packed(
            {
                "services": table(SERVICES, many_services(1)),
                "service_channels": table(
                    CHANNELS, (["dos-ca-0", str(n + 1), "website", "xyz"] for n in range(98_000))
                ),
            }
        ),
    ),
    "package of long cells": (
        ZIP,
        lambda at: packed({"services": table(SERVICES, (["x" * 900_000, "dos-ca", "n"] for _ in range(33)))}),
    ),
    "package that is too large": (
        ZIP,
        lambda at: packed({"services": table(SERVICES, islice(repeat(["dos-ca-1", "dos-ca", "n"]), 3 * MB))}),
    ),
    "workbook": (XLSX, lambda at: workbook(at, "services", SERVICES, many_services(95_000))),
    "workbook of cells": (
        XLSX,
        lambda at: workbook(
            at, "service_channels", CHANNELS, ([f"dos-ca-{n}", str(n), "website", "x"] for n in range(70_000))
        ),
    ),
    "workbook that is too large": (
        XLSX,
        lambda at: workbook(at, "services", SERVICES, ([f"a{n}", "b", "c"] for n in range(400_000))),
    ),
}
"""By what they are: the media type, and how the body is made."""

DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "empty channels": lambda: service(1, "channels", "{}"),
    "empty objects": lambda: filled('{"a":[', "{}", "]}"),
    "spaced objects": lambda: filled('{"a" : [', "{ }", "]}"),
    "lists": lambda: filled('{"a":[', "[]", "]}"),
    "unknown fields": lambda: json.dumps({f"f{n}": 1 for n in range(70_000)}).encode(),
    "texts": lambda: service(1, "tags", '"\\u00e9"'),
    "channels": lambda: service(1, "channels", '{"channel":"website"}'),
}
"""Documents that are checked or kept alone."""
