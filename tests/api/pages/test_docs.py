"""The documentation as pages: every text is there, and every link of them leads somewhere."""

import re
from html.parser import HTMLParser
from urllib.parse import urldefrag

import pytest

from api.pages.docs import DOCS, MARKDOWN, address_of, texts
from tests.conftest import ROOT
from tests.support.sites import Client

FILES = sorted(path.relative_to(ROOT / DOCS).as_posix() for path in (ROOT / DOCS).rglob("*.md"))
ADDRESSES = [address_of(name) for name in FILES]


class Read(HTMLParser):
    """What a page links to, the ids on it, and attributes that its Content-Security-Policy forbids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links, self.ids, self.forbidden = list[str](), set[str](), list[str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.links += [told["href"] or ""] if tag == "a" and "href" in told else []
        self.ids |= {told["id"] or ""} if "id" in told else set()
        self.forbidden += [name for name in told if name == "style" or name.startswith("on")]


def test_every_text_has_a_page_of_its_own(reader: Client) -> None:
    assert len(set(ADDRESSES)) == len(FILES) > 20 and "api" not in ADDRESSES
    assert {address for group in texts().values() for address in group} == set(ADDRESSES)
    listed = reader.get("/docs").text
    assert all(f'href="/docs/{address}"' in listed for address in ADDRESSES)


@pytest.mark.parametrize("name", FILES)
def test_a_text_is_shown_whole(reader: Client, name: str) -> None:
    answer = reader.get(f"/docs/{address_of(name)}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    source, page = (ROOT / DOCS / name).read_text("utf-8"), Read(answer.text)
    assert page.forbidden == []
    assert answer.text.count("<h2") == len(re.findall(r"^## ", source, re.M))
    assert answer.text.count("<pre") == len(re.findall(r"^```", source, re.M)) / 2
    assert answer.text.count("<tr>") == len(re.findall(r"^\|", source, re.M)) - len(re.findall(r"^\|-", source, re.M))


def test_every_link_leads_to_a_page_and_a_place_on_it(reader: Client) -> None:
    pages = {f"/docs/{address}": Read(reader.get(f"/docs/{address}").text) for address in ADDRESSES}
    followed, elsewhere = 0, set[str]()
    for address, page in pages.items():
        for link in page.links:
            there, place = urldefrag(link)
            if there in pages or not there:
                assert not place or place == "main" or place in pages[there or address].ids, (address, link)
                followed += 1
            elif not there.startswith("http"):
                elsewhere.add(there)
    assert followed > 40
    # There is no release here, and so nothing below /data/.
    assert {reader.get(path, follow_redirects=True).status_code for path in elsewhere} <= {200, 503}


@pytest.mark.parametrize(
    "path", ["/docs/none", "/docs/rules.md", "/docs/decisions", "/docs/%2e%2e/README", "/docs//etc"]
)
def test_what_is_no_text_is_not_there(reader: Client, path: str) -> None:
    assert reader.get(path).status_code == 404


def test_markup_within_a_text_is_shown_and_not_run() -> None:
    assert "<script" not in MARKDOWN.render("A <script>x</script>")
