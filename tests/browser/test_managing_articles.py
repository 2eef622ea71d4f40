"""Many articles at once, redirects, categories and authors in a real browser: by keyboard, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.live import LiveServer
from tests.support.posts import write_article, write_author

ADMIN = "/admin/articles/"


def test_articles_are_ticked_and_changed(page: Page, live_server: LiveServer, axe: Callable[[Page], None]) -> None:
    context = live_server.context
    for number in range(52):
        write_article(context, f"a-{number}", status="draft" if number % 2 else "published")
    page.goto(ADMIN)
    expect(page.get_by_label("With the ticked ones")).to_be_hidden()
    page.get_by_label("Tick A 0", exact=True).focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    expect(page.get_by_label("Tag", exact=True)).to_be_hidden()
    page.get_by_label("With the ticked ones").select_option("add_tag")
    page.get_by_label("Tag", exact=True).fill("Running")
    axe(page)
    page.get_by_role("button", name="Apply").press("Enter")
    expect(page.get_by_text("1 article has the tag now.")).to_be_visible()
    assert [a.slug for a in context.articles.all() if a.tags] == ["a-0"]
    page.get_by_label("All on this page").check()
    expect(page.get_by_text("50 chosen")).to_be_visible()
    page.get_by_label("All 52 found").check()
    expect(page.get_by_text("52 chosen")).to_be_visible()
    page.get_by_label("With the ticked ones").select_option("delete")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="Delete: 52 articles")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("52 articles are in the folder .trash of your posts.")).to_be_visible()
    assert context.articles.all() == ()


def test_a_biography_is_previewed_while_it_is_typed(page: Page, live_server: LiveServer) -> None:
    write_author(live_server.context, "ann", bio="Old words")
    page.goto(f"{ADMIN}authors/ann")
    expect(page.locator("#bio-preview")).to_have_text("Old words")
    page.get_by_label("Text", exact=True).fill("I **run** <script>alert(1)</script>")
    expect(page.locator("#bio-preview strong")).to_have_text("run")
    expect(page.locator("#bio-preview script")).to_have_count(0)
