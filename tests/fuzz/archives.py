"""Zips whose directory, headers and members do not agree."""

import io
import struct
import zipfile
from collections.abc import Mapping

from hypothesis import strategies as st

from tests.fuzz.texts import damaged

Members = Mapping[str, bytes]

NAMES = (
    *(
        "",
        "/",
        ".",
        "..",
        "../out.csv",
        "/etc/passwd",
        "a\\b.csv",
        "C:\\x.csv",
        "http://a/b.csv",
        ".hidden/x.csv",
        "a//b.csv",
    ),
    *(
        "a/../b.csv",
        "./services.csv",
        "SERVICES.CSV",
        "services.csv/",
        "x" * 300,
        "e\u0301.csv",
        "\u202e.csv",
        "con",
        "a\0b.csv",
        "%2e%2e",
    ),
)
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
# Where fields stand in the records of a zip, and how many bytes they have.
CENTRAL_FIELDS = (
    (4, 2),
    (6, 2),
    (8, 2),
    (10, 2),
    (16, 4),
    (20, 4),
    (24, 4),
    (28, 2),
    (30, 2),
    (32, 2),
    (38, 4),
    (42, 4),
)
LOCAL_FIELDS = ((4, 2), (6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2))
END_FIELDS = ((4, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2))
FIELDS = ((CENTRAL, CENTRAL_FIELDS), (CENTRAL, CENTRAL_FIELDS), (LOCAL, LOCAL_FIELDS), (END, END_FIELDS))
LIES = (0, 1, 2, 8, 9, 12, 14, 0x0800, 0x0808, 45, 255, 1000, 65_535, 2**20, 2**31, 2**32 - 1)


@st.composite
def zips(draw: st.DrawFn, members: Members, most: int = 2) -> bytes:
    """The members as a zip, of which a few things are not so."""
    body = _packed(draw, members)
    for _ in range(draw(st.integers(0, most))):
        body = _lying(draw, body) if draw(st.integers(0, 3)) else draw(damaged(body, 1))
    return body


def plain_zip(members: Members) -> bytes:
    """The members as a zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return file.getvalue()


def _packed(draw: st.DrawFn, members: Members) -> bytes:
    file, entries = _Unseekable() if draw(st.booleans()) else io.BytesIO(), list(members.items())
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(entries) - 1))
        name, content = entries[at]
        given = draw(st.sampled_from(NAMES) | st.sampled_from(sorted(members)))
        entries.insert(draw(st.integers(0, len(entries))), (given, content))
        if draw(st.booleans()):
            entries.remove((name, content))
    if draw(st.integers(0, 9)) == 0:
        entries += [(f"{number}.txt", b"") for number in range(draw(st.sampled_from((50, 600))))]
    method = draw(
        st.sampled_from((zipfile.ZIP_DEFLATED,) * 6 + (zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2))
    )
    mode = draw(st.sampled_from((0o100644,) * 8 + (0o120777, 0o040755, 0o060000)))
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.filename, info.compress_type, info.create_system, info.external_attr = name, method, 3, mode << 16
            _write(packed, info, content)
    return file.getvalue()


def _write(packed: zipfile.ZipFile, info: zipfile.ZipInfo, content: bytes) -> None:
    if info.filename in packed.NameToInfo:  # the library warns of a name that is there, and goes on
        del packed.NameToInfo[info.filename]
    packed.writestr(info, content)


def _lying(draw: st.DrawFn, body: bytes) -> bytes:
    """The zip with one field of one of its records changed."""
    signature, fields = draw(st.sampled_from(FIELDS))
    places = [at for at in range(len(body) - 3) if body[at : at + 4] == signature]
    if not places:
        return body
    offset, size = draw(st.sampled_from(fields))
    at = draw(st.sampled_from(places)) + offset
    value = draw(st.sampled_from(LIES)) & (256**size - 1)
    return body[:at] + struct.pack("<I", value)[:size] + body[at + size :]


class _Unseekable(io.BytesIO):
    """A file into which one cannot go back: sizes follow each member."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError
