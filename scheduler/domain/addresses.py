"""Where the public pages live: the path of every article, category, tag and author. The host is added elsewhere."""

from __future__ import annotations

from urllib.parse import quote

from scheduler.domain.slug import slugify


def article_path(slug: str) -> str:
    """Return the path of an article's page."""
    return f"/blog/{quote(slug)}/"


def category_path(category: tuple[str, ...]) -> str:
    """Return the path of the page that lists a category and everything below it."""
    return f"/blog/category/{'/'.join(slugify(name) for name in category)}/"


def tag_path(tag: str) -> str:
    """Return the path of the page that lists a tag's articles."""
    return f"/blog/tag/{slugify(tag)}/"


def author_path(key: str) -> str:
    """Return the path of an author's page."""
    return f"/blog/author/{quote(key, safe='')}/"
