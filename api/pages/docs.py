"""The texts of `docs/` as pages: guides, references and decisions, leading to one another."""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from litestar import MediaType, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup
from msgspec import Struct
from slugify import slugify

from api.pages.rendering import Pages
from api.server.bundled import bundled
from inventory.errors import NotFound

DOCS = "docs"
GROUPS = {"": "Guides", "reference": "Reference", "decisions": "Why it is so"}
"""The folders of texts, and what they hold."""


class Rendering(RendererHTML):
    """What is wider than a page scrolls, with the keyboard too."""

    def table_open(self, *_: Any) -> str:
        return '<div class="wide" tabindex="0"><table>\n'

    def table_close(self, *_: Any) -> str:
        return "</table></div>\n"

    def fence(self, *given: Any) -> str:
        return super().fence(*given).replace("<pre>", '<pre tabindex="0">', 1)


MARKDOWN = MarkdownIt("commonmark", {"html": False}, renderer_cls=Rendering).enable("table")


class Text(Struct, frozen=True, kw_only=True):
    """A text as a page. address: its path below /docs/. lead: its first sentence."""

    address: str
    title: str
    lead: str
    body: Markup


def documentation_routes(pages: Pages) -> list[HTTPRouteHandler]:
    """The routes of all texts, and of each."""

    @get("/docs", operation_id="listDocs", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True)
    def list_texts() -> str:
        return pages.texts([(GROUPS[folder], list(found.values())) for folder, found in texts().items()])

    @get(
        "/docs/{path:path}",
        operation_id="getDoc",
        media_type=MediaType.HTML,
        include_in_schema=False,
        sync_to_thread=True,
    )
    def get_text(path: FromPath[str]) -> str:
        address = path.strip("/")
        found = next((group[address] for group in texts().values() if address in group), None)
        if found is None:
            raise NotFound(f"There is no text {address}; /docs lists all of them")
        return pages.text(found)

    return [list_texts, get_text]


@cache
def texts() -> dict[str, dict[str, Text]]:
    """Every text by folder and address."""
    root = bundled(DOCS)
    return {
        folder: {text.address: text for text in (_text(root, path) for path in sorted((root / folder).glob("*.md")))}
        for folder in GROUPS
    }


def _text(root: Path, path: Path) -> Text:
    name = path.relative_to(root).as_posix()
    tokens = MARKDOWN.parse(path.read_text("utf-8"))
    lead = next((after.content for token, after in pairwise(tokens) if token.type == "paragraph_open"), "")
    for token, after in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(after.content))
    for link in _links(tokens):
        link.attrSet("href", _led_to(name, str(link.attrGet("href"))))
    return Text(
        address=address_of(name),
        title=_plain(tokens[1].content),
        lead=_plain(lead.partition(". ")[0].rstrip(".:")),
        body=Markup(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})),
    )


def _plain(line: str) -> str:
    return Markup(MARKDOWN.renderInline(line)).striptags()


def address_of(name: str) -> str:
    """Where the text of a file is read: `reference/rules.md` at `rules`, for nobody looks for it in a folder."""
    return name.removesuffix(".md").removeprefix("reference/")


def anchor(heading: str) -> str:
    """The id of a heading, as it is named in links to it."""
    return slugify(heading, regex_pattern=r"[^-a-z0-9_]+")


def _links(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from (inner for inner in token.children or () if inner.type == "link_open")


def _led_to(name: str, href: str) -> str:
    """A link to another text leads to its page; every other stays as it is."""
    parts = urlsplit(href)
    if parts.scheme or not parts.path.endswith(".md"):
        return href
    there = address_of(urljoin(name, parts.path))
    return f"/{DOCS}/{there}" + (f"#{parts.fragment}" if parts.fragment else "")
