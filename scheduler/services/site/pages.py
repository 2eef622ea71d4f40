"""What an article's page shows, worked out beforehand so that its template only has to lay it out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from scheduler.content.markdown import Rendered, render
from scheduler.domain.addresses import author_path, path_of, series_path, tag_path
from scheduler.domain.article import Article, Author, Kind
from scheduler.domain.slug import slugify
from scheduler.services.context import Context
from scheduler.services.editorial.rendering import rendered
from scheduler.services.library.pictures import Picture, picture
from scheduler.services.site import card_image
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
from scheduler.services.site.films import Embed, Film, embeds, film_blocks, films

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
    mime: str = "image/jpeg"


@dataclass(frozen=True, slots=True)
class SeriesBox:
    """The series that an article is part `number` of."""

    name: str
    href: str
    number: int
    parts: tuple[Link, ...]

    @property
    def previous(self) -> Link | None:
        """Return the part before."""
        return self.parts[self.number - 2] if self.number > 1 else None

    @property
    def next(self) -> Link | None:
        """Return the part after."""
        return self.parts[self.number] if self.number < len(self.parts) else None


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
    is_page: bool = False
    """Whether it stands by itself: no date, no neighbours, nothing related."""
    search_title: str = ""
    card_title: str = ""
    card_description: str = ""
    language: str = ""
    """The language tag where it is not the site's."""
    languages: tuple[tuple[str, str], ...] = ()
    """(tag, absolute address) of each language there is, this one included."""
    series: SeriesBox | None = None
    embeds: tuple[Embed, ...] = ()
    """The films of other sites in the text, which a click may load."""


def article_page(ctx: Context, article: Article, preview: bool = False) -> ArticlePage:
    """Return the page of an article, public or not; what is listed around it is public only.

    A preview also shows its author the blocks that cannot be used.
    """
    now = ctx.clock.now_ms()
    content = rendered(ctx, article, preview)
    url = absolute(ctx, path_of(article))
    lead = lead_figure(ctx, article)
    is_page = article.kind is Kind.PAGE
    newer, older = (None, None) if is_page else ctx.articles.around(article, now)
    filmed = film_blocks(article)
    related = () if is_page else ctx.articles.related(article, now, RELATED)
    return ArticlePage(
        title=article.title,
        url=url,
        canonical=article.canonical or url,
        description=article.description,
        body=content.html,
        words=content.words,
        reading_minutes=reading_minutes(article),
        date=None if is_page else moment(ctx, article.date_at),
        updated=_updated(ctx, article),
        crumbs=_crumbs(article),
        categories=tuple(category_links(category) for category in article.categories),
        tags=tuple(Link(tag, tag_path(tag)) for tag in article.tags),
        lead=lead,
        author=_author(ctx, article, now),
        related=tuple(card(ctx, other) for other in related),
        older=_to(older),
        newer=_to(newer),
        social=article_card(ctx, article, lead),
        videos=films(ctx, article, filmed),
        noindex=article.noindex,
        is_page=is_page,
        search_title=article.search_title,
        card_title=article.card.title or article.title,
        card_description=article.card.description or article.description,
        language=article.lang,
        languages=_languages(ctx, article, now),
        series=_series(ctx, article, now),
        embeds=embeds(ctx, article, filmed),
    )


def _series(ctx: Context, article: Article, now: int) -> SeriesBox | None:
    slug = slugify(article.series)
    parts = ctx.articles.series(slug, now) if slug else ()
    ids = [part.id for part in parts]
    if len(parts) < 2 or article.id not in ids:
        return None
    links = tuple(Link(part.title, path_of(part)) for part in parts)
    return SeriesBox(article.series, series_path(article.series), ids.index(article.id) + 1, links)


def _languages(ctx: Context, article: Article, now: int) -> tuple[tuple[str, str], ...]:
    family = ctx.articles.translations(article.translation, now) if article.translation else ()
    if len(family) < 2 or article.id not in {member.id for member in family}:
        return ()
    own = ctx.settings.site.language
    return tuple(sorted((member.lang or own, absolute(ctx, path_of(member))) for member in family))


def article_card(ctx: Context, article: Article, lead: Figure | None) -> SocialCard | None:
    """Return the picture of an article's link card: the one chosen for it, the lead photo, or one that is drawn."""
    chosen = picture(ctx, article.card.asset) if article.card.asset else None
    if chosen and chosen.card:
        return SocialCard(absolute(ctx, chosen.card.url), chosen.card.width, chosen.card.height, chosen.alt)
    return social_card(ctx, lead) or drawn_card(ctx, article)


def card_paths(ctx: Context) -> Iterator[str]:
    """Yield the path of every drawn card that a page names."""
    now, base = ctx.clock.now_ms(), ctx.settings.base_url
    for article in (*ctx.articles.public(now), *ctx.articles.pages(now)):
        found = None if article.image else article_card(ctx, article, None)
        if found and "/media/cards/" in found.url:
            yield found.url.removeprefix(base)


def drawn_card(ctx: Context, article: Article) -> SocialCard | None:
    """Return the drawn card of an article without a photo; None for one that has no address yet."""
    if not article.id:
        return None
    title = article.card.title or article.title
    url = absolute(ctx, card_image.path(ctx, article.id, title))
    return SocialCard(url, card_image.WIDTH, card_image.HEIGHT, f"{title} · {ctx.settings.site.name}", "image/png")


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
    return Link(article.title, path_of(article)) if article else None


def _crumbs(article: Article) -> tuple[Link, ...]:
    if article.kind is Kind.PAGE:
        return (Link("Home", "/"), Link(article.title, path_of(article)))
    way = category_links(article.categories[0]) if article.categories else (Link("Articles", "/blog/"),)
    return (Link("Home", "/"), *way, Link(article.title, path_of(article)))


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
