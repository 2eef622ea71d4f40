"""The small parts that public pages are made of: links, dates, and the card that stands for an article in a list."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.content.markdown import minutes_to_read
from scheduler.domain.addresses import author_path, category_path, path_of
from scheduler.domain.article import Article
from scheduler.domain.slots import local
from scheduler.domain.wording import day
from scheduler.services.context import Context
from scheduler.services.library.pictures import Picture, picture


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled address; `count` says how many articles are behind it, where that is shown."""

    label: str
    href: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant for a `time` element: `iso` with the offset of the site's zone, `text` for people."""

    iso: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A photo as an article uses it: with the article's own alt text and caption."""

    picture: Picture
    alt: str
    caption: str


@dataclass(frozen=True, slots=True, eq=False)
class ArticleCard:
    """An article as a list shows it. Two cards are the same only when they are one object (`card` makes that so)."""

    title: str
    href: str
    description: str
    date: Moment | None
    author: Link | None
    category: Link | None
    reading_minutes: int
    figure: Figure | None


MOST_CARDS = 2_000
_CARDS: dict[tuple[str, str], ArticleCard] = {}
"""The last cards by the article's content hash and the zone."""


def card(ctx: Context, article: Article) -> ArticleCard:
    """Return what a list shows of an article of the library: the same object until something on it has changed.

    An article is in ten lists, and whoever draws its card can keep the drawing.
    """
    zone = ctx.settings.calendar.zone
    author, figure = author_link(ctx, article), lead_figure(ctx, article)
    known = _CARDS.get((article.content_hash, zone))
    if known is None or known.author != author or not _same(known.figure, figure):
        if len(_CARDS) >= MOST_CARDS:
            _CARDS.clear()
        known = _CARDS[article.content_hash, zone] = ArticleCard(
            title=article.title,
            href=path_of(article),
            description=article.description,
            date=moment(ctx, article.date_at),
            author=author,
            category=category_links(article.categories[0])[-1] if article.categories else None,
            reading_minutes=reading_minutes(article),
            figure=figure,
        )
    return known


def _same(one: Figure | None, other: Figure | None) -> bool:
    """Return whether two figures of one article show the same; the words are the article's or the picture's."""
    return one is other or (one is not None and other is not None and one.picture is other.picture)


def reading_minutes(article: Article) -> int:
    """Return how long an article takes to read, the same on its page and on every card of it."""
    return minutes_to_read(article.body)


def moment(ctx: Context, instant: int | None) -> Moment | None:
    """Return an instant (UTC ms) as a date of the site's zone, or None if there is none."""
    if instant is None:
        return None
    zone = ctx.settings.calendar.zone
    return Moment(local(instant, zone).isoformat(timespec="seconds"), day(instant, zone))


def author_link(ctx: Context, article: Article) -> Link | None:
    """Return the way to the author's page, or None for an article without a known author."""
    name = ctx.articles.author_name(article.author) if article.author else ""
    return Link(name, author_path(article.author)) if name else None


def category_links(category: tuple[str, ...]) -> tuple[Link, ...]:
    """Return the way down a category's path: one link for each level."""
    return tuple(Link(name, category_path(category[: depth + 1])) for depth, name in enumerate(category))


def lead_figure(ctx: Context, article: Article) -> Figure | None:
    """Return the lead photo with the article's words, else those of the library; None if it is not there."""
    lead = picture(ctx, article.image.asset) if article.image else None
    if lead is None or article.image is None:
        return None
    return Figure(lead, article.image.alt or lead.alt, article.image.caption or lead.caption)
