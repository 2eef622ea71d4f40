"""Searching the articles: the search file kept in step with the library, and the results with the words marked."""

from __future__ import annotations

import difflib
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from scheduler.content.plain_text import plain_text
from scheduler.domain.addresses import category_path, path_of
from scheduler.domain.article import Article, is_public
from scheduler.domain.problem import NotFound
from scheduler.domain.search_words import LONGEST, search_terms
from scheduler.domain.slug import slugify
from scheduler.services.context import Context
from scheduler.services.site.cards import Link, Moment, author_link, category_links, moment
from scheduler.storage.article_search import MARKS, MOST, ArticleSearch, Entry, SearchAway

__all__ = ["Hit", "Piece", "SearchAway", "SearchPage", "having_words", "keep_in_step", "lookalikes", "search_page"]

ALIKE = 0.45
"""How much of an address must be the same for an article to be named as the one that was meant (0 to 1)."""
NEARLY = 0.15
"""How much less than the best one another article may resemble the address and still be named beside it."""
MOST_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text; `found` says that it is one of the words that were looked for."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """One found article."""

    href: str
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    date: Moment | None
    author: Link | None
    category: Link | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results. `loose` says that no article has all of the words, and these have some of them."""

    words: str
    hits: tuple[Hit, ...] = ()
    total: int = 0
    number: int = 1
    last: int = 1
    loose: bool = False

    @property
    def most(self) -> str:
        """Return "1,000 and more" when there are so many that the rest was not looked at, else ""."""
        return f"{MOST:,} and more" if self.total >= MOST else ""


def search_page(ctx: Context, typed: str, number: int = 1) -> SearchPage:
    """Return one page of the articles that visitors may see now and that have every word, the best first.

    Raises `NotFound` for a page that does not exist, `SearchAway` when the search cannot be used.
    """
    words = " ".join(typed.split())[:LONGEST]
    terms = search_terms(words, _english(ctx))
    if not terms:
        return SearchPage(words)
    keep_in_step(ctx)
    found = _public(ctx, ctx.search.ranked(terms))
    loose = not found and len(terms) > 1
    if loose:
        found = _public(ctx, ctx.search.ranked(terms, any_of_them=True))
    size = ctx.settings.site.page_size
    last = max(1, -(-len(found) // size))
    if not 1 <= number <= last:
        raise NotFound("These results have no such page.")
    shown = found[(number - 1) * size : number * size]
    snippets = ctx.search.snippets(terms, [article.id for article in shown], loose)
    hits = (
        _hit(ctx, article, snippets[article.id].title, snippets[article.id].text)
        if article.id in snippets
        else _hit(ctx, article, article.title, article.description)
        for article in shown
    )
    return SearchPage(words, tuple(hits), len(found), number, last, loose and bool(found))


def having_words(ctx: Context, typed: str) -> frozenset[str] | None:
    """Return the ids of all articles, drafts included, that have every word; None when no word was typed.

    Raises `SearchAway`.
    """
    if not typed.strip():
        return None
    keep_in_step(ctx)
    return ctx.search.having(search_terms(typed, _english(ctx)))


def lookalikes(ctx: Context, path: str, most: int = MOST_ALIKE) -> list[Link]:
    """Return the articles that visitors may see whose address resembles `path` most; none rather than a far one.

    It never waits for the search file: what it does not know yet is not suggested.
    """
    wanted = slugify(unquote(path).rstrip("/").rpartition("/")[2].partition(".")[0][:100])
    words = [word for word in wanted.split("-") if len(word) > 2 and not word.isdigit()]
    if not words or not _keeper(ctx).made:
        return []
    try:
        found = _public(ctx, ctx.search.alike(words[:8], 60))
    except SearchAway:
        return []
    scored = [(_likeness(wanted, article), article) for article in found]
    enough = max([ALIKE, *(likeness - NEARLY for likeness, _ in scored)])
    best = sorted((pair for pair in scored if pair[0] >= enough), key=lambda pair: (-pair[0], pair[1].slug))
    return [Link(article.title, path_of(article)) for _, article in best[:most]]


def categories(ctx: Context) -> list[Link]:
    """Return the topmost categories of the public articles, for somebody who found nothing."""
    found = ctx.articles.categories(ctx.clock.now_ms())
    return [Link(category.name, category_path(category.names), category.count) for category in found]


def keep_in_step(ctx: Context) -> None:
    """Bring the search file in step with the library, if that has changed. Raises `SearchAway`.

    While another thread is at it, the words of before are good enough; only the first time everybody waits.
    """
    _keeper(ctx).look(ctx)


class _Keeper:
    """Knows up to which change of the library the search file was brought."""

    def __init__(self) -> None:
        self.made = False
        self._seen: tuple[int, str] | None = None
        self._lock = threading.Lock()

    def look(self, ctx: Context) -> None:
        if self._lock.acquire(blocking=not self.made):
            try:
                self._look(ctx)
            finally:
                self._lock.release()

    def _look(self, ctx: Context) -> None:
        articles = ctx.articles.all()
        now = ctx.articles.generation, ctx.settings.site.language
        if now == self._seen and ctx.search.path.exists():
            return
        names = {author.key: author.name for author in ctx.articles.authors()}
        by_id = {article.id: article for article in articles}
        wanted = {key: f"{article.content_hash} {names.get(article.author, '')}" for key, article in by_id.items()}
        ctx.search.update(wanted, lambda key: _entry(by_id[key], wanted[key], names), _english(ctx))
        self._seen, self.made = now, True


def _english(ctx: Context) -> bool:
    return ctx.settings.site.language.lower().partition("-")[0] == "en"


_KEEPERS: WeakKeyDictionary[ArticleSearch, _Keeper] = WeakKeyDictionary()
_KEEPERS_LOCK = threading.Lock()


def _keeper(ctx: Context) -> _Keeper:
    with _KEEPERS_LOCK:
        return _KEEPERS.setdefault(ctx.search, _Keeper())


def _entry(article: Article, fingerprint: str, names: dict[str, str]) -> Entry:
    paths = [" ".join(path) for path in article.categories]
    return Entry(
        id=article.id,
        fingerprint=fingerprint,
        title=article.title,
        labels=" ".join([*article.tags, *paths, article.series, article.slug]),
        description=article.description,
        author=f"{names.get(article.author, '')} {article.author}",
        body=plain_text(article.body),
    )


def _public(ctx: Context, ids: Iterable[str]) -> list[Article]:
    now = ctx.clock.now_ms()
    found = (ctx.articles.by_id(key) for key in ids)
    return [article for article in found if article and is_public(article, now)]


def _likeness(wanted: str, article: Article) -> float:
    """Return how much of an address is the same: letters in their order, or words in any order."""
    letters = max(
        difflib.SequenceMatcher(None, wanted, slug).ratio() for slug in (article.slug, slugify(article.title))
    )
    one, two = set(wanted.split("-")), set(article.slug.split("-"))
    return max(letters, len(one & two) / len(one | two))


def _hit(ctx: Context, article: Article, title: str, text: str) -> Hit:
    return Hit(
        href=path_of(article),
        title=pieces(title),
        text=pieces(text),
        date=moment(ctx, article.date_at),
        author=author_link(ctx, article),
        category=category_links(article.categories[0])[-1] if article.categories else None,
    )


def pieces(marked: str) -> tuple[Piece, ...]:
    """Return a text with marks as pieces, so that a template can mark the words and escape everything."""
    parts: Sequence[str] = re.split(f"[{''.join(MARKS)}]", marked)
    return tuple(Piece(part, index % 2 == 1) for index, part in enumerate(parts) if part)
