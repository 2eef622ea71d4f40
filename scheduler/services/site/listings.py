"""The pages that list articles: home, blog, category, tag and author. Only what visitors may see is ever listed."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scheduler.content.library import Category
from scheduler.domain.addresses import article_path, author_path, category_path, series_path, tag_path
from scheduler.domain.article import Article
from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.services.site.cards import ArticleCard, Link, Moment, card, category_links, moment
from scheduler.services.site.pages import AuthorBox, SocialCard, absolute, author_box, social_card

HOME_ARTICLES = 3
BLOG = "/blog/"
ARCHIVE = "/blog/archive/"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list of articles. `sections` are the categories below; `previous` and `next` turn the page."""

    title: str
    url: str
    crumbs: tuple[Link, ...]
    cards: tuple[ArticleCard, ...]
    total: int
    number: int
    last: int
    previous: str
    next: str
    sections: tuple[Link, ...] = ()
    author: AuthorBox | None = None


@dataclass(frozen=True, slots=True)
class HomePage:
    """What the home page shows beside the settings of the site."""

    url: str
    cards: tuple[ArticleCard, ...]
    total: int
    social: SocialCard | None


def home_page(ctx: Context) -> HomePage:
    """Return the home page with the newest articles."""
    public = ctx.articles.public(ctx.clock.now_ms())
    cards = tuple(card(ctx, article) for article in public[:HOME_ARTICLES])
    return HomePage(
        url=absolute(ctx, "/"),
        cards=cards,
        total=len(public),
        social=social_card(ctx, cards[0].figure if cards else None),
    )


def blog_page(ctx: Context, number: int) -> Listing:
    """Return one page of all articles, the newest first. Raises `NotFound` for a page that does not exist."""
    now = ctx.clock.now_ms()
    crumbs = (Link("Home", "/"), Link("Articles", BLOG))
    listing = _listing(ctx, crumbs, ctx.articles.public(now), number, _by_path)
    return replace(listing, sections=_links(ctx.articles.categories(now)))


def category_page(ctx: Context, address: str, number: int) -> Listing:
    """Return one page of a category and everything below it; `address` is like "physical-therapy/knee"."""
    now = ctx.clock.now_ms()
    category = ctx.articles.category(address, now)
    if category is None:
        raise NotFound("No article is in this category.")
    crumbs = (Link("Home", "/"), *category_links(category.names))
    listing = _listing(ctx, crumbs, ctx.articles.public(now, category=address), number)
    return replace(listing, sections=_links(category.children))


def tag_page(ctx: Context, slug: str, number: int) -> Listing:
    """Return one page of a tag's articles."""
    now = ctx.clock.now_ms()
    tag = ctx.articles.tag(slug, now)
    if tag is None:
        raise NotFound("No article has this tag.")
    crumbs = (Link("Home", "/"), Link("Articles", BLOG), Link(tag.name, tag_path(tag.name)))
    return _listing(ctx, crumbs, ctx.articles.public(now, tag=slug), number)


def author_page(ctx: Context, key: str, number: int) -> Listing:
    """Return one page of an author's articles. An author without a public article has no page."""
    author = ctx.articles.author(key)
    found = ctx.articles.public(ctx.clock.now_ms(), author=key)
    if author is None or not found:
        raise NotFound("No article is by this author.")
    crumbs = (Link("Home", "/"), Link("Articles", BLOG), Link(author.name, author_path(key)))
    return replace(_listing(ctx, crumbs, found, number), author=author_box(ctx, author, []))


@dataclass(frozen=True, slots=True)
class ArchiveMonth:
    """The articles of one month, newest first; `label` is like "November 2026", `id` like "2026-11"."""

    id: str
    label: str
    entries: tuple[tuple[Link, Moment], ...]


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """Every article by month, the newest first."""

    title: str
    url: str
    crumbs: tuple[Link, ...]
    total: int
    months: tuple[ArchiveMonth, ...]


def archive_page(ctx: Context) -> ArchivePage:
    """Return the archive. Articles without a date stand at the end, in a part of their own."""
    months: dict[str, list[tuple[Link, Moment]]] = {}
    for headline in ctx.articles.headlines(ctx.clock.now_ms()):
        day = moment(ctx, headline.date_at)
        entry = (Link(headline.title, article_path(headline.slug)), day or Moment("", ""))
        months.setdefault(day.iso[:7] if day else "", []).append(entry)
    crumbs = (Link("Home", "/"), Link("Articles", BLOG), Link("Archive", ARCHIVE))
    parts = tuple(ArchiveMonth(key, _month(key), tuple(entries)) for key, entries in months.items())
    return ArchivePage("Archive", absolute(ctx, ARCHIVE), crumbs, sum(map(len, months.values())), parts)


def _month(key: str) -> str:
    return f"{calendar.month_name[int(key[5:])]} {key[:4]}" if key else "Without a date"


def series_page(ctx: Context, slug: str) -> Listing:
    """Return the parts of a series on one page, the first one first. Raises `NotFound`."""
    parts = ctx.articles.series(slug, ctx.clock.now_ms())
    if not parts:
        raise NotFound("There is no such series.")
    name = parts[0].series
    crumbs = (Link("Home", "/"), Link("Articles", BLOG), Link(name, series_path(name)))
    cards = tuple(card(ctx, article) for article in parts)
    return Listing(name, absolute(ctx, series_path(name)), crumbs, cards, len(parts), 1, 1, "", "")


def _links(categories: Sequence[Category]) -> tuple[Link, ...]:
    return tuple(Link(category.name, category_path(category.names), category.count) for category in categories)


def _by_path(base: str, number: int) -> str:
    return base if number == 1 else f"{base}page/{number}/"


def _by_query(base: str, number: int) -> str:
    return base if number == 1 else f"{base}?page={number}"


def _listing(
    ctx: Context,
    crumbs: tuple[Link, ...],
    articles: Sequence[Article],
    number: int,
    address: Callable[[str, int], str] = _by_query,
) -> Listing:
    """Return page `number` of `articles`; the last crumb is the list's title and its first page's address."""
    size = ctx.settings.site.page_size
    last = max(1, -(-len(articles) // size))
    if not 1 <= number <= last:
        raise NotFound("This list has no such page.")
    title, base = crumbs[-1].label, crumbs[-1].href
    shown = articles[(number - 1) * size : number * size]
    return Listing(
        title=title,
        url=absolute(ctx, address(base, number)),
        crumbs=crumbs,
        cards=tuple(card(ctx, article) for article in shown),
        total=len(articles),
        number=number,
        last=last,
        previous=address(base, number - 1) if number > 1 else "",
        next=address(base, number + 1) if number < last else "",
    )
