"""The checklist of a new site: four steps to the first teaser."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.services.context import Context
from scheduler.services.operations.configuration import SITE_NAMED
from scheduler.storage import accounts, listings, preferences
from scheduler.storage.engine import Connection

ARTICLE_WRITTEN = "article-written"
"""The preference that remembers that an article was saved in the browser."""

SAMPLES = frozenset({"01M48MSB40EJTA4WV55XW3V3B2", "01M6GVBAR077R329031JP1NY0X", "01M2JJE840P342YYPJEKR05EZ1"})
"""Ids of the articles that come with the product: having them is not having written one."""


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step: what, why, whether it is done, whether it is the next one, and where it is done."""

    title: str
    text: str
    done: bool
    next: bool
    action: str
    href: str


def first_steps(ctx: Context) -> list[FirstStep]:
    """Return the four steps; none once all are done."""
    with ctx.database.reading() as tx:
        done = [
            bool(preferences.get(tx, SITE_NAMED)),
            bool(accounts.keys(tx)),
            _article_written(ctx, tx),
            bool(listings.search(tx, limit=1)),
        ]
    if all(done):
        return []
    following = done.index(False)
    return [
        FirstStep(title, text, done[n], n == following, action, href)
        for n, (title, text, action, href) in enumerate(_STEPS)
    ]


def _article_written(ctx: Context, tx: Connection) -> bool:
    return bool(preferences.get(tx, ARTICLE_WRITTEN)) or any(
        article.id not in SAMPLES for article in ctx.articles.all()
    )


_STEPS = (
    (
        "Name the site",
        "Its name, your business and your time zone. The clinic you see is made up.",
        "Name the site",
        "/admin/settings/site",
    ),
    (
        "Connect an account, or use a practice network",
        "A practice network needs no sign-in, and nothing leaves this machine.",
        "Connect an account",
        "/admin/accounts/connect",
    ),
    (
        "Write an article",
        "With a photo. You see it as visitors will while you write.",
        "Write an article",
        "/admin/articles/new",
    ),
    (
        "Schedule its teaser",
        "A short post that leads to the article, at a time or in the next free slot.",
        "Write a teaser",
        "/admin/teasers/new",
    ),
)
