"""What stands beside the text, in Chromium: widths, dark, paper, cards, checks, and the way to a line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.live import LiveServer
from tests.support.posts import write_article

EDIT = "/admin/articles/knee/"
BODY = "\n\n".join(f"Paragraph {number} of a long text about the knee." for number in range(80))


@pytest.fixture
def knee(live_server: LiveServer) -> None:
    write_article(live_server.context, "knee", status="draft", body=f"{BODY}\n\n[click here](/blog/gone/)")


def test_the_page_is_shown_in_every_way_without_losing_its_place(page: Page, knee: None) -> None:
    page.goto(EDIT)
    page.get_by_role("tab", name="Page").click()
    html = page.frame_locator("iframe").locator("html")
    for name, width in (("Tablet", 768), ("Phone", 375), ("Desktop", 1440)):
        page.get_by_role("button", name=name).click()
        expect(html).to_have_js_property("clientWidth", width)
    nav = page.frame_locator("iframe").get_by_role("navigation", name="Main")
    expect(nav).to_be_visible()
    page.get_by_role("button", name="Dark page").click()
    expect(html).to_have_css("color-scheme", "dark")
    page.get_by_role("button", name="On paper").click()
    expect(nav).to_be_hidden()  # the style sheet for print leaves it out
    expect(html).to_have_css("color-scheme", "light")
    page.get_by_role("button", name="Desktop").click()
    expect(nav).to_be_visible()
    expect(html).to_have_css("color-scheme", "dark")


def test_typing_changes_only_what_differs(page: Page, knee: None) -> None:
    page.goto(EDIT)
    page.get_by_role("tab", name="Page").click()
    frame = page.frame_locator("iframe")
    frame.get_by_text("Paragraph 70 of").evaluate("node => { node.kept = true; node.scrollIntoView() }")
    before = frame.locator("html").evaluate("node => node.scrollTop")
    page.fill("#body", f"A new beginning.\n\n{BODY}")
    expect(frame.get_by_text("A new beginning.")).to_be_attached()
    assert frame.get_by_text("Paragraph 70 of").evaluate("node => node.kept === true")
    assert frame.locator("html").evaluate("node => node.scrollTop") >= before > 500


def test_the_checks_follow_and_lead_to_their_place(page: Page, knee: None) -> None:
    page.goto(EDIT)
    page.get_by_role("tab", name="Checks").click()
    panel = page.get_by_role("tabpanel", name="Checks")
    panel.get_by_role("link", name="Line 161: “click here”", exact=True).click()
    expect(page.locator("#body")).to_be_focused()
    chosen = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert page.locator("#body").evaluate(chosen) == "[click here](/blog/gone/)"
    assert page.locator("#body").evaluate("area => area.scrollTop") > 500
    panel.get_by_role("link", name="Description").click()
    expect(page.locator("#description")).to_be_focused()  # in the settings, which opened
    page.fill("#body", "One TK mark")
    page.get_by_role("tab", name="Checks").click()
    expect(panel).to_contain_text("1 blocks publishing")
    expect(panel.get_by_role("link", name="Line 1: TK")).to_be_visible()
    panel.get_by_text("What is good").click()
    page.fill("#body", "No mark any more")
    expect(panel).not_to_contain_text("blocks publishing")
    expect(panel.get_by_text("No TODO, TK or [todo] is left.")).to_be_visible()  # what was open stays open


def test_another_editor_can_take_the_way_to_a_line(page: Page, knee: None) -> None:
    page.goto(EDIT)
    page.evaluate("document.addEventListener('go-to-line', e => { e.preventDefault(); window.wished = e.detail.line })")
    page.get_by_role("tab", name="Checks").click()
    page.get_by_role("link", name="Line 161: “click here”", exact=True).click()
    assert page.evaluate("window.wished") == 161
    expect(page.locator("#body")).not_to_be_focused()


def test_the_cards_say_what_the_card_fields_say(page: Page, knee: None) -> None:
    page.goto(EDIT)
    page.get_by_text("Link card for networks").click()
    page.fill("#card_title", "A title for networks")
    page.fill("#description", "What a knee is")
    page.get_by_role("tab", name="Page").press("ArrowRight")
    cards = page.get_by_role("tabpanel", name="Cards")
    expect(page.get_by_role("tab", name="Cards")).to_be_focused()
    expect(cards.locator(".link-card__title").first).to_have_text("A title for networks")
    expect(cards.locator(".search-result__title")).to_have_text("Knee")
    expect(cards.locator(".search-result__description")).to_have_text("What a knee is")
    expect(cards.locator(".link-card--linkedin")).not_to_contain_text("What a knee is")


def test_on_a_phone_one_thing_is_seen_at_a_time(
    page: Page, knee: None, axe: Callable[[Page], None], fits_a_phone: Callable[[Page], None]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(EDIT)
    expect(page.locator("#body")).to_be_visible()
    expect(page.locator("iframe")).to_be_hidden()
    page.get_by_role("tab", name="Page").click()
    expect(page.locator("iframe")).to_be_visible()
    expect(page.locator("#body")).to_be_hidden()
    page.get_by_role("tab", name="Checks").click()
    axe(page)
    fits_a_phone(page)
    page.get_by_role("link", name="Line 161: “click here”", exact=True).click()
    expect(page.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#body")).to_be_focused()
    page.get_by_role("tab", name="Settings").click()
    page.fill("#slug", "Not an address")
    axe(page)
    fits_a_phone(page)
    page.locator("#slug").scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Publish now")).to_be_in_viewport()  # the buttons never leave the screen
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("alert").get_by_role("link").first.click()
    expect(page.locator("#slug")).to_be_focused()  # a problem leads into the settings


def test_every_tab_is_accessible(page: Page, knee: None, axe: Callable[[Page], None]) -> None:
    page.goto(EDIT)
    for name in ("Settings", "Cards", "Checks"):
        page.get_by_role("tab", name=name).click()
        axe(page)


def test_without_script_all_of_it_is_there(page: Page, knee: None) -> None:
    page.route("**/static/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(EDIT)
    expect(page.get_by_role("tab", name="Checks")).to_be_hidden()
    expect(page.get_by_text("A visitor who follows a dead link does not come back.")).to_be_visible()
    expect(page.locator(".search-result__title")).to_have_text("Knee")


def test_axe_looks_at_the_page_in_a_frame_that_reaches_nothing(page: Page, live_server: LiveServer) -> None:
    write_article(live_server.context, "knee", status="draft", body="## One\n\n#### Deep\n\nText.")
    page.goto(EDIT)
    page.get_by_role("tab", name="Checks").click()
    page.get_by_role("button", name="Check the page with axe").click()
    expect(page.get_by_text("Heading levels should only increase by one")).to_be_visible()
    page.fill("#body", "## One\n\n### Two\n\nText.")
    expect(page.frame_locator("article-preview iframe").locator("h3")).to_have_text("Two")
    page.get_by_role("button", name="Check the page with axe").click()
    expect(page.get_by_text("axe finds nothing wrong with this page.")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(1)


def test_the_way_leads_into_the_visual_editor_too(page: Page, live_server: LiveServer) -> None:
    write_article(live_server.context, "knee", status="draft", body=f"{BODY}\n\n## Still *open* TK\n\nThe end.")
    page.goto(EDIT)
    page.get_by_role("tab", name="Write", exact=True).click()
    page.get_by_role("tab", name="Checks").click()
    page.get_by_role("link", name="Line 161: TK").click()
    expect(page.get_by_role("textbox", name="Text of the article")).to_be_focused()
    assert page.evaluate("getSelection().toString()") == "Still open TK"
    expect(page.get_by_role("heading", name="Still open TK").first).to_be_in_viewport()
