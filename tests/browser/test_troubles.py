"""The browser fixtures themselves: what a visitor never sees must fail a test, so here it is provoked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

Look = Callable[[Page], None]


def seen(page: Page, troubles: list[str], provoke: str) -> str:
    """Return what is noted when the page runs `provoke`."""
    page.goto("/admin/")
    assert troubles == []
    with page.expect_event("console", timeout=60_000):
        page.evaluate(provoke)
    page.close()  # Chromium and our own listener both write to the console; closing waits for what is under way
    found = " ".join(troubles)
    troubles.clear()
    return found


def test_an_inline_style_is_noted(page: Page, troubles: list[str]) -> None:
    provoke = "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')"
    assert "style-src" in seen(page, troubles, provoke)


def test_an_inline_script_is_noted(page: Page, troubles: list[str]) -> None:
    provoke = "document.body.append(Object.assign(document.createElement('script'), {textContent: 'let a = 1'}))"
    assert "script-src" in seen(page, troubles, provoke)


def test_a_third_party_is_noted(page: Page, troubles: list[str]) -> None:
    provoke = "document.body.append(Object.assign(new Image(), {src: 'https://tracker.invalid/x.gif'}))"
    assert "img-src" in seen(page, troubles, provoke)


def test_a_script_error_is_noted(page: Page, troubles: list[str]) -> None:
    page.goto("/admin/")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('on purpose') })")
    assert "on purpose" in " ".join(troubles)
    troubles.clear()


def test_a_page_that_is_too_wide_is_noted(page: Page, fits_a_phone: Look) -> None:
    page.goto("/admin/")
    page.evaluate("document.querySelector('main').style.inlineSize = '500px'")
    with pytest.raises(AssertionError, match="pixels wide at 360"):
        fits_a_phone(page)


def test_a_page_that_shuts_people_out_is_noted(page: Page, axe: Look) -> None:
    page.goto("/admin/")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    with pytest.raises(AssertionError, match="button-name"):
        axe(page)
