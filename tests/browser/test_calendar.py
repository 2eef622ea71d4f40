"""The calendar in a browser: posts are moved by mouse and keyboard, the server decides, phones get the agenda."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.domain.slots import local
from scheduler.domain.teaser import When
from scheduler.services.planning import moving
from scheduler.storage import listings
from tests.support.clock import StillClock
from tests.support.deliveries import schedule
from tests.support.house import session_cookie
from tests.support.live import LiveServer, serve
from tests.support.newsroom import add_account

NEW_YORK = "America/New_York"
Look = Callable[[Page], None]


@pytest.fixture
def live_server(tmp_path: Path) -> Iterator[LiveServer]:
    """The product on a Monday, 08:00 in New York."""
    with serve(tmp_path, clock=StillClock()) as server:
        yield server


@pytest.fixture
def sky(live_server: LiveServer) -> Account:
    return add_account(live_server.context, "bluesky", "Harbor Clinic")


@pytest.fixture
def chip(page: Page, live_server: LiveServer, sky: Account) -> Locator:
    """A post for Wednesday 25 November at 10:00, in the month view."""
    delivery_id = schedule(live_server.context, sky, text="Stiff knees", hours=50)
    page.goto("/admin/calendar/")
    found = page.locator(f'post-calendar [data-entry="delivery-{delivery_id}"]')
    expect(found).to_have_accessible_name(
        "Wed 25 November 2026, 10:00 EST: Stiff knees, Harbor Clinic on Bluesky, scheduled"
    )
    return found


def wall(server: LiveServer, number: int = 0) -> str:
    """Return when a delivery goes out by the database, in New York."""
    with server.context.database.reading() as tx:
        return local(listings.search(tx)[number].due_at, NEW_YORK).strftime("%Y-%m-%dT%H:%M")


def drag(page: Page, chip: Locator, date: str) -> None:
    chip.scroll_into_view_if_needed()
    start, end = chip.bounding_box(), page.locator(f'post-calendar [data-date="{date}"]').first.bounding_box()
    assert start and end
    page.mouse.move(start["x"] + 30, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(start["x"] + 20, start["y"] + 20, steps=4)
    page.mouse.move(end["x"] + 40, end["y"] + 50, steps=8)
    page.mouse.up()


def on(page: Page, date: str) -> Locator:
    return page.locator(f'post-calendar [data-date="{date}"] [data-entry]')


def said(page: Page) -> Locator:
    return page.locator("#toasts")


def test_a_post_is_dragged_to_another_day(page: Page, live_server: LiveServer, chip: Locator) -> None:
    drag(page, chip, "2026-11-27")
    expect(said(page)).to_contain_text("It will go out Friday 27 November, 10:00 EST, in 4 days.")
    assert wall(live_server) == "2026-11-27T10:00"
    expect(chip).to_have_accessible_name(
        "Fri 27 November 2026, 10:00 EST: Stiff knees, Harbor Clinic on Bluesky, scheduled"
    )


def test_a_drag_into_the_past_springs_back_with_the_reason(page: Page, live_server: LiveServer, chip: Locator) -> None:
    drag(page, chip, "2026-11-18")
    expect(said(page)).to_contain_text("has passed")
    assert wall(live_server) == "2026-11-25T10:00"
    expect(on(page, "2026-11-25")).to_have_count(1)


def test_alt_and_arrows_move_the_post_and_keep_the_focus(page: Page, live_server: LiveServer, chip: Locator) -> None:
    chip.focus()
    for key, there in (
        ("Alt+ArrowRight", "Thursday 26 November, 10:00"),
        ("Alt+ArrowDown", "Thursday 26 November, 10:15"),
        ("Alt+ArrowLeft", "Wednesday 25 November, 10:15"),
        ("Alt+ArrowUp", "Wednesday 25 November, 10:00"),
    ):
        page.keyboard.press(key)
        expect(said(page)).to_contain_text(there)
        expect(chip).to_be_focused()
    for _ in range(6):
        page.keyboard.press("Alt+ArrowDown")
    expect(said(page)).to_contain_text("Wednesday 25 November, 11:30")
    expect(chip).to_be_focused()
    assert wall(live_server) == "2026-11-25T11:30"
    assert "/admin/calendar/" in page.url


def test_moving_on_into_the_next_month_goes_along(page: Page, live_server: LiveServer, chip: Locator) -> None:
    chip.focus()
    for _ in range(12):
        page.keyboard.press("Alt+ArrowRight")
    expect(said(page)).to_contain_text("Monday 7 December")
    expect(page.get_by_role("heading", name="December 2026")).to_be_visible()
    expect(chip).to_be_focused()
    assert wall(live_server) == "2026-12-07T10:00"


def test_a_time_that_the_clocks_skip_is_refused(page: Page, live_server: LiveServer, sky: Account) -> None:
    hours = (109 * 24) + 18.5  # Saturday 13 March 2027, 02:30
    delivery_id = schedule(live_server.context, sky, text="Night owl", hours=hours)
    assert wall(live_server) == "2027-03-13T02:30"
    page.goto("/admin/calendar/?date=2027-03-13")
    chip = page.locator(f'[data-entry="delivery-{delivery_id}"]')
    chip.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(said(page)).to_contain_text("02:30 does not exist on 14 March 2027 in America/New_York")
    expect(on(page, "2027-03-13")).to_have_count(1)
    expect(chip).to_be_focused()
    assert wall(live_server) == "2027-03-13T02:30"


def test_what_somebody_else_moved_is_shown_where_it_is_now(page: Page, live_server: LiveServer, chip: Locator) -> None:
    with live_server.context.database.reading() as tx:
        before = listings.search(tx)[0]
    moving.move(live_server.context, before.id, When(at="2026-11-28T16:00", zone=NEW_YORK), before.version)
    chip.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(said(page)).to_contain_text("changed this delivery meanwhile")
    expect(on(page, "2026-11-28")).to_have_count(1)
    assert wall(live_server) == "2026-11-28T16:00"


@pytest.mark.parametrize("state", [State.SENDING, State.PUBLISHED])
def test_what_is_out_of_our_hands_stays(page: Page, live_server: LiveServer, sky: Account, state: State) -> None:
    schedule(live_server.context, sky, text="Fixed", hours=50, state=state)
    page.goto("/admin/calendar/")
    chip = page.locator("[data-entry]")
    chip.focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(said(page)).to_contain_text("This cannot be moved.")
    drag(page, chip, "2026-11-28")
    assert wall(live_server) == "2026-11-25T10:00"


def test_a_click_on_a_day_opens_the_composer_with_that_time(page: Page, chip: Locator) -> None:
    page.locator('[data-date="2026-11-27"]').first.click(position={"x": 60, "y": 60})
    page.wait_for_url("**/admin/teasers/new?at=2026-11-27T09%3A00")
    page.go_back()
    chip.click()
    page.wait_for_url("**/admin/deliveries/*")


def test_keys_and_buttons_go_through_time_and_a_reload_stays_there(page: Page, chip: Locator) -> None:
    page.keyboard.press("w")
    expect(page.get_by_role("heading", name="23 – 29 November 2026")).to_be_visible()
    page.get_by_role("link", name="Later", exact=True).click()
    expect(page.get_by_role("heading", name="30 November – 6 December 2026")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="30 November – 6 December 2026")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name="November 2026")).to_be_visible()
    expect(page.get_by_role("link", name="Month")).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_the_clock_of_the_computer_does_not_matter(
    browser: Browser, live_server: LiveServer, sky: Account, zone: str
) -> None:
    schedule(live_server.context, sky, text="Stiff knees", hours=50)
    window = browser.new_context(base_url=live_server.url, timezone_id=zone, viewport={"width": 1280, "height": 900})
    name, value = session_cookie(live_server.app, live_server.owner)
    window.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page = window.new_page()
    for view in ("month", "week"):
        page.goto(f"/admin/calendar/?view={view}")
        chip = page.locator("[data-entry]")
        expect(chip).to_contain_text("10:00")
        expect(on(page, "2026-11-25")).to_have_count(1)
    chip.focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(said(page)).to_contain_text("Wednesday 25 November, 10:15 EST")
    assert wall(live_server) == "2026-11-25T10:15"
    window.close()


def test_a_phone_gets_the_agenda(page: Page, live_server: LiveServer, sky: Account, axe: Look) -> None:
    schedule(live_server.context, sky, text="Stiff knees", hours=50)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/admin/calendar/")
    expect(page.locator("post-calendar")).to_be_hidden()
    row = page.locator(".agenda-row")
    expect(row).to_contain_text("10:00 EST")
    expect(row).to_contain_text("Scheduled")
    page.get_by_role("link", name="Later", exact=True).click()
    expect(page.get_by_role("heading", name="December 2026")).to_be_visible()
    expect(page.get_by_text("Nothing stands here yet")).to_be_visible()
    axe(page)


def test_the_agenda_stands_in_for_scripts(browser: Browser, live_server: LiveServer, sky: Account) -> None:
    schedule(live_server.context, sky, text="Stiff knees", hours=50)
    window = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    name, value = session_cookie(live_server.app, live_server.owner)
    window.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page = window.new_page()
    page.goto("/admin/calendar/")
    expect(page.locator(".agenda-row")).to_be_visible()
    expect(page.locator("post-calendar")).to_be_hidden()
    window.close()


def test_a_menu_of_the_queue_closes_and_gives_the_focus_back(page: Page, live_server: LiveServer, sky: Account) -> None:
    schedule(live_server.context, sky, text="Stiff knees")
    page.goto("/admin/queue/")
    opener = page.locator("summary", has_text="Actions for")
    opener.press("Enter")
    item = page.get_by_role("button", name="Next free slot")
    item.focus()
    page.keyboard.press("Escape")
    expect(item).to_be_hidden()
    expect(opener).to_be_focused()
    opener.press("Enter")
    page.get_by_role("heading", name="Queue").click()
    expect(item).to_be_hidden()
