"""Accounts and settings as a person uses them: by mouse, by keyboard, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from scheduler.domain.delivery import State
from scheduler.services.accounts import health, pausing
from scheduler.services.accounts.connect import connect
from tests.support.deliveries import schedule
from tests.support.house import OWNER_EMAIL, OWNER_PASSWORD, session_cookie
from tests.support.live import LiveServer

Look = Callable[[Page], None]


@pytest.fixture
def busy_server(live_server: LiveServer) -> LiveServer:
    """A house with accounts and deliveries in many states."""
    context = live_server.context
    blue = connect(context, "bluesky", {"service": "practice"})
    toots = connect(context, "mastodon", {"instance": "practice"})
    pausing.pause(context, toots.id)
    for hours, state in enumerate((State.SCHEDULED, State.HELD, State.FAILED, State.NEEDS_HUMAN, State.PUBLISHED)):
        schedule(context, blue, text=f"A teaser that is {state}, {'with many words, ' * 9}", hours=hours, state=state)
    return live_server


def test_a_set_up_link_that_is_not_valid(public_page: Page, axe: Look, fits_a_phone: Look) -> None:
    """Every other page is looked at in test_every_page.py."""
    public_page.goto("/setup/made-up")
    axe(public_page)
    fits_a_phone(public_page)


def test_logging_in_by_keyboard(public_page: Page) -> None:
    public_page.goto("/admin/settings/calendar")
    public_page.get_by_label("E-mail").focus()
    public_page.keyboard.type(OWNER_EMAIL)
    public_page.keyboard.press("Tab")
    public_page.keyboard.type(OWNER_PASSWORD)
    public_page.keyboard.press("Enter")
    expect(public_page.get_by_role("heading", name="Settings", level=1)).to_be_visible()


def test_a_practice_account_in_two_clicks(page: Page, axe: Look) -> None:
    page.goto("/admin/")
    page.get_by_role("link", name="Connect an account").click()
    page.get_by_role("button", name="Try Bluesky").click()
    expect(page.get_by_role("heading", name="Ferry Street Physical Therapy", level=1)).to_be_visible()
    expect(page.get_by_text("Ready", exact=True)).to_be_visible()
    axe(page)
    page.get_by_role("link", name="See what was posted there").click()
    page.wait_for_url("**/admin/practice/bluesky")


def test_problems_are_beside_their_fields_and_linked(page: Page, axe: Look) -> None:
    page.goto("/admin/accounts/connect/mastodon?way=form")
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("link", name="Access token is missing").click()
    expect(page.get_by_label("Access token")).to_be_focused()
    expect(page.get_by_label("Server")).to_have_attribute("aria-invalid", "true")
    axe(page)


def test_the_week_of_posting_times(page: Page, live_server: LiveServer, axe: Look) -> None:
    page.goto("/admin/settings/calendar")
    expect(page.get_by_role("textbox", name="Posting times")).to_be_hidden()
    page.get_by_label("New time on Sunday").fill("07:05")
    page.get_by_label("New time on Sunday").press("Enter")
    expect(page.get_by_label("New time on Sunday")).to_be_focused()
    page.get_by_role("button", name="Remove Monday 09:00").click()
    axe(page)
    page.get_by_role("button", name="Edit as text").click()
    expect(page.get_by_role("textbox", name="Posting times")).to_have_value(
        "Tue 12:30\nWed 09:00\nThu 12:30\nFri 09:00\nSun 07:05"
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    slots = [str(slot) for slot in live_server.context.settings.calendar.default.slots]
    assert slots == ["Tue 12:30", "Wed 09:00", "Thu 12:30", "Fri 09:00", "Sun 07:05"]


def test_what_is_no_slot_is_shown_as_text(page: Page, axe: Look) -> None:
    page.goto("/admin/settings/calendar")
    page.get_by_role("button", name="Edit as text").click()
    page.get_by_role("textbox", name="Posting times").fill("Tue 09:00\nFunday 9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("textbox", name="Posting times")).to_have_value("Tue 09:00\nFunday 9")
    expect(page.get_by_text("calendar.toml, default.slots").first).to_be_visible()
    axe(page)


def test_settings_work_without_javascript(browser: Browser, live_server: LiveServer) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    name, value = session_cookie(live_server.app, live_server.owner)
    context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page = context.new_page()
    page.goto("/admin/settings/calendar")
    page.locator("textarea[name=slots]").fill("Sat 10:00")
    with page.expect_navigation():
        page.locator("main form button").first.click()
    assert [str(slot) for slot in live_server.context.settings.calendar.default.slots] == ["Sat 10:00"]
    page.get_by_role("navigation", name="Main").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/admin/settings/calendar")
    context.close()


def test_disconnecting_asks_first(busy_server: LiveServer, page: Page, axe: Look) -> None:
    page.goto("/admin/accounts/1")
    page.get_by_role("link", name="Disconnect…").click()
    dialog = page.get_by_role("dialog", name="Disconnect Ferry Street Physical Therapy?")
    expect(dialog).to_contain_text("2 posts wait in its queue. What is to become of them?")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    axe(page)
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Disconnect…").click()
    dialog.get_by_role("button", name="Disconnect and cancel 2 posts").click()
    expect(page.get_by_text("is disconnected, and its sign-in is deleted here")).to_be_visible()
    assert health.account(busy_server.context, 1).state == "disconnected"


def test_the_colours_follow_at_once_and_stay(page: Page) -> None:
    page.goto("/admin/")
    background = "getComputedStyle(document.body).backgroundColor"
    page.get_by_role("button", name="Light").click()
    light = page.evaluate(background)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(background) != light
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
