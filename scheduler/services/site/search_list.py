"""What a browser searches by itself where no server does, on the host of a static export: a list of every article.

The less there is on the site, the more of each text is in it, so that it never becomes too large to be loaded.
"""

from __future__ import annotations

from scheduler.content.plain_text import plain_text
from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article
from scheduler.services.context import Context
from scheduler.services.site.cards import moment

PATH = "/search/index.json"
MOST = 5_000
"""Articles in the list, the newest."""
LARGEST = 600_000
"""Characters of texts in the whole list."""
LONGEST = 20_000
"""Characters of one text."""
DESCRIPTION = 200

Found = dict[str, str]


def search_list(ctx: Context) -> list[Found]:
    """Return what is to be found: pages that stand by themselves, and the articles, the newest first."""
    now = ctx.clock.now_ms()
    shown = [*ctx.articles.pages(now), *ctx.articles.public(now)][:MOST]
    most = min(LONGEST, LARGEST // max(1, len(shown)))
    return [_found(ctx, article, most) for article in shown]


def _found(ctx: Context, article: Article, most: int) -> Found:
    day = moment(ctx, article.date_at)
    author = ctx.articles.author_name(article.author) if article.author else ""
    labels = [*article.tags, *(name for way in article.categories for name in way), article.series, author]
    return {
        "path": path_of(article),
        "title": article.title,
        "day": day.text if day else "",
        "labels": " · ".join(dict.fromkeys(filter(None, labels))),
        "description": article.description[:DESCRIPTION],
        "text": plain_text(article.body[:most]),
    }
