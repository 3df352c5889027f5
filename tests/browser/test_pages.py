"""The pages in a real browser, without JavaScript, as a person on a plain machine sees them."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import ROOT

pytestmark = pytest.mark.browser
PAGES = (
    "/",
    "/docs",
    "/docs/api",
    "/docs/data-dictionary",
    "/docs/quick-start-api",
    "/releases",
    "/data/",
    "/data/inventory",
    "/data/inventory/services",
    "/data/inventory/service_overview",
)
LARGEST = 200_000  # bytes


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served demo, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("site") / "log.txt"
    settings = {"PSI_HOME": str(log.parent / "home"), "PSI_PORT": str(port), "PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        command = [sys.executable, "-c", "from api.commands.main import main; main()", "demo"]
        server = subprocess.Popen(command, env={**os.environ, **settings}, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(360):  # a machine that does much else takes its time
            if _answers(address):
                break
            assert server.poll() is None, log.read_text("utf-8")
            time.sleep(0.5)
        else:
            pytest.fail(f"the demo does not answer: {log.read_text('utf-8')}")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("PSI_REQUIRE_BROWSER"):
            pytest.fail("Chromium is not here")
        pytest.skip("Chromium is not here")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that runs no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_there_light_and_without_errors(site: str, page: Page, path: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(site) else None)
    answer = page.goto(site + path)
    assert answer is not None and answer.status == 200
    assert len(answer.body()) < LARGEST
    assert page.locator("h1").count() >= 1
    assert page.title()
    assert (complaints, foreign) == ([], [])


@pytest.mark.parametrize("path", ["/", "/docs", "/releases", "/data/"])
def test_every_link_of_a_page_leads_somewhere(site: str, page: Page, path: str) -> None:
    page.goto(site + path)
    links = {urljoin(page.url, str(link.get_attribute("href"))) for link in page.locator("a[href]").all()}
    own = sorted(link for link in links if urlsplit(link).netloc == urlsplit(site).netloc)
    assert len(own) > 3
    for link in own:
        assert httpx.head(link, follow_redirects=True).status_code == 200, link


def test_one_walks_from_home_to_a_service(site: str, page: Page) -> None:
    page.goto(site)
    page.locator('a[href^="/data"]').first.click()
    page.goto(f"{site}/data/inventory/services?_search=passport")
    page.locator("table.rows-and-columns a", has_text="dos-ca-passport-services").first.click()
    assert "dos-ca-passport-services" in page.content()
    assert "/data/data" not in page.content()


def test_what_is_not_there_says_so(site: str, page: Page) -> None:
    answer = page.goto(f"{site}/nowhere")
    assert answer is not None and answer.status == 404
    assert page.locator("h1").count() == 1


def test_the_screenshots_of_the_pages_are_not_blank(site: str, page: Page, tmp_path: Path) -> None:
    page.goto(site)
    assert len(page.screenshot(path=tmp_path / "home.png")) > 10_000
