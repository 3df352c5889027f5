"""Files of releases, whole and in parts, with their digests."""

import hashlib
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from api.commands.releases import fetch
from datapackage.packages.checksums import listed_sums
from datapackage.releases.directory import archive_sum
from inventory.errors import Unreadable
from inventory.ledger.store import Store
from tests.support.sites import Client, listening, release_uncertified

CODES, ZIP = "/releases/2026-11-23.270/codes.csv", "/releases/2026-11-23.270.zip"


def digest(content: bytes) -> str:
    return f"sha-256=:{b64encode(hashlib.sha256(content).digest()).decode()}:"


@pytest.mark.parametrize("path", [CODES, ZIP])
def test_a_whole_file_comes_with_its_digests(reader: Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 200 and answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["repr-digest"] == answer.headers["content-digest"] == digest(answer.content)
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("path", [CODES, ZIP])
@pytest.mark.parametrize(
    ("asked", "part"), [("bytes=0-99", slice(0, 100)), ("bytes=50-", slice(50, None)), ("bytes=-7", slice(-7, None))]
)
def test_a_part_comes_with_the_digest_of_the_whole(reader: Client, path: str, asked: str, part: slice) -> None:
    whole = reader.get(path).content
    answer = reader.get(path, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, whole[part])
    first, last, _ = part.indices(len(whole))
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(whole)}"
    assert answer.headers["repr-digest"] == digest(whole) and "content-digest" not in answer.headers


def test_several_parts_come_in_one_answer(reader: Client) -> None:
    whole = reader.get(CODES).content
    answer = reader.get(CODES, headers={"Range": "bytes=0-9,50-59"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert whole[:10] in answer.content and whole[50:60] in answer.content
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_changed_file_comes_whole(reader: Client) -> None:
    whole = reader.get(CODES)
    asked = {"Range": "bytes=10-19"}
    assert reader.get(CODES, headers={**asked, "If-Range": whole.headers["etag"]}).content == whole.content[10:20]
    for other in ('"other"', f"W/{whole.headers['etag']}", "Mon, 01 Jan 2024 00:00:00 GMT"):
        answer = reader.get(CODES, headers={**asked, "If-Range": other})
        assert (answer.status_code, answer.content) == (200, whole.content)


def test_an_unchanged_file_is_304_before_any_part(reader: Client) -> None:
    headers = {"Range": "bytes=10-19", "If-None-Match": reader.get(CODES).headers["etag"]}
    assert reader.get(CODES, headers=headers).status_code == 304


@pytest.mark.parametrize(("asked", "status"), [("bytes=999999999-", 416), ("bytes=9-1", 400), ("bytes=x", 400)])
def test_no_such_part_is_a_problem(reader: Client, asked: str, status: int) -> None:
    size = len(reader.get(CODES).content)
    answer = reader.get(CODES, headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status and "codes.csv" not in answer.json()["detail"]
    assert answer.headers.get("content-range") == (f"bytes */{size}" if status == 416 else None)


def test_other_units_are_ignored(reader: Client) -> None:
    assert reader.get(CODES, headers={"Range": "rows=0-9"}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-99"}])
def test_head_of_a_file_has_its_headers(reader: Client, headers: dict[str, str]) -> None:
    got, head = reader.get(CODES, headers=headers), reader.head(CODES, headers=headers)
    assert (head.status_code, head.content) == (got.status_code, b"")
    for name in ("content-length", "content-type", "etag", "repr-digest", "accept-ranges", "cache-control"):
        assert head.headers[name] == got.headers[name]
    assert "content-digest" not in head.headers  # it would be that of no content (RFC 9530, B.2)


def test_other_sites_may_read_the_digests(reader: Client) -> None:
    exposed = reader.get(CODES, headers={"Origin": "https://example.org"}).headers["access-control-expose-headers"]
    assert {"Repr-Digest", "Content-Digest", "Content-Range"} <= set(exposed.split(", "))


def test_digests_are_read_and_never_made(sqlite_store: Store, published_sample: Store, tmp_path: Path) -> None:
    folder = release_uncertified(published_sample, tmp_path)
    assert listed_sums(folder)["codes.csv"] == hashlib.sha256((folder / "codes.csv").read_bytes()).hexdigest()
    zipped = folder.with_name(f"{folder.name}.zip")
    assert archive_sum(folder.parent, folder.name) == hashlib.sha256(zipped.read_bytes()).hexdigest()
    zipped.with_name(f"{zipped.name}.sha256").unlink()
    (folder / "SHA256SUMS").unlink()
    with listening(published_sample, tmp_path) as address:
        for path in (CODES, ZIP):
            answer = httpx.get(address + path)
            assert answer.status_code == 200 and "repr-digest" not in answer.headers
        part = httpx.get(address + CODES, headers={"Range": "bytes=5-9"})
        assert (part.status_code, part.content) == (206, (folder / "codes.csv").read_bytes()[5:10])


CONTENT = bytes(range(256)) * 40


@contextmanager
def breaking(*answers: bytes) -> Iterator[tuple[str, list[str]]]:
    """A server that sends these bytes, one answer a connection, and hangs up. Its address, and what it was asked."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    asked.append(connection.recv(65_536).decode())
                    connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x.zip", asked
        thread.join(10)


def answer(status: str, content: bytes, length: int, **headers: Any) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {length}", 'ETag: "x"', "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def test_a_download_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    size = len(CONTENT)
    half = answer("200 OK", CONTENT[:5_000], size, Repr_Digest=digest(CONTENT))
    more = answer(
        "206 Partial Content",
        CONTENT[5_000:],
        size - 5_000,
        Content_Range=f"bytes 5000-{size - 1}/{size}",
        Repr_Digest=digest(CONTENT),
    )
    with breaking(half, more) as (address, asked), httpx.Client() as client:
        assert fetch(client, address, tmp_path / "x.zip").read_bytes() == CONTENT
    assert "range" not in asked[0].lower()
    assert "Range: bytes=5000-\r\n" in asked[1] and 'If-Range: "x"\r\n' in asked[1]


def test_a_file_that_changed_meanwhile_is_read_anew(tmp_path: Path) -> None:
    size = len(CONTENT)
    half, whole = answer("200 OK", b"older" * 200, size), answer("200 OK", CONTENT, size)
    with breaking(half, whole) as (address, _), httpx.Client() as client:
        assert fetch(client, address, tmp_path / "x.zip").read_bytes() == CONTENT


def test_a_download_must_match_its_digest(tmp_path: Path) -> None:
    wrong = answer("200 OK", CONTENT, len(CONTENT), Repr_Digest=digest(b"else"))
    with breaking(wrong) as (address, _), httpx.Client() as client, pytest.raises(Unreadable, match="fetch it again"):
        fetch(client, address, tmp_path / "x.zip")


def test_a_server_that_sends_nothing_is_given_up(tmp_path: Path) -> None:
    with breaking(b"") as (address, asked), httpx.Client() as client:
        with pytest.raises(Unreadable, match="cannot be read"):
            fetch(client, address, tmp_path / "x.zip")
        assert len(asked) == 1
