"""What an article is, and when visitors may see it. One article is one folder in `posts/`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """Where an article stands between the first idea and the archive."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Kind(StrEnum):
    """What a file in `posts/` is: an article of the blog, or a page that stands by itself ("About us")."""

    ARTICLE = "article"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class LeadImage:
    """The photo above the text: an asset of the media library with words of its own for this use."""

    asset: str
    alt: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class LinkCard:
    """What networks show of a link to the article, where it shall differ from the article; "" means as the article."""

    title: str = ""
    description: str = ""
    asset: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """One author, from `posts/_authors/<key>.yaml`. `bio` is Markdown; `links` are (label, address)."""

    key: str
    name: str
    role: str = ""
    bio: str = ""
    phone: str = ""
    photo: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """One article as its file says it; `body` is Markdown, instants are UTC epoch milliseconds.

    `id` is the identity; the slug and the folder may change. `content_hash` names these exact bytes of the
    file and is what a save is compared with. `categories` are paths, the first one is the breadcrumb.
    """

    id: str
    title: str
    slug: str
    status: Status
    body: str
    content_hash: str
    date_at: int | None = None
    updated_at: int | None = None
    categories: tuple[tuple[str, ...], ...] = ()
    tags: tuple[str, ...] = ()
    author: str = ""
    description: str = ""
    image: LeadImage | None = None
    canonical: str = ""
    noindex: bool = False
    aliases: tuple[str, ...] = ()
    kind: Kind = Kind.ARTICLE
    series: str = ""
    """The name of the series that the article is a part of."""
    search_title: str = ""
    """The title for search engines, where it shall differ from the article's own."""
    card: LinkCard = LinkCard()
    lang: str = ""
    """The language tag of the text; "" means the site's language."""
    translation: str = ""
    """The same key in several articles says that they are one article in several languages."""
    origin: str = ""
    """Where an imported article came from: source and id there, "wordpress 12". An import finds it again by this."""
    assets: tuple[str, ...] = field(default=())
    """Every asset the file uses, lead photo included, in order of first use."""
    links: tuple[str, ...] = ()
    """The id of every article that the text links to as `article:ID`, in order of first mention."""


def is_public(article: Article, now: int) -> bool:
    """Return whether visitors may see the article at `now` (UTC ms): published, or scheduled and its time has come."""
    if article.status is Status.PUBLISHED:
        return article.date_at is None or article.date_at <= now
    return article.status is Status.SCHEDULED and article.date_at is not None and article.date_at <= now
