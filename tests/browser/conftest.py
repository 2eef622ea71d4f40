"""What the browser tests share: the served product, Chromium, and pages that fail on what a visitor never sees."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, expect, sync_playwright

from tests.support.house import session_cookie
from tests.support.live import LiveServer, serve

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
)
expect.set_options(timeout=60_000)  # waiting costs nothing when all is well, and machines are slow at times
NARROW = {"width": 360, "height": 740}
SCHEMES: dict[str, dict[str, object]] = {
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]},
}
"""What axe looks for: everything in light; in dark, where the same page has other colours, all that colours decide."""
_REPORT_VIOLATIONS = (
    "document.addEventListener('securitypolicyviolation',"
    " e => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`))"
)

_WRITE_MARKDOWN = (
    "try { localStorage.getItem('drumbeat.editor') ?? localStorage.setItem('drumbeat.editor', 'markdown') }"
    " catch { /* a page without an address of its own */ }"
)
"""Articles open as Markdown, for tests that fill in the plain text; test_visual_editor.py writes the other way."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    executable = os.environ.get("DRUMBEAT_TEST_CHROMIUM") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def live_server(tmp_path: Path) -> Iterator[LiveServer]:
    """The product on a free loopback port, with an owner, on the machine's own clock."""
    with serve(tmp_path) as server:
        yield server


@pytest.fixture
def troubles() -> list[str]:
    """What went wrong behind the pages of this test; a test that provokes trouble may clear it."""
    return []


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, troubles: list[str]) -> Iterator[Page]:
    """A page of the logged-in owner, 1280 pixels wide. Any trouble behind it fails the test."""
    context = _window(browser, live_server)
    name, value = session_cookie(live_server.app, live_server.owner)
    context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    yield _watched(context, live_server, troubles)
    context.close()
    assert troubles == []


@pytest.fixture
def public_page(browser: Browser, live_server: LiveServer, troubles: list[str]) -> Iterator[Page]:
    """A page of a visitor without a login. Any trouble behind it fails the test."""
    context = _window(browser, live_server)
    yield _watched(context, live_server, troubles)
    context.close()
    assert troubles == []


def _window(browser: Browser, server: LiveServer) -> BrowserContext:
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 900})
    context.add_init_script(_WRITE_MARKDOWN)
    context.set_default_timeout(60_000)
    return context


def _watched(context: BrowserContext, server: LiveServer, troubles: list[str]) -> Page:
    page = context.new_page()
    page.add_init_script(_REPORT_VIOLATIONS)
    page.on("console", lambda message: _note_console(message, troubles))
    page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    page.on("response", lambda response: _note_response(response, troubles))
    page.on("request", lambda request: _note_request(request.url, server.url, troubles))
    return page


def _note_console(message: ConsoleMessage, troubles: list[str]) -> None:
    # Chromium writes every 4xx answer to the console, also the 422 of a form with a mistake: see _note_response.
    if message.type == "error" and not message.text.startswith("Failed to load resource"):
        troubles.append(f"console: {message.text}")


def _note_response(response: Response, troubles: list[str]) -> None:
    wanted = response.request.resource_type == "document"
    if response.status >= 500 or (response.status in (403, 404) and not wanted):
        troubles.append(f"{response.status} {response.request.method} {response.url}")


def _note_request(url: str, own: str, troubles: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(own).netloc:
        troubles.append(f"third party: {url}")


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Assert that axe finds nothing on a page, in light and in dark."""

    def look(page: Page) -> None:
        for scheme, options in SCHEMES.items():
            page.emulate_media(color_scheme="light" if scheme == "light" else "dark", reduced_motion="reduce")
            if not page.evaluate("'axe' in window"):
                page.evaluate(Axe().axe_script)
            result = AxeResults(page.evaluate("options => axe.run(options)", options))
            assert result.violations_count == 0, f"{scheme} {page.url}\n{result.generate_report()}"

    return look


@pytest.fixture
def fits_a_phone() -> Callable[[Page], None]:
    """Assert that a page needs no sideways scroll at 360 pixels."""

    def look(page: Page) -> None:
        before = page.viewport_size
        page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
        width = page.evaluate("document.documentElement.scrollWidth")
        if before:
            page.set_viewport_size(before)
        assert width <= NARROW["width"], f"{page.url} is {width} pixels wide at {NARROW['width']}"

    return look
