"""What search engines and feed readers are to find. Read by the worker too: nothing here needs what makes pages."""

from __future__ import annotations

from scheduler.domain.article import Article
from scheduler.services.context import Context

FEED_ITEMS = 20
"""How many articles a feed holds, the newest first."""


def listed(ctx: Context) -> list[Article]:
    """Return what search engines are to list: the pages that stand by themselves, and the articles, newest first."""
    now = ctx.clock.now_ms()
    everything = (*ctx.articles.pages(now), *ctx.articles.public(now))
    return [article for article in everything if is_findable(article)]


def is_findable(article: Article) -> bool:
    """Return whether search engines are to list an article or a page that visitors may see."""
    return not (article.noindex or article.canonical)
