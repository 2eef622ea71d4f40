"""What an article's page shows, worked out beforehand so that its template only has to lay it out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from scheduler.content.blocks import Block
from scheduler.content.markdown import Rendered, render
from scheduler.domain.addresses import article_path, author_path, tag_path
from scheduler.domain.article import Article, Author
from scheduler.services.context import Context
from scheduler.services.editorial.rendering import rendered
from scheduler.services.library.pictures import Picture, picture
from scheduler.services.site.cards import (
    ArticleCard,
    Figure,
    Link,
    Moment,
    card,
    category_links,
    lead_figure,
    moment,
    reading_minutes,
)

LATEST = 5
"""How many articles an author's box lists."""
RELATED = 3
"""How many articles are offered below an article."""


@dataclass(frozen=True, slots=True)
class AuthorBox:
    """An author with everything a page says about them; `bio` is safe HTML, `tel` an address for `tel:`."""

    name: str
    role: str
    href: str
    bio: str
    bio_text: str
    phone: str
    tel: str
    links: tuple[Link, ...]
    photo: Picture | None
    latest: tuple[ArticleCard, ...]


@dataclass(frozen=True, slots=True)
class SocialCard:
    """The picture of a link card: an absolute address, the size in pixels, and the alt text."""

    url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Film:
    """A video of the article, with the name and the description that the article gives it."""

    name: str
    description: str
    video: Picture


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """Everything an article's page shows. Addresses in `url` and `canonical` are absolute, `body` is safe HTML."""

    title: str
    url: str
    canonical: str
    description: str
    body: str
    words: int
    reading_minutes: int
    date: Moment | None
    updated: Moment | None
    crumbs: tuple[Link, ...]
    categories: tuple[tuple[Link, ...], ...]
    tags: tuple[Link, ...]
    lead: Figure | None
    author: AuthorBox | None
    related: tuple[ArticleCard, ...]
    older: Link | None
    newer: Link | None
    social: SocialCard | None
    videos: tuple[Film, ...]
    noindex: bool


def article_page(ctx: Context, article: Article, preview: bool = False) -> ArticlePage:
    """Return the page of an article, public or not; what is listed around it is public only.

    A preview also shows its author the blocks that cannot be used.
    """
    now = ctx.clock.now_ms()
    content = rendered(ctx, article, preview)
    url = absolute(ctx, article_path(article.slug))
    lead = lead_figure(ctx, article)
    newer, older = ctx.articles.around(article, now)
    return ArticlePage(
        title=article.title,
        url=url,
        canonical=article.canonical or url,
        description=article.description,
        body=content.html,
        words=content.words,
        reading_minutes=reading_minutes(article),
        date=moment(ctx, article.date_at),
        updated=_updated(ctx, article),
        crumbs=_crumbs(article),
        categories=tuple(category_links(category) for category in article.categories),
        tags=tuple(Link(tag, tag_path(tag)) for tag in article.tags),
        lead=lead,
        author=_author(ctx, article, now),
        related=tuple(card(ctx, other) for other in ctx.articles.related(article, now, RELATED)),
        older=_to(older),
        newer=_to(newer),
        social=social_card(ctx, lead),
        videos=films(ctx, article),
        noindex=article.noindex,
    )


def social_card(ctx: Context, figure: Figure | None) -> SocialCard | None:
    """Return the picture of a page's link card, or None if its photo has none."""
    image = figure.picture.card if figure else None
    if figure is None or image is None:
        return None
    return SocialCard(absolute(ctx, image.url), image.width, image.height, figure.alt)


def absolute(ctx: Context, path: str) -> str:
    """Return the public address of a path of this site."""
    return ctx.settings.base_url + path


def _to(article: Article | None) -> Link | None:
    return Link(article.title, article_path(article.slug)) if article else None


def _crumbs(article: Article) -> tuple[Link, ...]:
    way = category_links(article.categories[0]) if article.categories else (Link("Articles", "/blog/"),)
    return (Link("Home", "/"), *way, Link(article.title, article_path(article.slug)))


def _updated(ctx: Context, article: Article) -> Moment | None:
    later = article.updated_at is not None and article.updated_at > (article.date_at or 0)
    return moment(ctx, article.updated_at) if later else None


def _author(ctx: Context, article: Article, now: int) -> AuthorBox | None:
    author = ctx.articles.author(article.author) if article.author else None
    if author is None:
        return None
    newest = ctx.articles.public(now, author=author.key)[: LATEST + 1]
    return author_box(ctx, author, [other for other in newest if other.id != article.id][:LATEST])


def author_box(ctx: Context, author: Author, latest: list[Article]) -> AuthorBox:
    """Return an author's box that lists `latest`."""
    bio = _bio(author.bio)
    return AuthorBox(
        name=author.name,
        role=author.role,
        href=author_path(author.key),
        bio=bio.html,
        bio_text=bio.text,
        phone=author.phone,
        tel=dial(author.phone),
        links=tuple(Link(label, href) for label, href in author.links),
        photo=picture(ctx, author.photo) if author.photo else None,
        latest=tuple(card(ctx, other) for other in latest),
    )


@lru_cache(maxsize=64)
def _bio(text: str) -> Rendered:
    return render(text, lambda block: "")


def dial(phone: str) -> str:
    """Return a telephone number as `tel:` wants it: digits, and the plus sign in front if there was one."""
    return ("+" if phone.strip().startswith("+") else "") + re.sub(r"\D", "", phone)


def films(ctx: Context, article: Article) -> tuple[Film, ...]:
    """Return the videos of an article that are in the library, in the order of the text."""
    blocks: list[Block] = []

    def note(block: Block) -> str:
        blocks.append(block)
        return ""

    if "```video" in article.body:
        render(article.body, note)
    found = (_film(ctx, article, block) for block in blocks if block.kind == "video")
    return tuple(film for film in found if film)


def _film(ctx: Context, article: Article, block: Block) -> Film | None:
    video = picture(ctx, block.data["asset"])
    if video is None:
        return None
    name = block.data["title"] or video.caption or article.title
    return Film(name, block.data["description"] or video.alt or article.description or name, video)
