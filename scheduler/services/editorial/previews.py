"""Preview links: one article, shown as it is now to somebody without a login, until the link expires or is ended."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass

from scheduler.domain.article import Article
from scheduler.domain.problem import NotFound, refuse
from scheduler.services.context import Context
from scheduler.storage import preview_links
from scheduler.storage.preview_links import PreviewLink

DAYS = (1, 7, 30)
"""How long a link may work."""
DAY_MS = 86_400_000
NOTE_USE_EVERY_MS = 60_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FreshLink:
    """A link just made. `path` holds the token: it can be shown this once and never again."""

    link: PreviewLink
    path: str


def create_link(ctx: Context, article: Article, days: int, note: str = "", user_id: int | None = None) -> FreshLink:
    """Make a link that works for `days` days. Raises `Invalid`."""
    if days not in DAYS:
        raise refuse("days", f"Choose one of {', '.join(map(str, DAYS))} days.")
    now = ctx.clock.now_ms()
    token = secrets.token_urlsafe(32)
    wanted = PreviewLink(0, article.id, note.strip()[:200], now + days * DAY_MS, None, None, now)
    with ctx.database.writing() as tx:
        link = preview_links.add(tx, wanted, _hash(token), user_id)
    log.info("preview link %s of article %s made", link.id, article.id)
    return FreshLink(link, f"/preview/{token}")


def links_of(ctx: Context, article: Article) -> list[PreviewLink]:
    """Return the links of an article, newest first, ended and expired ones included."""
    with ctx.database.reading() as tx:
        return preview_links.of_article(tx, article.id)


def revoke_link(ctx: Context, article: Article, link_id: int) -> None:
    """End a link at once. Raises `NotFound`."""
    with ctx.database.writing() as tx:
        if not preview_links.revoke(tx, article.id, link_id, ctx.clock.now_ms()):
            raise NotFound("This preview link was ended before.")
    log.info("preview link %s of article %s ended", link_id, article.id)


def previewed(ctx: Context, token: str) -> Article:
    """Return the article that a token opens. Raises `NotFound`, the same for every reason."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        link = preview_links.by_hash(tx, _hash(token))
    article = ctx.articles.by_id(link.article_id) if link and link.works(now) else None
    if link is None or article is None:
        raise NotFound("There is no preview at this address. Ask for a new link.")
    if link.last_used_at is None or now - link.last_used_at > NOTE_USE_EVERY_MS:
        with ctx.database.writing() as tx:
            preview_links.note_use(tx, link.id, now)
    return article


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
