"""The composer as a marketer uses it: live counters and previews, autosave, keyboard, phone, both themes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from scheduler.clock import to_datetime
from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery
from scheduler.domain.teaser import payload_from_json
from scheduler.services.library.assets import add_asset
from scheduler.storage import listings, teasers
from tests.support.house import session_cookie
from tests.support.live import LiveServer
from tests.support.newsroom import NEEDLING, add_account, write_articles
from tests.support.pictures import camera_jpeg

SUNDAY = 6


@pytest.fixture
def accounts(live_server: LiveServer) -> tuple[Account, Account]:
    """A Bluesky and a Mastodon account, and the articles to write about."""
    write_articles(live_server.context)
    return add_account(live_server.context, "bluesky", "Clinic"), add_account(live_server.context, "mastodon", "Clinic")


def stored(server: LiveServer) -> list[Delivery]:
    with server.context.database.reading() as tx:
        return listings.search(tx)


def count_teasers(server: LiveServer) -> int:
    with server.context.database.reading() as tx:
        return len(teasers.listing(tx))


def compose(page: Page, accounts: tuple[Account, ...]) -> None:
    page.goto(f"/admin/teasers/new?article={NEEDLING}")
    for account in accounts:
        page.locator(f'[name=accounts][value="{account.id}"]').check()


def test_counters_previews_and_problems_follow_the_typing(page: Page, accounts: tuple[Account, Account]) -> None:
    sky, toot = accounts
    compose(page, accounts)
    page.locator("#text").fill("x" * 301)
    expect(page.locator(f"#counter-{sky.id}")).to_contain_text("(1 over)")
    expect(page.locator(f"#counter-{toot.id}")).to_contain_text("500")
    expect(page.locator("#problems")).to_contain_text("Clinic (Bluesky): The text is too long")
    page.locator("#text").fill("See #running 👩‍👩‍👧‍👦")
    expect(page.locator(f"#counter-{sky.id}")).to_contain_text("14")
    expect(page.locator("#problems")).not_to_contain_text("to correct")
    expect(page.locator(f"#preview-{sky.id} .post-link")).to_have_text("#running")
    expect(page.locator(f"#preview-{toot.id} .post-card-title")).to_have_text("The finer points")
    expect(page.locator("#times")).to_contain_text("will go out")


def test_a_variant_changes_one_preview_only(page: Page, accounts: tuple[Account, Account]) -> None:
    sky, toot = accounts
    compose(page, accounts)
    page.locator(f'[id="accounts.{toot.id}"] summary').click()
    page.locator(f"#variant-{toot.id}").fill("Only here")
    expect(page.locator(f"#preview-{toot.id} .post-text")).to_contain_text("Only here")
    expect(page.locator(f"#preview-{sky.id} .post-text")).not_to_contain_text("Only here")


def test_templates_fill_the_text_and_undo_takes_it_back(page: Page, accounts: tuple[Account, Account]) -> None:
    page.goto("/admin/teasers/new")
    page.get_by_text("The finer points").click()
    text = page.locator("#text")
    expect(text).to_have_value("The finer points\n\nWhat dry needling is, and what it is not.")
    page.get_by_role("button", name="Question").click()
    expect(text).to_have_value("Where does it hurt?\n\nWe wrote about it: The finer points")
    text.press("Control+z")
    expect(text).to_have_value("The finer points\n\nWhat dry needling is, and what it is not.")
    text.press("Control+End")
    page.get_by_role("button", name="Add the link").click()
    address = f"{page.evaluate('location.origin')}/blog/needling/"
    expect(text).to_have_value(f"The finer points\n\nWhat dry needling is, and what it is not. {address}")


def test_an_edited_text_stays_when_another_article_is_chosen(page: Page, accounts: tuple[Account, Account]) -> None:
    page.goto(f"/admin/teasers/new?article={NEEDLING}")
    page.locator("article-chooser summary").click()
    page.get_by_text("An idea").click()
    expect(page.locator("#text")).to_have_value(
        "An idea\n\nDr. Lee puts one hand on the calf. Where does it hurt? Most runners point at the same place. "
        "A thin needle reaches the tight spot, and the muscle lets go."
    )
    page.locator("#text").fill("My own words")
    page.locator("article-chooser summary").click()
    page.get_by_role("radio", name="The finer points").check()
    expect(page.locator("#article-words")).to_contain_text("The finer points")
    expect(page.locator("#templates")).to_contain_text("Question")
    expect(page.locator("#text")).to_have_value("My own words")


def test_the_clock_gap_is_explained_while_choosing(
    page: Page, live_server: LiveServer, accounts: tuple[Account, Account]
) -> None:
    compose(page, accounts[:1])
    page.get_by_role("radio", name="At a time").check()
    gap = next_gap(live_server.context.clock.now_ms())
    page.locator("#date").fill(gap.isoformat())
    page.locator("#time").fill("02:30")
    expect(page.locator("#problems")).to_contain_text("It becomes 03:30 EDT.")
    expect(page.locator("#submit-words")).to_have_text(f"Schedule for Sun {gap.day} March {gap.year} 03:30")


def next_gap(now_ms: int) -> date:
    """Return the next day on which New York has no 02:30: the second Sunday of a March."""
    days = (to_datetime(now_ms).date() + timedelta(days=n) for n in range(2, 400))
    return next(day for day in days if day.month == 3 and day.weekday() == SUNDAY and 8 <= day.day <= 14)


def test_the_draft_saves_itself_and_a_hurried_submit_is_one_teaser(
    page: Page, live_server: LiveServer, accounts: tuple[Account, Account]
) -> None:
    compose(page, accounts)
    page.locator("#text").fill("Saved by itself")
    expect(page.locator("draft-autosave")).to_contain_text("Saved ")
    expect(page).to_have_url(f"{live_server.url}/admin/teasers/1")
    page.locator("#text").fill("Saved and sent")
    page.evaluate(
        """() => {
            const form = document.querySelector("#composer"), button = form.querySelector("quick-submit button");
            form.querySelector("draft-autosave").save();
            for (let i = 0; i < 3; i++) form.requestSubmit(button);
        }"""
    )
    page.wait_for_url("**/admin/queue/**")
    assert count_teasers(live_server) == 1
    assert [payload_from_json(d.payload).text for d in stored(live_server)] == ["Saved and sent"] * 2


def test_ctrl_enter_schedules_even_with_half_a_link_behind_an_article(
    page: Page, live_server: LiveServer, accounts: tuple[Account, Account]
) -> None:
    page.goto("/admin/teasers/new")
    page.locator("#link").fill("half a link")
    page.locator("#link").press("Enter")
    page.get_by_text("The finer points").click()
    page.locator(f'[name=accounts][value="{accounts[0].id}"]').check()
    page.locator("#text").press("Control+Enter")
    page.wait_for_url("**/admin/queue/**")
    assert len(stored(live_server)) == 1


def test_photos_from_the_library_in_an_order(
    page: Page, live_server: LiveServer, accounts: tuple[Account, Account], tmp_path: Path
) -> None:
    for number, alt in enumerate(("A runner at dawn", "Shoes on a bench")):
        file = tmp_path / f"{number}.jpg"
        file.write_bytes(camera_jpeg(600 + number, 400))
        add_asset(live_server.context, file, file.name, alt)
    compose(page, accounts[:1])
    page.get_by_role("button", name="Choose photos or a video").click()
    for alt in ("A runner at dawn", "Shoes on a bench"):
        page.get_by_role("dialog").get_by_role("button", name=alt).click()
    page.get_by_role("button", name="Use 2 files").click()
    rows = page.locator(".photo-list .photo-alt")
    expect(rows).to_have_text(["A runner at dawn", "Shoes on a bench"])
    page.get_by_role("button", name="Back: A runner at dawn").click()
    expect(rows).to_have_text(["Shoes on a bench", "A runner at dawn"])
    pictures = page.locator(f"#preview-{accounts[0].id} .post-photo img")
    expect(pictures.first).to_have_attribute("alt", "Shoes on a bench")
    page.get_by_role("button", name="Take out: Shoes on a bench").click()
    expect(rows).to_have_text(["A runner at dawn"])
    expect(pictures).to_have_count(1)


def test_nothing_to_find_for_axe_and_no_sideways_scroll(
    page: Page, live_server: LiveServer, accounts: tuple[Account, Account],
    axe: Callable[[Page], None], fits_a_phone: Callable[[Page], None], tmp_path: Path,
) -> None:  # fmt: skip
    file = tmp_path / "a.jpg"
    file.write_bytes(camera_jpeg(600, 400))
    add_asset(live_server.context, file, file.name, "A runner at dawn")
    compose(page, accounts)
    axe(page)
    page.locator("article-chooser summary").click()
    page.get_by_role("radio", name="At a time").check()
    page.locator(f'[id="accounts.{accounts[0].id}"] summary').click()
    page.locator(f"#variant-{accounts[0].id}").fill("W" * 400)
    page.locator("#date").fill("2020-03-14")
    expect(page.locator("#problems")).to_contain_text("2 things to correct")
    axe(page)
    fits_a_phone(page)


def test_everything_works_without_javascript(
    browser: Browser, live_server: LiveServer, accounts: tuple[Account, Account]
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    name, value = session_cookie(live_server.app, live_server.owner)
    context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"/admin/teasers/new?article={NEEDLING}")
    page.get_by_role("button", name="Title").click()
    expect(page.locator("#text")).to_have_value("New on our blog: The finer points")
    page.locator("#text").fill("x" * 301)
    page.locator(f'[name=accounts][value="{accounts[0].id}"]').check()
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator("#problems")).to_contain_text("One thing to correct")
    page.locator("#text").fill("Short")
    page.get_by_role("button", name="Schedule").click()
    page.wait_for_url("**/admin/queue/**")
    assert [payload_from_json(d.payload).text for d in stored(live_server)] == ["Short"]
    context.close()


def test_back_and_save_keep_the_article_of_a_scheduled_teaser(
    page: Page, accounts: tuple[Account, Account], live_server: LiveServer
) -> None:
    """A browser that restores the form by position would choose another article in a list that has changed."""
    page.goto("/admin/teasers/new")
    page.get_by_text("The finer points").click()
    page.locator(f'[name=accounts][value="{accounts[0].id}"]').check()
    page.locator("#text").fill("Needles, explained.")
    expect(page.get_by_text("Saved", exact=False).first).to_be_visible()
    page.wait_for_url(re.compile(r"/teasers/\d+$"))
    page.get_by_role("button", name="Schedule for").click()
    page.wait_for_url("**/admin/queue/**")
    page.go_back()
    page.get_by_role("button", name="Save the new words").click()
    expect(page.get_by_text("Changed.")).to_be_visible()
    with live_server.context.database.reading() as tx:
        (teaser,) = teasers.listing(tx)
    article = live_server.context.articles.by_id(teaser.article_id or "")
    assert article and article.title == "The finer points"
