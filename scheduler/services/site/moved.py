"""Where an address that no page answers leads: to the article that once lived there, along a redirect, or nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.domain.addresses import FEED_FILES, path_of
from scheduler.domain.article import is_public
from scheduler.domain.redirects import GONE, LONGEST, MOVED, OURS, source_path
from scheduler.services.context import Context
from scheduler.storage import redirects
from scheduler.storage.engine import DatabaseError

_ADDRESS = re.compile(r"[^\s/]+@[^\s/]+\.[^\s/]+")
_PROBING = re.compile(
    r"(^|/)(\.|wp-login\.php|xmlrpc\.php|wp-admin|wp-includes|cgi-bin)|\.(env|sql|bak|git)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Where to go (`target`, a path or a whole address), and how (301, 302); 410 goes nowhere."""

    target: str
    status: int = MOVED


def answer(ctx: Context, path: str) -> Answer | None:
    """Return where an old address leads; None when it leads nowhere. `path` is decoded."""
    return _of_article(ctx, path) or _redirect(ctx, path) or _feed(ctx, path)


def follow(ctx: Context, path: str) -> None:
    """Count a visitor who is led on from an old address."""
    ctx.visits.followed(source_path(path))


def miss(ctx: Context, path: str) -> None:
    """Count an address that was looked for in vain, unless it is none of a page, or names a person."""
    source = source_path(path)
    if not source or len(source) > LONGEST or source.split("/")[1] in OURS:
        return
    if not _ADDRESS.search(source) and not _PROBING.search(source):
        ctx.visits.missed(source)


def write_down(ctx: Context) -> None:
    """Write what was counted into the database; what cannot be written now is kept for the next time."""
    counted, now = ctx.visits.take(), ctx.clock.now_ms()
    if not counted.followed and not counted.missed:
        return
    try:
        with ctx.database.writing() as tx:
            redirects.count_hits(tx, counted.followed, now)
            redirects.count_missed(tx, counted.missed, now)
    except DatabaseError:
        ctx.visits.give_back(counted)
        raise


def _of_article(ctx: Context, path: str) -> Answer | None:
    found = ctx.articles.by_alias(path)
    if found is None or not is_public(found, ctx.clock.now_ms()):
        return None
    return Answer(path_of(found))


def _redirect(ctx: Context, path: str) -> Answer | None:
    source = source_path(path)
    if not source or source.split("/")[1] in OURS:
        return None
    with ctx.database.reading() as tx:
        kept = redirects.by_source(tx, source)
    if kept is None:
        return None
    target, status = kept.redirect.target, kept.redirect.status
    if status == GONE:
        return Answer("", GONE)
    return Answer(at_once(ctx, target), status)


def at_once(ctx: Context, target: str) -> str:
    """Return where the target of a redirect is now: the article there may have moved, and nobody is led twice."""
    onward = None if _lives(ctx, target) else _of_article(ctx, source_path(target))
    return onward.target if onward else target


def _feed(ctx: Context, path: str) -> Answer | None:
    """Return where the feed of a category or an author is now that moved: whoever subscribed goes on reading."""
    place, _, name = path.rpartition("/")
    if name not in FEED_FILES or not place.startswith(_WITH_FEEDS):
        return None
    found = _redirect(ctx, place)
    if found is None or not found.target:
        return found
    leads_to_a_list = found.target.startswith(_WITH_FEEDS) and not re.search("[?#]", found.target)
    return Answer(f"{found.target.rstrip('/')}/{name}", found.status) if leads_to_a_list else None


_WITH_FEEDS = ("/blog/category/", "/blog/author/")


def _lives(ctx: Context, target: str) -> bool:
    """Return whether an article lives at a path now."""
    article = ctx.articles.get(source_path(target).rpartition("/")[2])
    return article is not None and source_path(path_of(article)) == source_path(target)
