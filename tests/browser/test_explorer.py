"""The page of the API in a real browser, under the policy it is served with."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_pages import browser as browser
from tests.browser.test_pages import site as site

pytestmark = pytest.mark.browser


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page that runs the scripts its policy lets run."""
    context = browser.new_context()
    made = context.new_page()
    made.on("console", lambda message: complaints.append(message.text))
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("requestfailed", lambda request: complaints.append(request.url))
    yield made
    context.close()


def test_a_request_is_sent_and_its_answer_shown(site: str, page: Page, complaints: list[str]) -> None:
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith(site) else None)
    answer = page.goto(f"{site}/docs/api#getService")
    assert answer is not None and "default-src 'self'" in answer.headers["content-security-policy"]
    page.fill("#getService-service_id", "dos-ca-passport-services")
    page.click("#getService form.try button")
    output = page.locator("#getService output")
    output.locator("pre").wait_for()
    told = output.inner_text()
    assert "200" in told and "etag:" in told and '"service_id": "dos-ca-passport-services"' in told
    assert (complaints, foreign) == ([], [])


def test_a_key_goes_with_what_is_sent(site: str, page: Page) -> None:
    page.goto(f"{site}/docs/api#putDueDate")
    page.fill("#key", "psi_none")
    page.fill("#putDueDate-period", "2026-Q1")
    with page.expect_request("**/api/v1/due_dates/*") as sent:
        page.click("#putDueDate form.try button")
    assert sent.value.headers["authorization"] == "Bearer psi_none"
    assert '"obligation": "Q1"' in (sent.value.post_data or "")
    page.locator("#putDueDate output pre").wait_for()
    assert "401" in page.locator("#putDueDate output").inner_text()
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie.length]") == [0, 0, 0]


@pytest.mark.parametrize("width", [320, 768, 1400])
def test_nothing_is_cut_off(site: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}/docs/api#putFeedback")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{site}/docs/api#listServices")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_field_and_every_place_has_a_name_of_its_own(site: str, page: Page) -> None:
    page.goto(f"{site}/docs/api")
    unnamed = "[...document.querySelectorAll('input, select, textarea')].filter(f => !f.labels.length).length"
    assert page.evaluate(unnamed) == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids)) > 60


def test_it_is_read_without_scripts(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/docs/api")
    page.click("#putService > summary")
    assert page.locator("#putService pre").first.is_visible()
    assert not page.locator("#putService form").is_visible() and not page.locator("#key").is_visible()
    context.close()
