"""A real browser for the tests that need one: what scripts do, what a screen reader is told, what fits on a phone."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import WINDOW, launched


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Only for this folder: while Playwright's event loop runs, Django cannot run async code from ordinary tests."""
    with launched() as browser:
        yield browser


@pytest.fixture
def window(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """Call it for a browser of its own, as of another person.

    The test fails if anything on its pages throws, or is blocked by the content security policy.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window() -> Page:
        context = chromium.new_context(**WINDOW)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: complaints.append(message.text) if "Security Policy" in message.text else None
        )
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(window: Callable[[], Page]) -> Page:
    """A fresh window."""
    return window()


@pytest.fixture
def accessible():
    """Call it with a page: fails with what axe finds wrong, and where."""

    def check(page: Page) -> None:
        found = Axe().run(page).response["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found] == []

    return check


@pytest.fixture
def fits_a_phone():
    """Call it with a page: fails when it scrolls sideways at 320 pixels."""

    def check(page: Page) -> None:
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") == 320

    return check
