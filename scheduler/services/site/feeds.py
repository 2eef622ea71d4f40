"""What feed readers get: the newest articles of the site, of a category or of an author, whole and with full addresses.

Feed readers show an entry away from the site: its addresses are absolute, and what only works on the page (players
with scripts, folded answers) is plain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin

import nh3

from scheduler.content.library import category_path as category_address
from scheduler.domain.addresses import author_path, category_path, path_of
from scheduler.domain.article import Article
from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.services.editorial.rendering import rendered
from scheduler.services.site.cards import lead_figure
from scheduler.services.site.findable import FEED_ITEMS

_TAGS = {
    "a", "aside", "blockquote", "br", "caption", "code", "em", "figcaption", "figure", "h2", "h3", "h4", "h5", "h6",
    "hr", "img", "li", "ol", "p", "pre", "s", "source", "strong", "summary", "details", "table", "tbody", "td", "th",
    "thead", "tr", "track", "ul", "video", "div", "span",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "video": {"src", "poster", "controls", "width", "height"},
    "source": {"src", "type"},
    "track": {"src", "srclang", "label", "kind"},
    "ol": {"start"},
}
_ADDRESSES = {"href", "src", "poster"}


@dataclass(frozen=True, slots=True)
class Photo:
    """An entry's photo: absolute address, media type, size in pixels, and its words."""

    url: str
    mime: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One article of a feed. `html` is safe, with absolute addresses; instants are UTC ms."""

    id: str
    title: str
    url: str
    summary: str
    html: str
    author: str
    author_url: str
    published_at: int
    updated_at: int
    categories: tuple[str, ...]
    photo: Photo | None
    language: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed. `path` is the page it belongs to ("/", "/blog/category/running/"); `updated_at` is 0 when it is empty."""

    title: str
    description: str
    path: str
    updated_at: int
    entries: tuple[Entry, ...]


def site_feed(ctx: Context) -> Feed:
    """Return the feed of all articles."""
    site = ctx.settings.site
    return _feed(ctx, site.name, site.description or site.tagline, "/", _listed(ctx))


def category_feed(ctx: Context, address: str) -> Feed:
    """Return the feed of a category ("physical-therapy/knee") and what lies below it. Raises `NotFound`."""
    for article in (found := _listed(ctx, category=address)):
        for names in article.categories:
            for depth in range(1, len(names) + 1):
                if category_address(names[:depth]) == address:
                    title = f"{names[depth - 1]} · {ctx.settings.site.name}"
                    return _feed(ctx, title, "", category_path(names[:depth]), found)
    raise NotFound("No article is in this category.")


def author_feed(ctx: Context, key: str) -> Feed:
    """Return the feed of an author. Raises `NotFound` for one without a public article."""
    author, found = ctx.articles.author(key), _listed(ctx, author=key)
    if author is None or not found:
        raise NotFound("No article is by this author.")
    return _feed(ctx, f"{author.name} · {ctx.settings.site.name}", author.role, author_path(key), found)


def _listed(ctx: Context, category: str | None = None, author: str | None = None) -> list[Article]:
    public = ctx.articles.public(ctx.clock.now_ms(), category=category, author=author)
    found: list[Article] = []
    for start in range(0, len(public), FEED_ITEMS):  # in parts: a feed is made again when one of these changes, not any
        found += [article for article in public[start : start + FEED_ITEMS] if not article.noindex]
        if len(found) >= FEED_ITEMS:
            break
    return found[:FEED_ITEMS]


def _feed(ctx: Context, title: str, description: str, path: str, articles: Sequence[Article]) -> Feed:
    entries = tuple(_entry(ctx, article) for article in articles)
    updated = max((entry.updated_at for entry in entries), default=0)
    return Feed(title, description, path, updated, entries)


def _entry(ctx: Context, article: Article) -> Entry:
    url = ctx.settings.base_url + path_of(article)
    author = ctx.articles.author(article.author) if article.author else None
    published = article.date_at or article.updated_at or 0
    return Entry(
        id=f"urn:drumbeat:{article.id}",
        title=article.title,
        url=url,
        summary=article.description,
        html=with_full_addresses(rendered(ctx, article).html, url),
        author=author.name if author else "",
        author_url=ctx.settings.base_url + author_path(author.key) if author else "",
        published_at=published,
        updated_at=max(published, article.updated_at or 0),
        categories=tuple(dict.fromkeys((*(names[-1] for names in article.categories), *article.tags))),
        photo=_photo(ctx, article),
        language=article.lang or ctx.settings.site.language,
    )


@lru_cache(maxsize=256)
def with_full_addresses(html: str, page: str) -> str:
    """Return the HTML of an article for a place away from its page (at the address `page`): plain and absolute.

    The last ones are kept: the same article stands in three forms of several feeds.
    """

    def absolute(_tag: str, name: str, value: str) -> str:
        return urljoin(page, value) if name in _ADDRESSES else value

    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=absolute, link_rel=None)


def _photo(ctx: Context, article: Article) -> Photo | None:
    lead = lead_figure(ctx, article)
    image = lead.picture.card if lead else None
    if lead is None or image is None:
        return None
    mime = "image/png" if image.url.endswith(".png") else "image/jpeg"
    return Photo(ctx.settings.base_url + image.url, mime, image.width, image.height, lead.alt)
