"""Preview links: one article, shown to somebody without a login until the link expires or is ended.

A link shows the article with every change, unpublished edits included, or one version only: the text as it was when
the link was made.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from enum import StrEnum

from scheduler.content import article_file, drafts
from scheduler.content.yaml_tree import Broken
from scheduler.domain.article import Article
from scheduler.domain.problem import NotFound, refuse
from scheduler.services.context import Context
from scheduler.services.editorial.article_input import imagined, tidy
from scheduler.services.editorial.drafts import opened
from scheduler.storage import preview_links
from scheduler.storage.preview_links import PreviewLink

DAYS = (1, 7, 30)
"""How long a link may work."""
DAY_MS = 86_400_000
NOTE_USE_EVERY_MS = 60_000

log = logging.getLogger(__name__)


class Scope(StrEnum):
    """What a link shows."""

    FOLLOWING = "following"
    """The article as it is now, and every later edit, published or not."""
    VERSION = "version"
    """The words as they were when the link was made."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of link is asked for: for how many days, for whom, and what it shows."""

    days: int
    note: str = ""
    scope: str = Scope.FOLLOWING


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A link just made. `path` holds the token: it can be shown this once and never again."""

    link: PreviewLink
    path: str


def create_link(ctx: Context, article: Article, wish: Wish, user_id: int | None = None) -> FreshLink:
    """Make a link as it is asked for. Raises `Invalid`."""
    if wish.days not in DAYS:
        raise refuse("days", f"Choose one of {', '.join(map(str, DAYS))} days.")
    if wish.scope not in list(Scope):
        raise refuse("scope", "Choose whether the link follows your edits or shows this version only.")
    now, token = ctx.clock.now_ms(), secrets.token_urlsafe(32)
    words = _words(ctx, article) if wish.scope == Scope.VERSION else ""
    version = _hash(words) if words else ""
    wanted = PreviewLink(
        0, article.id, wish.note.strip()[:200], now + wish.days * DAY_MS, None, None, now, version
    )  # fmt: skip
    with ctx.database.writing() as tx:
        link = preview_links.add(tx, wanted, _hash(token), user_id)
        if version:
            preview_links.keep_version(tx, version, words, now)
        preview_links.forget_versions(tx, now)
    log.info("preview link %s of article %s made", link.id, article.id)
    return FreshLink(link, f"/preview/{token}")


def links_of(ctx: Context, article: Article) -> list[PreviewLink]:
    """Return the links of an article, newest first, ended and expired ones included."""
    with ctx.database.reading() as tx:
        return preview_links.of_article(tx, article.id)


def revoke_link(ctx: Context, article: Article, link_id: int) -> None:
    """End a link at once. Raises `NotFound`."""
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        if not preview_links.revoke(tx, article.id, link_id, now):
            raise NotFound("This preview link was ended before.")
        preview_links.forget_versions(tx, now)
    log.info("preview link %s of article %s ended", link_id, article.id)


def previewed(ctx: Context, token: str) -> Article:
    """Return the article that a token opens, as it is to be shown. Raises `NotFound`, the same for every reason."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        link = preview_links.by_hash(tx, _hash(token))
        words = preview_links.version(tx, link.version) if link and link.version else None
    article = ctx.articles.by_id(link.article_id) if link and link.works(now) else None
    if link is None or article is None or (link.version and words is None):
        raise NotFound("There is no preview at this address. Ask for a new link.")
    if link.last_used_at is None or now - link.last_used_at > NOTE_USE_EVERY_MS:
        with ctx.database.writing() as tx:
            preview_links.note_use(tx, link.id, now)
    return article_file.read(words.encode(), article.slug) if words is not None else latest(ctx, article)


def latest(ctx: Context, article: Article) -> Article:
    """Return an article with its unpublished edits, as its editor shows it."""
    found = opened(ctx, article)
    return imagined(tidy(found.given), article) if found.unpublished else article


def _words(ctx: Context, article: Article) -> str:
    """Return the whole text of the article as it is now, unpublished edits included. Raises `Invalid`."""
    path = ctx.articles.path(article.slug)
    try:
        draft = drafts.read(ctx.articles, article.slug)
        text = draft.text if draft else article_file.decode(path.read_bytes()) if path else ""
        article_file.read(text.encode(), article.slug)
    except (Broken, OSError) as error:
        raise refuse(
            "scope", f"This version cannot be kept: {error}. Choose a link that follows your edits."
        ) from error
    return text


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
