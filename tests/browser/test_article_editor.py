"""Writing an article in Chromium: the preview follows, Ctrl+S saves, the toolbar inserts, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.support.live import LiveServer
from tests.support.posts import shelve_photo, write_article

EDIT = "/admin/articles/knee/"
LONG = "\n\n".join(f"Paragraph {number} of a long text." for number in range(60))


@pytest.fixture
def knee(live_server: LiveServer) -> None:
    write_article(live_server.context, "knee", status="draft", body=LONG)


def body_of(live_server: LiveServer) -> str:
    live_server.context.articles.refresh(force=True)
    article = live_server.context.articles.get("knee")
    assert article is not None
    return article.body


def test_the_preview_follows_and_keeps_its_place(page: Page, knee: None) -> None:
    page.goto(EDIT)
    page.get_by_role("tab", name="Page").click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Paragraph 59 of")).to_be_attached()
    frame.get_by_text("Paragraph 40 of").evaluate("node => node.scrollIntoView()")
    before = frame.locator("html").evaluate("node => node.scrollTop")
    page.fill("#title", "Another title")
    expect(frame.locator("h1")).to_have_text("Another title")
    assert before > 500
    expect(frame.locator("html")).to_have_js_property("scrollTop", before)
    page.get_by_role("button", name="Phone").click()
    expect(frame.locator("html")).to_have_js_property("clientWidth", 375)


def test_nothing_in_an_article_runs_in_the_preview(page: Page, live_server: LiveServer, troubles: list[str]) -> None:
    write_article(live_server.context, "knee", body="<script>parent.hacked = 1</script>", status="draft")
    page.goto(EDIT)
    page.frame_locator("iframe").locator("body").evaluate(
        "body => { const s = body.ownerDocument.createElement('script'); s.text = 'parent.hacked = 1'; body.append(s) }"
    )
    assert page.evaluate("window.hacked") is None
    troubles.clear()  # Chromium says that it refused the script


def test_ctrl_s_saves_and_leaving_with_unsaved_words_asks(page: Page, live_server: LiveServer, knee: None) -> None:
    page.goto(EDIT)
    page.fill("#body", "Unsaved words")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Media").click()
    assert asked == ["beforeunload"] and page.url.endswith(EDIT)
    page.locator("#body").press("Control+s")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert body_of(live_server) == "\nUnsaved words\n"
    page.get_by_role("link", name="Media").click()
    page.wait_for_url("**/admin/media/")


def test_the_toolbar_inserts_and_undo_takes_it_back(page: Page, live_server: LiveServer, knee: None) -> None:
    page.goto(EDIT)
    page.fill("#body", "one two")
    page.locator("#body").select_text()
    page.get_by_role("button", name="Bold").click()
    expect(page.locator("#body")).to_have_value("**one two**")
    page.locator("#body").press("Control+z")
    expect(page.locator("#body")).to_have_value("one two")
    page.locator("#body").press("End")
    page.get_by_role("button", name="Bold").press("ArrowLeft")
    expect(page.get_by_role("button", name="Heading")).to_be_focused()
    page.get_by_role("button", name="Author’s note").click()
    expect(page.locator("#body")).to_have_value('one two\n\n:::note{title="Author’s Note"}\n\nYour note\n\n:::')
    expect(page.frame_locator("iframe").locator("aside.note")).to_contain_text("Your note")


def test_a_photo_comes_from_the_library(page: Page, live_server: LiveServer, knee: None, troubles: list[str]) -> None:
    shelve_photo(live_server.context, "shoes", alt="Running shoes")
    page.goto(EDIT)
    page.fill("#body", "Before")
    page.get_by_role("button", name="Photo", exact=True).click()
    page.locator("dialog[open] [data-id=shoes], dialog[open] button:has(img)").first.click()
    expect(page.locator("#body")).to_have_value('Before\n\n![Running shoes](asset:shoes "Caption")')
    troubles.clear()  # the photo of this test has no bytes


def test_a_stale_save_shows_both(page: Page, live_server: LiveServer, knee: None, axe: Callable[[Page], None]) -> None:
    page.goto(EDIT)
    page.fill("#body", "My words")
    file = live_server.context.settings.posts / "knee" / "index.md"
    file.write_text(file.read_text().replace(LONG, "Their words"))
    page.locator("#body").press("Control+s")
    expect(page.get_by_role("radio", name="Theirs Their words")).to_be_visible()
    axe(page)
    page.get_by_role("radio", name="Mine My words").check()
    expect(page.get_by_label("The whole text")).to_have_value("My words")
    page.get_by_role("button", name="Save this").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert body_of(live_server) == "\nMy words\n"


def test_without_script_the_form_saves(browser_less: Page, live_server: LiveServer) -> None:
    browser_less.goto(EDIT)
    browser_less.fill("#body", "Plain words")
    with browser_less.expect_navigation():
        browser_less.locator("header").get_by_role("button", name="Save").click()
    assert body_of(live_server) == "\nPlain words\n"


@pytest.fixture
def browser_less(page: Page, knee: None) -> Page:
    """A page in which no script of ours arrives."""
    page.route("**/static/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    return page


def test_back_shows_the_article_as_it_is_now(page: Page, live_server: LiveServer, knee: None) -> None:
    """A browser that puts old words into a fresh page would let the next save overwrite newer ones unseen."""
    page.goto(EDIT)
    page.fill("#body", "My own words.")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    page.goto("/admin/articles/")
    write_article(live_server.context, "knee", status="draft", body="Newer words of a colleague.")
    page.go_back()
    expect(page.locator("#body")).to_have_value("Newer words of a colleague.")
    page.go_back()
    expect(page.locator("#body")).to_have_value("Newer words of a colleague.")
