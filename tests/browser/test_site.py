"""The public pages in a real browser: tabs by keyboard, without script, on a phone, in the dark, on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from scheduler.services.library.assets import store
from scheduler.services.site.export import export
from scheduler.web.export_maker import AppMaker
from tests.support.live import LiveServer
from tests.support.pictures import camera_jpeg, video
from tests.support.posts import bring_samples, write_article

SAMPLE = "/blog/the-finer-points-of-dry-needling/"


@pytest.fixture(autouse=True)
def samples(live_server: LiveServer) -> None:
    """The shipped articles; photos and video come only where a test looks at them."""
    bring_samples(live_server.context)


@pytest.fixture
def illustrated(live_server: LiveServer, tmp_path: Path) -> None:
    """A real photo and a real video for the first sample."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(camera_jpeg(900, 600))
    words = {"alt": "A test card", "caption": "", "credit": "Made in the test"}
    store(live_server.context, "sample-runner", photo, "photo.jpg", words)
    store(live_server.context, "sample-needling-video", video(tmp_path / "film.mp4", 0.5), "film.mp4", words)


def test_what_is_too_wide_scrolls_by_itself(
    public_page: Page, live_server: LiveServer, axe: Callable[[Page], None], fits_a_phone: Callable[[Page], None]
) -> None:
    row = "|" + "averyverylongword|" * 9
    body = f"{row}\n|{'---|' * 9}\n{row}\n\n```\n{'code ' * 60}\n```\n\n{'wide' * 80}"
    write_article(live_server.context, "wide", body, title="Wide" * 40)
    public_page.set_viewport_size({"width": 360, "height": 740})
    public_page.goto("/blog/wide/")
    axe(public_page)
    fits_a_phone(public_page)
    public_page.goto(SAMPLE)
    expect(public_page.get_by_role("navigation", name="Older and newer article")).to_contain_text("WideWide")
    fits_a_phone(public_page)


@pytest.mark.usefixtures("illustrated")
def test_photo_and_video_are_shown_from_our_own_site(public_page: Page, axe: Callable[[Page], None]) -> None:
    public_page.goto(SAMPLE)
    photo = public_page.locator(".lead-photo img")
    expect(photo).to_have_js_property("complete", True)
    assert photo.evaluate("image => image.naturalWidth") > 0
    film = public_page.locator("video")
    film.evaluate("video => { video.preload = 'metadata'; video.load(); }")
    expect(film).to_have_js_property("videoWidth", 320)
    axe(public_page)


def test_the_author_tabs_work_by_keyboard(public_page: Page) -> None:
    public_page.goto(SAMPLE)
    bio, latest = public_page.get_by_role("tab", name="Bio"), public_page.get_by_role("tab", name="Latest posts")
    expect(bio).to_have_attribute("aria-selected", "true")
    expect(public_page.locator("#author-latest")).to_be_hidden()
    bio.focus()
    for key, chosen in (
        ("ArrowRight", latest),
        ("ArrowRight", bio),
        ("ArrowLeft", latest),
        ("Home", bio),
        ("End", latest),
    ):
        public_page.keyboard.press(key)
        expect(chosen).to_be_focused()
        expect(chosen).to_have_attribute("aria-selected", "true")
        expect(chosen).to_have_attribute("tabindex", "0")
    expect(bio).to_have_attribute("tabindex", "-1")
    public_page.keyboard.press("Tab")
    expect(public_page.get_by_role("tabpanel", name="Latest posts")).to_be_focused()
    expect(public_page.locator("#author-bio")).to_be_hidden()


def test_the_tabs_follow_the_mouse(public_page: Page) -> None:
    public_page.goto(SAMPLE)
    public_page.get_by_role("tab", name="Latest posts").click()
    expect(public_page.get_by_role("tabpanel")).to_contain_text("Back to Running After an Injury")


def test_without_script_both_panels_are_read_one_after_the_other(browser: Browser, live_server: LiveServer) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(SAMPLE)
    for heading in ("Bio", "Latest posts"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.locator("#author-bio")).to_be_visible()
    expect(page.locator("#author-latest")).to_be_visible()
    context.close()


def test_paper_shows_both_panels_and_no_navigation(public_page: Page) -> None:
    public_page.goto(SAMPLE)
    public_page.emulate_media(media="print", color_scheme="dark")
    expect(public_page.locator("#author-bio")).to_be_visible()
    expect(public_page.locator("#author-latest")).to_be_visible()
    expect(public_page.get_by_role("navigation", name="Main")).to_be_hidden()
    assert (
        public_page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"
    )


def test_the_page_follows_the_dark_of_the_system(public_page: Page) -> None:
    public_page.goto("/")
    shades = {}
    for scheme in ("light", "dark"):
        public_page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        shades[scheme] = public_page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert shades["light"] != shades["dark"]


def test_the_first_tab_stop_skips_to_the_content(public_page: Page) -> None:
    public_page.goto(SAMPLE)
    public_page.keyboard.press("Tab")
    expect(public_page.get_by_role("link", name="Skip to the content")).to_be_focused()
    public_page.keyboard.press("Enter")
    expect(public_page.locator("main")).to_be_focused()


def test_lines_of_prose_are_neither_short_nor_long(public_page: Page) -> None:
    public_page.goto(SAMPLE)
    width = public_page.locator(".prose > p").first.evaluate(
        "p => { const c = document.createElement('canvas').getContext('2d'); c.font = getComputedStyle(p).font;"
        " return p.clientWidth / (c.measureText(p.textContent).width / p.textContent.length); }"
    )
    assert 45 <= width <= 75


def test_the_browser_itself_searches_a_static_export(
    public_page: Page, live_server: LiveServer, tmp_path: Path, axe: Callable[[Page], None]
) -> None:
    ctx, target = live_server.context, tmp_path / "export"
    write_article(ctx, "cafe", "A café by the sea.", title="<i>Café</i> & rest")
    write_article(ctx, "hiza", "膝の痛みを診察します。", title="膝")
    export(ctx, AppMaker(live_server.app, ctx), target)

    def from_file(route: Route) -> None:
        path = urlsplit(route.request.url).path
        route.fulfill(path=target / (f"{path}index.html" if path.endswith("/") else path).lstrip("/"))

    public_page.route("**/*", from_file)
    public_page.goto("/")
    public_page.get_by_role("searchbox", name="Search the articles").fill("needles")
    public_page.keyboard.press("Enter")
    expect(public_page.locator(".search-hit a").first).to_have_text("The Finer Points of Dry Needling")
    expect(public_page.locator(".search-hit__text mark").first).to_have_text("needl")
    expect(public_page.locator("#site-search")).to_have_value("needles")
    axe(public_page)
    for typed, path in (("CAFE rest", "/blog/cafe/"), ("痛み", "/blog/hiza/"), ('"by the sea"', "/blog/cafe/")):
        public_page.goto(f"/search/?q={quote(typed)}")
        expect(public_page.get_by_role("status")).to_have_text("1 article has what you look for.")
        assert public_page.locator(".search-hit a").get_attribute("href") == path
    public_page.goto("/search/?q=%3Cb%3E*(")
    expect(public_page.get_by_role("status")).to_contain_text("No article has “<b>*(” in it.")
