"""The wizard in a browser: practise, sign in on the network's page, come back, choose; the composer's choices."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from scheduler.services.accounts.connect import connect
from tests.support.live import LiveServer

Look = Callable[[Page], None]


def test_signing_in_at_a_practice_network_and_back(page: Page, axe: Look, fits_a_phone: Look) -> None:
    page.goto("/admin/accounts/connect/threads")
    expect(page.get_by_text("1. Register Drumbeat at Threads")).to_be_visible()
    expect(page.get_by_label("Redirect address to enter there")).to_have_value(f"{origin(page)}{BACK}")
    page.get_by_role("link", name="Walk through it on the practice network").click()
    axe(page)
    page.get_by_role("button", name="Sign in at Threads").click()
    page.wait_for_url("**/practice/threads/**")
    axe(page)
    fits_a_phone(page)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("is connected.")).to_be_visible()
    expect(page.get_by_role("heading", name="Sign-in", exact=True)).to_be_visible()
    assert "code=" not in page.url
    page.get_by_role("link", name="All sign-ins").click()
    expect(page.get_by_text("threads_content_publish")).to_be_visible()


BACK = "/admin/accounts/connect/threads/back"


def origin(page: Page) -> str:
    found: str = page.evaluate("location.origin")
    return found


def test_several_to_choose_from(page: Page, axe: Look, fits_a_phone: Look) -> None:
    page.goto("/admin/accounts/connect/linkedin?way=organization&practice=1")
    page.get_by_role("button", name="Sign in at LinkedIn").click()
    page.wait_for_url("**/practice/linkedin/**")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url("**/admin/accounts/**")
    if "/choice/" in page.url:
        axe(page)
        fits_a_phone(page)
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("connected.")).to_be_visible()


def test_the_composer_offers_the_platforms_own_choices_and_a_first_comment(
    live_server: LiveServer, page: Page, axe: Look, fits_a_phone: Look
) -> None:
    account = connect(live_server.context, "mastodon", {"instance": "practice"}, {})
    page.goto("/admin/teasers/new")
    page.locator("#text").fill("Strong hips for long runs.")
    page.locator(f'input[name="accounts"][value="{account.id}"]').check()
    page.get_by_text("Customise for").click()
    page.get_by_label("Visibility").select_option("unlisted")
    page.get_by_text("Say more under it").click()
    page.get_by_label("First comment").fill("More about hips tomorrow.")
    axe(page)
    fits_a_phone(page)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_label("Visibility")).to_have_value("unlisted")
    expect(page.get_by_label("First comment")).to_have_value("More about hips tomorrow.")
