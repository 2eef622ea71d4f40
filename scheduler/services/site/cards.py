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

MOST_FACES = 2_000


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


@dataclass(frozen=True, slots=True)
class _Face:
    """The part of a card that depends on nothing but the article's file, and on the zone."""

    href: str
    date: Moment | None
    category: Link | None
    reading_minutes: int


_FACES: dict[tuple[str, str], _Face] = {}


def card(ctx: Context, article: Article) -> ArticleCard:
    """Return what a list shows of an article of the library."""
    face = _face(article, ctx.settings.calendar.zone)
    return ArticleCard(
        title=article.title,
        href=face.href,
        description=article.description,
        date=face.date,
        author=author_link(ctx, article),
        category=face.category,
        reading_minutes=face.reading_minutes,
        figure=lead_figure(ctx, article),
    )


def reading_minutes(article: Article) -> int:
    """Return how long an article takes to read, the same on its page and on every card of it."""
    return minutes_to_read(article.body)


def _face(article: Article, zone: str) -> _Face:
    """Return what the file alone says, worked out once for each file and zone: an article is in ten lists."""
    key = (article.content_hash, zone)
    found = _FACES.get(key)
    if found is None:
        if len(_FACES) >= MOST_FACES:
            _FACES.clear()
        category = category_links(article.categories[0])[-1] if article.categories else None
        date = _moment(article.date_at, zone)
        found = _FACES[key] = _Face(path_of(article), date, category, reading_minutes(article))
    return found


def moment(ctx: Context, instant: int | None) -> Moment | None:
    """Return an instant (UTC ms) as a date of the site's zone, or None if there is none."""
    return _moment(instant, ctx.settings.calendar.zone)


def _moment(instant: int | None, zone: str) -> Moment | None:
    if instant is None:
        return None
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
