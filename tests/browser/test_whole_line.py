"""The whole line, as a marketer with a bare machine goes it: from the set-up link to the post on both networks.

The product is the real one: `python -m scheduler run` with its web server and its worker; the browser is the person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.pictures import camera_jpeg
from tests.support.product import Product, running_product

ALT = "Two runners on a wooden bridge in the morning"
TITLE = "Strong Hips, Quiet Knees"
TEASER = "Strong hips carry tired legs. Five exercises for the week:"
PHOTO_TEASER = "This is where we train on Saturdays."


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """The running product in an empty folder, with the shipped articles."""
    with running_product(tmp_path / "house", posts=True) as running:
        yield running


@pytest.fixture
def person(browser: Browser, product: Product) -> Iterator[Page]:
    """A browser that knows nothing yet; whatever a page complains about fails the test."""
    context = browser.new_context(base_url=product.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def test_from_nothing_to_a_post_on_both_networks(product: Product, person: Page, tmp_path: Path) -> None:
    become_the_owner(product, person)
    connect_practice(person, "Bluesky")
    connect_practice(person, "Mastodon")
    photo = tmp_path / "bridge.jpg"
    photo.write_bytes(camera_jpeg())
    write_and_publish(person, photo)
    see_it_as_a_visitor(product, person)
    queue_a_teaser(person, TEASER)
    queue_a_teaser(person, PHOTO_TEASER, with_photo=True)
    for network in ("bluesky", "mastodon"):
        see_the_link_card(person, network)
        see_the_photo(person, network)
    see_the_deliveries(person)


def become_the_owner(product: Product, page: Page) -> None:
    page.goto(product.setup_link)
    page.get_by_label("Your name").fill("Robin Marketer")
    page.get_by_label("E-mail").fill("robin@clinic.example")
    page.get_by_label("Password").fill("a long enough password")
    page.get_by_role("button", name="Create the owner").click()
    expect(page.get_by_role("heading", name="Four steps to your first teaser")).to_be_visible()


def connect_practice(page: Page, network: str) -> None:
    page.goto("/admin/accounts/")
    page.get_by_role("link", name=re.compile("Connect")).first.click()
    page.get_by_role("button", name=f"Try {network}").click()
    expect(page.get_by_role("main")).to_contain_text(network)


def write_and_publish(page: Page, photo: Path) -> None:
    page.goto("/admin/media/")
    page.set_input_files('input[type="file"]', photo)
    page.get_by_label("Alt text: what is to be seen?").fill(ALT)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Ready to use")).to_be_visible()

    page.goto("/admin/articles/new")
    page.get_by_label("Title", exact=True).fill(TITLE)
    page.get_by_role("tab", name="Markdown").click()
    page.get_by_label("Text", exact=True).fill(
        "Strong hips carry tired legs.\n\n## Five exercises\n\n1. Bridge\n2. Plank\n"
    )
    page.get_by_label("Categories").fill("Running/Strength")
    page.get_by_label("Description").fill("Five exercises for runners, for the week.")
    page.get_by_role("button", name="Choose the lead photo").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(ALT)).click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("link", name=re.compile("teaser", re.I)).first).to_be_visible()


def see_it_as_a_visitor(product: Product, page: Page) -> None:
    page.goto(f"{product.url}/blog/strong-hips-quiet-knees/")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.get_by_alt_text(ALT).first).to_be_visible()
    crumbs = page.get_by_role("navigation", name="Breadcrumb").get_by_role("listitem")
    expect(crumbs).to_have_text(["Home", "Running", "Strength", TITLE])


def queue_a_teaser(page: Page, text: str, with_photo: bool = False) -> None:
    page.goto("/admin/articles/strong-hips-quiet-knees")
    page.get_by_role("link", name="Queue a teaser").click()
    page.locator('textarea[name="text"]').fill(text)
    if with_photo:
        page.get_by_role("button", name="Choose photos or a video").click()
        page.get_by_role("dialog").get_by_role("button", name=re.compile(ALT)).click()
        page.get_by_role("dialog").get_by_role("button", name=re.compile("Use|Done|Add")).click()
    for box in page.locator('input[name="accounts"]').all():
        box.check()
    page.locator('input[name="when"][value="now"]').check()
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url("**/admin/queue/**")


def post_with(page: Page, network: str, words: str) -> Locator:
    """Wait until the practice network shows the post; it is there exactly once."""
    page.goto(f"/admin/practice/{network}")
    post = page.get_by_role("article").filter(has_text=words)
    for _ in range(60):
        if post.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(post).to_have_count(1)
    return post


def see_the_link_card(page: Page, network: str) -> None:
    post = post_with(page, network, "Strong hips carry tired legs")
    expect(post).to_contain_text(TITLE)
    expect(post.locator("img").first).to_be_visible()


def see_the_photo(page: Page, network: str) -> None:
    post = post_with(page, network, "This is where we train")
    expect(post.get_by_alt_text(ALT)).to_be_visible()
    expect(post.get_by_text(f"Alt text: {ALT}")).to_be_visible()


def see_the_deliveries(page: Page) -> None:
    page.goto("/admin/queue/?show=published")
    expect(page.locator(".queue-row")).to_have_count(4)
    page.locator(".queue-row a").first.click()
    expect(page.get_by_role("heading", name="It is live")).to_be_visible()
    expect(page.get_by_role("link", name="Open the post")).to_have_attribute("href", re.compile("^http"))
    expect(page.locator(".attempts > li")).to_have_count(2)  # scheduled, and sent at the first try
    expect(page.locator(".attempts details")).to_have_count(1)
