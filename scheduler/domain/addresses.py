"""Where the public pages live: the path of every article, page, category, tag and author, without the host."""

from __future__ import annotations

from urllib.parse import quote

from scheduler.domain.article import Article, Kind
from scheduler.domain.slug import slugify

RESERVED = frozenset({
    "admin", "api", "blog", "healthz", "media", "metrics", "oauth", "practice", "preview", "search", "setup",
    "sitemaps", "static", "theme", "x",
})  # fmt: skip
"""The first parts of our own addresses: no page of the owner's can live there."""

FEED_FILES = ("feed.xml", "atom.xml", "feed.json")
"""What stands below the site, a category and an author for whoever subscribes to them."""


def article_path(slug: str, kind: Kind = Kind.ARTICLE) -> str:
    """Return the path of an article, or of a page that stands by itself."""
    return f"/{quote(slug)}/" if kind is Kind.PAGE else f"/blog/{quote(slug)}/"


def path_of(article: Article) -> str:
    """Return the path of an article as it is now."""
    return article_path(article.slug, article.kind)


def series_path(name: str) -> str:
    """Return the path of the page that lists a series."""
    return f"/blog/series/{slugify(name)}/"


def category_path(category: tuple[str, ...]) -> str:
    """Return the path of the page that lists a category and everything below it."""
    return f"/blog/category/{'/'.join(slugify(name) for name in category)}/"


def tag_path(tag: str) -> str:
    """Return the path of the page that lists a tag's articles."""
    return f"/blog/tag/{slugify(tag)}/"


def author_path(key: str) -> str:
    """Return the path of an author's page."""
    return f"/blog/author/{quote(key, safe='')}/"
