"""Data packages that are almost right, as folders and as zips."""

import csv
import io
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapackage.packages.descriptor import DESCRIPTOR
from tests.fuzz.archives import NAMES, plain_zip, zips
from tests.fuzz.documents import changed
from tests.fuzz.guards import checked, examples, limited_memory
from tests.fuzz.tables import TABLES, Rows, tables
from tests.fuzz.texts import cells, damaged, nasty

Members = dict[str, bytes]
PATHS: tuple[Any, ...] = (*NAMES, None, 1, [], ["services.csv"], ["services.csv", "services.csv"], {"a": 1}, DESCRIPTOR)
OF_RESOURCES: dict[str, tuple[Any, ...]] = {
    "encoding": ("utf-8", "UTF_8", "utf-16", "latin-1", None, 1, []),
    "dialect": (None, {}, {"delimiter": ";"}, "x", [], {"header": False}),
    "hash": ("", "sha256:", "sha256:0", "md5:0", "0" * 64, None, 1, {}, []),
    "bytes": (-1, 0, 2**63, "x", None),
    "schema": (None, "x", {"fields": []}, {"fields": [{"name": 1}]}, "http://127.0.0.1/x"),
    "data": ([], "x", {"a": 1}),
    "type": ("table", "x"),
    "profile": ("tabular-data-package",),
    "format": ("xlsx",),
    "compression": ("gz",),
    "name": (1, None, []),
}
FACTS = [(key, value) for key, values in OF_RESOURCES.items() for value in values]


@pytest.fixture(scope="module", autouse=True)
def _memory() -> Iterator[None]:
    with limited_memory():
        yield


def members_of(found: dict[str, Rows]) -> tuple[Members, Any]:
    """The files of a package of tables, and its descriptor."""
    members = {}
    for name, rows in found.items():
        file = io.StringIO(newline="")
        csv.writer(file, lineterminator="\n").writerows(rows)
        members[f"{name}.csv"] = file.getvalue().encode("utf-8", "replace")
    resources = [
        {"name": name, "path": f"{name}.csv", "hash": f"sha256:{sha256(members[f'{name}.csv']).hexdigest()}"}
        for name in found
    ]
    return members, {"name": "a-package", "resources": resources}


@st.composite
def packages(draw: st.DrawFn) -> Members:
    """The files of a package, its descriptor among them, with a few things changed."""
    members, descriptor = members_of(draw(tables(2)))
    for _ in range(draw(st.integers(0, 3))):
        resource = draw(st.sampled_from(descriptor["resources"]))
        what = draw(st.integers(0, 5))
        if what == 0:
            resource["path"] = PATHS[draw(st.integers(0, len(PATHS) - 1))]
        elif what == 1:
            resource["name"] = draw(st.sampled_from(sorted(TABLES)) | nasty)
        elif what == 2:
            descriptor["resources"].append(dict(resource))
        else:
            key, value = FACTS[draw(st.integers(0, len(FACTS) - 1))]
            resource[key] = value
    if draw(st.integers(0, 3)) == 0:
        descriptor = draw(changed(descriptor))
    body = msgspec.json.encode(descriptor)
    members[DESCRIPTOR] = draw(damaged(body)) if draw(st.integers(0, 4)) == 0 else body
    if draw(st.integers(0, 4)) == 0:
        name = draw(st.sampled_from(sorted(members)))
        members[draw(st.sampled_from(NAMES[1:]) | cells)[:200].replace("\0", "") or "x"] = members.pop(name)
    return members


@given(packages())
@examples
def test_packages_are_read_or_refused(members: Members) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sent.zip"
        path.write_bytes(plain_zip(members))
        checked(path)


@given(zips({**members_of(TABLES["service"])[0], DESCRIPTOR: msgspec.json.encode(members_of(TABLES["service"])[1])}))
@examples
def test_damaged_zips_are_refused(body: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sent.zip"
        path.write_bytes(body)
        checked(path)
