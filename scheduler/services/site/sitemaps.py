"""What the sitemaps say: every public address with its date, its photos, its videos and its other languages.

Left out is what asks search engines to stay away, and what names another address as the original.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.domain.addresses import path_of
from scheduler.domain.article import Article
from scheduler.services.context import Context
from scheduler.services.library.pictures import pictures
from scheduler.services.site.films import Film, film_blocks, films
from scheduler.services.site.findable import is_findable, listed

AT_ONCE = 1_000
"""Addresses in one file. The protocol allows 50,000 (sitemaps.org); smaller files are made anew faster."""
PHOTOS = 1_000
"""Photos of one address, by Google's image sitemaps."""


@dataclass(frozen=True, slots=True)
class Place:
    """One address. `changed_at` is UTC ms, 0 for unknown; `languages` are (tag, address), this one included."""

    url: str
    changed_at: int
    photos: tuple[str, ...] = ()
    films: tuple[Film, ...] = ()
    published_at: int = 0
    languages: tuple[tuple[str, str], ...] = ()


def files(ctx: Context) -> list[tuple[str, int]]:
    """Return name and last change (UTC ms) of each sitemap."""
    numbers = range(1, -(-len(ctx.articles.public(ctx.clock.now_ms())) // AT_ONCE) + 1)
    parts = {number: part for number in numbers if (part := _part(ctx, number))}
    articles = [(f"articles-{number}.xml", _newest(part)) for number, part in parts.items()]
    return [("pages.xml", _newest(listed(ctx))), *articles]


def article_places(ctx: Context, number: int) -> list[Place]:
    """Return the articles of one file, the first being 1; none for a file that there is not."""
    return [_place(ctx, article) for article in _part(ctx, number)]


def page_places(ctx: Context, paths: Iterable[str]) -> list[Place]:
    """Return the pages that stand by themselves, and those of `paths` that are pages and list articles."""
    pages = filter(is_findable, ctx.articles.pages(ctx.clock.now_ms()))
    written, newest = {path_of(article) for article in ctx.articles.all()}, _newest(listed(ctx))
    lists = [path for path in paths if path.endswith("/") and path not in written]
    return [*(_place(ctx, page) for page in pages), *(Place(ctx.settings.base_url + path, newest) for path in lists)]


def _part(ctx: Context, number: int) -> list[Article]:
    """Return the articles of one file. It is made again when one of these changes, not with every article."""
    public = ctx.articles.public(ctx.clock.now_ms())
    return [article for article in public[(number - 1) * AT_ONCE : number * AT_ONCE] if is_findable(article)]


def _newest(found: Iterable[Article]) -> int:
    return max(map(changed_at, found), default=0)


def changed_at(article: Article) -> int:
    """Return when visitors last saw something new (UTC ms, 0 for unknown)."""
    return max(article.date_at or 0, article.updated_at or 0)


def _place(ctx: Context, article: Article) -> Place:
    found = pictures(ctx, article.assets) if article.assets else {}
    base = ctx.settings.base_url
    shown = [base + picture.src for picture in found.values() if not picture.is_video]
    return Place(
        url=base + path_of(article),
        changed_at=changed_at(article),
        photos=tuple(shown[:PHOTOS]),
        films=films(ctx, article, film_blocks(article)),
        published_at=article.date_at or 0,
        languages=_languages(ctx, article),
    )


def _languages(ctx: Context, article: Article) -> tuple[tuple[str, str], ...]:
    """Return the languages that there is an article in, as (tag, address); none for one language."""
    family = ctx.articles.translations(article.translation, ctx.clock.now_ms()) if article.translation else ()
    base, own = ctx.settings.base_url, ctx.settings.site.language
    found = sorted((member.lang or own, base + path_of(member)) for member in filter(is_findable, family))
    return tuple(found) if len(found) > 1 else ()
