"""Takes the README's pictures from the running product: `python -m tests.support.tour` writes docs/*.png.

A fresh house is served with the shipped articles and sample media, both practice networks are connected, teasers are
queued, and one is carried to its network by the real engine.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from scheduler.domain.teaser import When
from scheduler.services.accounts.connect import connect
from scheduler.services.context import Context
from scheduler.services.delivery import dispatch
from scheduler.services.library.samples import ensure_samples
from scheduler.services.planning import templates
from scheduler.services.planning.compose import Submission, TeaserInput
from scheduler.services.planning.scheduling import schedule
from scheduler.storage import workers
from tests.browser.conftest import ARGUMENTS
from tests.support.house import REPOSITORY, session_cookie
from tests.support.live import LiveServer, serve

SIZE = {"width": 1280, "height": 800}
PAGES: dict[str, str] = {
    "queue": "/admin/queue/",
    "calendar": "/admin/calendar/",
    "editor": "/admin/articles/the-finer-points-of-dry-needling",
    "article": "/blog/the-finer-points-of-dry-needling/",
    "composer": "/admin/teasers/new?article=the-finer-points-of-dry-needling",
    "delivery": "/admin/deliveries/1",
    "home": "/admin/",
    "media": "/admin/media/",
    "accounts": "/admin/accounts/",
    "articles": "/admin/articles/",
    "settings": "/admin/settings/",
    "practice": "/admin/practice/bluesky",
    "site": "/",
}


def main(names: list[str], target: Path, variants: str = "") -> None:
    """Take the named pictures (all when none is named) into `target`; `variants` may hold "dark" and "phone"."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as live:
        shutil.copytree(REPOSITORY / "posts", live.context.settings.posts, dirs_exist_ok=True)
        live.context.articles.refresh(force=True)
        fill(live.context)
        photograph(live, {name: PAGES[name] for name in names or PAGES}, target, variants)


def fill(ctx: Context) -> None:
    """Connect both practice networks, publish a teaser, and queue some more."""
    ensure_samples(ctx)
    bluesky = connect(ctx, "bluesky", {"service": "practice"}, {})
    mastodon = connect(ctx, "mastodon", {"instance": "practice"}, {})
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        workers.register(tx, workers.Worker("tour", "tour", os.getpid(), "tour", now, now + 3_600_000))
    articles = ctx.articles.public(now)
    for number, when in enumerate((When(now=True), When(queue="next"), When(queue="next"))):
        article = articles[number % len(articles)]
        text = templates.render(ctx, ("excerpt", "first_sentence", "question")[number], article)
        given = TeaserInput(text=text, article_id=article.id, accounts=(bluesky.id, mastodon.id), when=when)
        schedule(ctx, given, Submission(key=f"tour-{number}"))
    while claimed := dispatch.claim_due(ctx, "tour", 10):
        for delivery in claimed:
            dispatch.send(ctx, delivery)


def photograph(live: LiveServer, pages: dict[str, str], target: Path, variants: str) -> None:
    """Open each page as the owner and save what is on the screen."""
    name, value = session_cookie(live.app, live.owner)
    width = {"width": 390, "height": 844} if "phone" in variants else SIZE
    with sync_playwright() as playwright:
        executable = os.environ.get("DRUMBEAT_TEST_CHROMIUM") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        scheme = "dark" if "dark" in variants else "light"
        context = browser.new_context(base_url=live.url, viewport=width, color_scheme=scheme)  # type: ignore[arg-type]
        context.add_cookies([{"name": name, "value": value, "url": live.url}])
        page = context.new_page()
        for picture, path in pages.items():
            page.goto(path, wait_until="load")
            if picture in BEFORE:
                BEFORE[picture](page)
            page.wait_for_timeout(600)
            page.screenshot(path=target / f"{picture}.png", full_page="full" in variants)
            _make_smaller(target / f"{picture}.png")
        browser.close()


def _make_smaller(picture: Path) -> None:
    """Save the picture with 200 colours: a third of the size, and nobody sees the difference."""
    with Image.open(picture) as shot:
        small = shot.convert("RGB").quantize(200, dither=Image.Dither.FLOYDSTEINBERG)
    small.save(picture, optimize=True)


def _compose(page: Page) -> None:
    for box in page.locator('input[name="accounts"]').all():
        box.check()
    page.locator("[data-text]").first.click()
    page.wait_for_timeout(1500)


BEFORE: dict[str, Callable[[Page], None]] = {"composer": _compose}
"""What is done on a page before its picture is taken."""


if __name__ == "__main__":
    arguments = sys.argv[1:]
    folder = Path(arguments.pop(0)) if arguments else REPOSITORY / "docs"
    main([a for a in arguments if a in PAGES], folder, " ".join(a for a in arguments if a not in PAGES))
