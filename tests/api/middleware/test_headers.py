"""The headers of answers, whoever makes them."""

import gzip
import json
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from msgspec import structs

from api.contract.errors import NotOffered
from api.contract.media_types import CSV, JSON, NDJSON
from api.http.lists import chosen
from api.http.preconditions import Preconditions
from api.middleware.head_and_options import answering_head
from api.middleware.security_headers import DATASETTE_HEADERS, SECURITY_HEADERS
from api.resources.records import tag
from inventory.access.records import newest_tag
from inventory.ledger.heads import Head
from inventory.ledger.store import Store
from inventory.records.registry import SERVICE
from tests.support.sites import Client, serving

LIST = "/api/v1/services"
RECORD = f"{LIST}/dos-ca-passport-services"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        LIST,
        "/nowhere",
        "/assets/style.css",
        "/assets/nothing",
        "/releases",
        "/data.json",
        "/robots.txt",
        "/health",
    ],
)
def test_every_answer_bears_them_once(reader: Client, path: str) -> None:
    headers = reader.get(path).headers
    assert {name: headers.get_list(name) for name in SECURITY_HEADERS} == {n: [v] for n, v in SECURITY_HEADERS.items()}


@pytest.mark.parametrize("path", ["/data", "/data/", "/data/inventory/services", "/data/nowhere"])
def test_datasette_may_run_the_scripts_of_its_pages_and_no_others(reader: Client, path: str) -> None:
    headers = reader.get(path).headers
    assert {name: headers.get_list(name) for name in SECURITY_HEADERS} == {n: [v] for n, v in DATASETTE_HEADERS.items()}


@pytest.mark.parametrize("form", [JSON, NDJSON, CSV])
@pytest.mark.parametrize("path", [LIST, "/api/v1/scores", "/api/v1/board"])
def test_a_list_says_what_it_hangs_on(reader: Client, path: str, form: str) -> None:
    assert reader.get(path, headers={"Accept": form}).headers["vary"].startswith("Accept, Authorization, X-Api-Key")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html,*/*;q=0.8", JSON),
        ("text/csv", CSV),
        ("application/json;q=0.1, text/csv", CSV),
        ("text/csv;q=inf, application/json;q=0.9", CSV),
        ("text/csv;q=nan;x=1, application/json;q=0.9", CSV),
        ("text/csv;q=, application/json;q=-1", CSV),
        ("application/json;q=0, text/csv;q=0.2", CSV),
        ("text/csv;q=0.2, application/x-ndjson;q=0.5", NDJSON),
        ("image/png, TEXT/CSV;q=0.3", CSV),
        ("image/png", None),
        ("application/json;q=0", None),
    ],
)
def test_a_list_comes_in_the_form_the_client_likes_best(accept: str, form: str | None) -> None:
    if form is None:
        with pytest.raises(NotOffered):
            chosen(accept)
    else:
        assert chosen(accept) == form


# What scripts may read unasked (Fetch standard, 4.10), and what is the browser's own business.
UNASKED = {"cache-control", "content-length", "content-type", "content-encoding", "vary", "date", "server"}


def test_scripts_of_other_sites_read_every_header_of_an_answer(sample_store: Store, tmp_path: Path) -> None:
    seen: set[str] = set()
    with serving(sample_store, tmp_path, PSI_REQUESTS_PER_ADDRESS="3") as client:
        for path in (f"{LIST}?limit=1", RECORD, f"{LIST}/none", LIST):
            headers = client.get(path, headers={"Origin": "https://x.example"}).headers
            exposed = {name.lower() for name in headers["access-control-expose-headers"].split(", ")}
            own = {name for name in headers if not name.startswith("access-control-")}
            assert own - UNASKED - {name.lower() for name in SECURITY_HEADERS} <= exposed, path
            seen |= own
    assert {"etag", "link", "psi-state", "x-request-id", "ratelimit-remaining", "retry-after"} <= seen


def test_every_header_that_scripts_read_is_described(reader: Client) -> None:
    exposed = reader.get(LIST, headers={"Origin": "https://x.example"}).headers["access-control-expose-headers"]
    described = reader.get("/openapi.json").json()
    assert set(exposed.split(", ")) == set(described["components"]["headers"])
    told = described["paths"][LIST]["get"]["responses"]["429"]["headers"]
    assert set(told) == {"Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}


def test_scripts_of_other_sites_may_read_with_a_key(reader: Client) -> None:
    asked = {"Origin": "https://x.example", "Access-Control-Request-Headers": "x-api-key"}
    for method, status in (("GET", 204), ("PUT", 400)):
        assert reader.options(LIST, headers={**asked, "Access-Control-Request-Method": method}).status_code == status


def test_what_is_compressed_is_not_compressed_as_hard_as_can_be(reader: Client) -> None:
    """That takes much longer for little. What it was told of is in the ninth byte (RFC 1952, 2.3.1)."""
    with reader.stream("GET", f"{LIST}?limit=100", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip" and packed[8] != 2
    assert json.loads(gzip.decompress(packed))["items"]


def test_options_names_head(reader: Client) -> None:
    assert set(reader.options(LIST).headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_readme_says_its_charset_once(reader: Client) -> None:
    page = reader.get("/releases/latest/README.md")
    assert page.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_new_shape_has_another_tag_and_is_the_same_version() -> None:
    class Found:
        record_id, version, state, schema_version, body, etag = "a", 3, "published", 1, b"{}", '"e7"'

    later = structs.replace(SERVICE, upcasters=(lambda document: document,))
    assert (tag(SERVICE, Found()), tag(later, Found())) == ('"e7"', '"e7.2"')
    head = Head(record_type="service", record_id="a", version=3, seq=7)
    assert Preconditions(match='"e7.2"').base(head, newest_tag(head)) == 3


def test_head_of_what_is_streamed_ends_with_its_headers() -> None:
    sent: list[Any] = []

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        assert scope["method"] == "GET"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"vary", b"Accept")]})
        while True:
            await send({"type": "http.response.body", "body": b"line", "more_body": True})
            await anyio.sleep(0)

    async def ask() -> None:
        with anyio.fail_after(10):
            await answering_head(endless)(cast("Any", {"type": "http", "method": "HEAD"}), cast("Any", None), keep)

    async def keep(message: Any) -> None:
        sent.append(message)

    anyio.run(ask)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert (sent[1]["body"], sent[1]["more_body"]) == (b"", False)
