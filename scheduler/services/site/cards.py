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

MOST_MINUTES = 50_000
_MINUTES: dict[str, int] = {}
"""How long the texts take to read, by the hash of the file."""


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


@dataclass(frozen=True, slots=True)
class ArticleCard:
    """An article as a list shows it."""

    title: str
    href: str
    description: str
    date: Moment | None
    author: Link | None
    category: Link | None
    reading_minutes: int
    figure: Figure | None


def card(ctx: Context, article: Article) -> ArticleCard:
    """Return what a list shows of an article."""
    return ArticleCard(
        title=article.title,
        href=path_of(article),
        description=article.description,
        date=moment(ctx, article.date_at),
        author=author_link(ctx, article),
        category=category_links(article.categories[0])[-1] if article.categories else None,
        reading_minutes=reading_minutes(article),
        figure=lead_figure(ctx, article),
    )


def reading_minutes(article: Article) -> int:
    """Return how long an article takes to read, the same on its page and on every card of it."""
    found = _MINUTES.get(article.content_hash)
    if found is None:
        if len(_MINUTES) >= MOST_MINUTES:
            _MINUTES.clear()
        found = _MINUTES[article.content_hash] = minutes_to_read(article.body)
    return found


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
