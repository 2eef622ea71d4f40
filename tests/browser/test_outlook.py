"""The outlook in a real browser: try a change out, apply it as shown, by keyboard and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from scheduler.domain.slots import WEEKDAYS, local
from scheduler.storage import deliveries
from tests.support.deliveries import queued_post
from tests.support.live import LiveServer
from tests.support.newsroom import add_account

Look = Callable[[Page], None]


@pytest.fixture
def queued(live_server: LiveServer) -> tuple[int, str]:
    """A post at 09:00 in two days, and the name of that weekday."""
    ctx = live_server.context
    zone = ctx.settings.calendar.zone
    day = local(ctx.clock.now_ms(), zone).date() + timedelta(days=2)
    account = add_account(ctx, "bluesky", "Clinic")
    queued_post(ctx, account, f"{day + timedelta(days=1)}T18:00", "A time of its own", queued=False)
    return queued_post(ctx, account, f"{day}T09:00", "Strong hips carry tired legs"), WEEKDAYS[day.weekday()]


def test_a_change_is_tried_out_shown_and_applied(
    live_server: LiveServer, page: Page, queued: tuple[int, str], axe: Look, fits_a_phone: Look
) -> None:
    delivery_id, weekday = queued
    page.goto("/admin/calendar/?view=list")
    page.get_by_role("link", name="Outlook").click()
    expect(page.get_by_role("heading", name="Outlook", level=1)).to_be_visible()
    axe(page)
    fits_a_phone(page)
    page.get_by_role("link", name="What if …").click()
    page.get_by_role("button", name="Edit as text").click()
    page.get_by_label("Posting times", exact=True).fill(f"{weekday} 10:30")
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_role("heading", name="1 post at another time")).to_be_visible()
    axe(page)
    fits_a_phone(page)
    page.get_by_role("button", name="Apply the posting times").click()
    expect(page.get_by_role("heading", name="What will move")).to_be_visible()
    expect(page.locator(".moves li")).to_have_count(1)
    axe(page)
    fits_a_phone(page)
    page.get_by_role("button", name="Save and move 1 post").press("Enter")
    expect(page.get_by_text("Saved. 1 post moved.")).to_be_visible()
    ctx = live_server.context
    with ctx.database.reading() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found
    assert local(found.due_at, ctx.settings.calendar.zone).strftime("%a %H:%M") == f"{weekday} 10:30"


def test_another_zone_in_settings_asks_first(
    live_server: LiveServer, page: Page, queued: tuple[int, str], axe: Look
) -> None:
    page.goto("/admin/settings/calendar")
    page.locator("#zone").select_option("Europe/Berlin")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="What will move")).to_be_visible()
    page.get_by_label("Keep the time on the clock").check()
    page.get_by_role("button", name="Save and move").click()
    expect(
        page.get_by_text("Something changed meanwhile").or_(page.get_by_text("with this choice")).first
    ).to_be_visible()
    axe(page)
    assert live_server.context.settings.calendar.zone == "America/New_York"
    page.get_by_role("link", name="Back, change nothing").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    assert live_server.context.settings.calendar.zone == "America/New_York"
