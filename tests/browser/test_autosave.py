"""Nobody's words are lost: the server dies in mid-typing, the login ends, two write at once; the public page waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from scheduler.services.editorial import articles
from tests.support.live import LiveServer, Server
from tests.support.posts import write_article

BOTH = "One.\n\nMine words of one sentence.\n\nTheirs words of one sentence.\n\nThree."
EDIT = "/admin/articles/knee/"
BODY = "One.\n\nTwo words of one sentence.\n\nThree."


@pytest.fixture
def knee(live_server: LiveServer) -> None:
    write_article(live_server.context, "knee", body=BODY)


def note(page: Page) -> str:
    return page.locator("[data-note]").inner_text()


def draft_of(live_server: LiveServer, slug: str = "knee") -> str:
    return (live_server.context.settings.posts / slug / "draft.md").read_text()


@contextmanager
def without_server(page: Page) -> Iterator[None]:
    """The server is dead: nothing answers."""

    def nobody(route: Route) -> None:
        route.abort("connectionrefused")

    page.context.route("**/*", nobody)
    yield
    page.context.unroute("**/*", nobody)


def now(page: Page) -> None:
    """Let the page save at once, as it does when the network is back, instead of in a few seconds."""
    page.evaluate("() => { dispatchEvent(new Event('online')) }")


def write(page: Page, text: str) -> None:
    page.locator("#body").evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })) }", text
    )


def test_words_are_kept_by_themselves_and_published_when_asked(
    page: Page,
    live_server: LiveServer,
    knee: None,
    axe: Callable[[Page], None],
    fits_a_phone: Callable[[Page], None],
) -> None:
    page.goto(EDIT)
    write(page, BODY.replace("Two", "Second"))
    expect(page.locator("[data-note]")).to_contain_text("Saved")
    assert (
        "Second words" in draft_of(live_server) and "Second" not in articles.existing(live_server.context, "knee").body
    )
    page.reload()  # nothing is unsaved: nobody is asked
    expect(page.get_by_text("Unpublished changes since")).to_be_visible()
    expect(page.frame_locator("iframe").get_by_text("Second words")).to_be_attached()
    fits_a_phone(page)
    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".compared ins")).to_have_text("Second")
    expect(page.locator(".compared del")).to_have_text("Two")
    axe(page)
    fits_a_phone(page)
    page.get_by_role("link", name="Back to the article").click()
    page.get_by_role("button", name="Update the public page").click()
    expect(page.get_by_text("The public page is updated.")).to_be_visible()
    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_text("by Alex Owner").first).to_be_visible()
    fits_a_phone(page)


def test_the_server_dies_in_mid_typing_and_the_words_are_there(
    page: Page, live_server: LiveServer, knee: None, troubles: list[str]
) -> None:
    server = Server(live_server.app)
    server.start()
    address = f"http://127.0.0.1:{server.port}{EDIT}"
    page.goto(address)
    write(page, "Words that the server never heard of")
    server.stop()
    now(page)
    expect(page.locator("[data-note]")).to_contain_text("Not saved: no connection")
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    server = Server(live_server.app, server.port)
    server.start()
    page.goto(address)
    found = page.get_by_role("region", name="Words that were not saved")
    expect(found).to_contain_text("typed")
    expect(page.locator("#body")).to_have_value(BODY)
    found.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Kept as a draft.")).to_be_visible()
    expect(page.locator("#body")).to_have_value("Words that the server never heard of")
    expect(found).to_have_count(0)
    assert page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('drumbeat-words'))") == []
    page.goto("about:blank")
    server.stop()
    troubles.clear()  # nobody answered for a while, and at an address beside the usual one


def test_the_first_words_of_a_new_article_survive_and_go_on(
    page: Page, live_server: LiveServer, troubles: list[str]
) -> None:
    page.goto("/admin/articles/new")
    page.fill("#title", "Hips and h")
    page.wait_for_url("**/admin/articles/untitled/")
    with without_server(page):
        page.fill("#title", "Hips and hamstrings")
        now(page)
        expect(page.locator("[data-note]")).to_contain_text("Not saved")
    now(page)
    expect(page.locator("[data-note]")).to_contain_text("Saved")
    page.locator("#title").press("Control+s")
    page.wait_for_url("**/admin/articles/hips-and-hamstrings/")
    assert [article.title for article in live_server.context.articles.all()] == ["Hips and hamstrings"]
    troubles.clear()


def test_an_ended_login_is_told_and_the_words_go_on_after_the_next(
    page: Page, live_server: LiveServer, knee: None, troubles: list[str]
) -> None:
    page.goto(EDIT)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    write(page, "Written while logged out")
    now(page)
    link = page.get_by_role("link", name="log in again")
    expect(link).to_be_visible()
    assert "kept in this browser" in note(page)
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    now(page)
    expect(page.locator("[data-note]")).to_contain_text("Saved")
    assert "Written while logged out" in draft_of(live_server)
    troubles.clear()


def test_two_windows_are_told_and_brought_together(
    page: Page, live_server: LiveServer, knee: None, axe: Callable[[Page], None], fits_a_phone: Callable[[Page], None]
) -> None:
    page.goto(EDIT)
    other = page.context.new_page()
    other.goto(EDIT)
    expect(other.locator("[data-people]")).to_contain_text("You have this article open in another window")
    write(other, BODY.replace("Two", "Theirs"))
    now(other)
    expect(other.locator("[data-note]")).to_contain_text("Saved")
    write(page, BODY.replace("Two", "Mine"))
    now(page)
    page.get_by_role("button", name="Bring both together").click()
    expect(page.get_by_text("Nothing was overwritten.")).to_be_visible()
    axe(page)
    fits_a_phone(page)
    page.get_by_role("radio", name="Both").check()
    expect(page.locator("#body")).to_have_value(BOTH)
    page.get_by_role("button", name="Keep this as a draft").click()
    expect(page.get_by_text("Kept as a draft.")).to_be_visible()
    expect(page.locator("#body")).to_have_value(BOTH)
