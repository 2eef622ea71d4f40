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
from scheduler.services.site.findable import listed

AT_ONCE = 2_000
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
    found = listed(ctx)
    numbers = range(1, -(-len(found) // AT_ONCE) + 1)
    articles = [(f"articles-{number}.xml", _newest(_part(found, number))) for number in numbers]
    return [("pages.xml", _newest(found)), *articles]


def article_places(ctx: Context, number: int) -> list[Place]:
    """Return the articles of one file, the first being 1; none for a file that there is not."""
    found = listed(ctx)
    families = _families(ctx, found)
    return [_place(ctx, article, families.get(article.translation, ())) for article in _part(found, number)]


def page_places(ctx: Context, paths: Iterable[str]) -> list[Place]:
    """Return the pages that list articles: those of `paths` that are pages and no articles."""
    newest = _newest(listed(ctx))
    articles = {path_of(article) for article in ctx.articles.all()}
    return [
        Place(ctx.settings.base_url + path, newest) for path in paths if path.endswith("/") and path not in articles
    ]


def _part(found: list[Article], number: int) -> list[Article]:
    return found[(number - 1) * AT_ONCE : number * AT_ONCE] if number > 0 else []


def _newest(found: list[Article]) -> int:
    return max((changed_at(article) for article in found), default=0)


def changed_at(article: Article) -> int:
    """Return when visitors last saw something new (UTC ms, 0 for unknown)."""
    return max(article.date_at or 0, article.updated_at or 0)


def _place(ctx: Context, article: Article, languages: tuple[tuple[str, str], ...]) -> Place:
    found = pictures(ctx, article.assets) if article.assets else {}
    base = ctx.settings.base_url
    shown = [base + picture.src for picture in found.values() if not picture.is_video]
    return Place(
        url=base + path_of(article),
        changed_at=changed_at(article),
        photos=tuple(shown[:PHOTOS]),
        films=films(ctx, article, film_blocks(article)),
        published_at=article.date_at or 0,
        languages=languages,
    )


def _families(ctx: Context, found: list[Article]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the languages of each article that there is in several, by its translation key."""
    families: dict[str, list[tuple[str, str]]] = {}
    for article in found:
        if article.translation:
            tag = article.lang or ctx.settings.site.language
            address = ctx.settings.base_url + path_of(article)
            families.setdefault(article.translation, []).append((tag, address))
    return {key: tuple(sorted(members)) for key, members in families.items() if len(members) > 1}
