"""The red button and the calendar's rules in a browser: by mouse and keyboard, on a phone, in light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scheduler.domain.account import Account
from scheduler.domain.teaser import When
from scheduler.services.delivery import dispatch
from scheduler.services.operations import pause
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import listings
from tests.browser.test_calendar import drag, on, said
from tests.support import deliveries as made
from tests.support.clock import StillClock
from tests.support.live import LiveServer, serve
from tests.support.newsroom import add_account

Look = Callable[[Page], None]


@pytest.fixture
def live_server(tmp_path: Path) -> Iterator[LiveServer]:
    """The product on a Monday, 08:00 in New York."""
    with serve(tmp_path, clock=StillClock()) as server:
        yield server


@pytest.fixture
def sky(live_server: LiveServer) -> Account:
    return add_account(live_server.context, "bluesky", "Harbor Clinic")


def close_days(server: LiveServer, *spans: str) -> None:
    file = server.context.settings.config / "calendar.toml"
    days = ", ".join(f'"{span}"' for span in spans)
    file.write_text(file.read_text("utf-8").replace("blackout = []", f"blackout = [{days}]", 1), "utf-8")
    assert server.context.settings.calendar.default.blackout


def queued(server: LiveServer, account: Account, count: int) -> None:
    for number in range(count):
        given = TeaserInput(f"Text {number}", accounts=(account.id,), when=When(queue="next"))
        schedule(server.context, given, Submission())


def test_the_red_button_stops_everything_and_resume_lets_it_go(
    page: Page, live_server: LiveServer, sky: Account, axe: Look, fits_a_phone: Look
) -> None:
    ctx = live_server.context
    made.schedule(ctx, sky, hours=0)
    page.goto("/admin/articles/")
    page.get_by_role("link", name="Pause everything…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Why?")).to_be_focused()
    axe(page)
    page.keyboard.type("A crisis in the news")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Everything is paused")).to_contain_text("A crisis in the news")
    found = pause.present(ctx)
    assert found
    assert (found.reason, found.who) == ("A crisis in the news", "Alex Owner")
    assert dispatch.claim_due(ctx, "the worker", 5) == []
    axe(page)
    fits_a_phone(page)
    page.goto("/admin/media/")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Drumbeat publishes again. 1 post goes out late")).to_be_visible()
    expect(page.get_by_role("region", name="Everything is paused")).to_have_count(0)
    assert len(dispatch.claim_due(ctx, "the worker", 5)) == 1


def test_escape_pauses_nothing(page: Page, live_server: LiveServer) -> None:
    page.goto("/admin/queue/")
    page.get_by_role("link", name="Pause everything", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert pause.present(live_server.context) is None


def test_a_blackout_day_is_shaded_and_takes_no_post(
    page: Page, live_server: LiveServer, sky: Account, axe: Look, fits_a_phone: Look
) -> None:
    close_days(live_server, "2026-11-27..2026-11-28")
    delivery_id = made.schedule(live_server.context, sky, text="Stiff knees", hours=50)
    page.goto("/admin/calendar/")
    expect(page.locator("post-calendar .day-closed")).to_have_count(2)
    expect(page.locator('post-calendar [data-date="2026-11-27"].day-closed')).to_have_count(1)
    drag(page, page.locator(f'post-calendar [data-entry="delivery-{delivery_id}"]'), "2026-11-27")
    expect(said(page)).to_contain_text("Nothing goes out on blackout days (27 November 2026 to 28 November 2026)")
    expect(on(page, "2026-11-25")).to_have_count(1)
    with live_server.context.database.reading() as tx:
        (delivery,) = listings.search(tx)
    assert delivery.version == 1
    page.locator('post-calendar [data-date="2026-11-28"]').first.click(position={"x": 20, "y": 60})
    expect(said(page)).to_contain_text("This is a blackout day")
    page.goto("/admin/calendar/?view=week&date=2026-11-27")
    expect(page.locator("post-calendar .day-closed").first).to_be_visible()
    expect(on(page, "2026-11-25")).to_have_count(1)
    axe(page)
    fits_a_phone(page)


def test_closing_days_asks_first(
    page: Page, live_server: LiveServer, sky: Account, axe: Look, fits_a_phone: Look
) -> None:
    queued(live_server, sky, 3)
    page.goto("/admin/settings/calendar")
    page.get_by_label("Blackout days").fill("2026-11-23..2026-11-24")
    page.get_by_role("button", name="Save").click()
    asked = page.get_by_role("group", name="Posts on days that you close")
    expect(asked).to_contain_text("2 posts wait on days that become blackout days")
    axe(page)
    fits_a_phone(page)
    asked.get_by_label("Move to the next free slots").check()
    asked.get_by_role("button", name="Save with this choice").click()
    expect(page.get_by_text("2 posts are moved to the next free slots.")).to_be_visible()
    expect(page.get_by_label("Blackout days")).to_have_value("2026-11-23..2026-11-24")


def test_a_shuffle_is_shown_used_and_undone(
    page: Page, live_server: LiveServer, sky: Account, axe: Look, fits_a_phone: Look
) -> None:
    queued(live_server, sky, 5)
    page.goto(f"/admin/queue/?account={sky.id}")
    texts = page.locator(".queue-words .excerpt")
    before = texts.all_inner_texts()
    page.get_by_role("link", name="Shuffle this queue…").click()
    expect(page.locator(".shuffle-list")).to_be_visible()
    axe(page)
    fits_a_phone(page)
    shown = page.locator(".shuffle-list .excerpt").all_inner_texts()
    page.get_by_role("button", name="Use this order").click()
    expect(texts).to_have_text(shown)
    assert shown != before
    page.get_by_role("button", name="Undo the shuffle").click()
    expect(texts).to_have_text(before)


def test_the_composer_keeps_what_becomes_of_a_late_post(page: Page, live_server: LiveServer, sky: Account) -> None:
    page.goto("/admin/teasers/new")
    page.get_by_role("textbox", name="Text").fill("Read this.")
    page.get_by_label("If it cannot go out in time").select_option("Skip it")
    page.get_by_role("button", name="Schedule").click()
    page.wait_for_url("**/admin/queue/")
    with live_server.context.database.reading() as tx:
        (delivery,) = listings.search(tx)
    assert delivery.late_policy == "skip"
