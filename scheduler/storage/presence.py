"""Who has which article open, as their pages say every half minute: a hint for people, never a lock."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from scheduler.storage.schema import presence

DAY_MS = 86_400_000
_p = presence.c


@dataclass(frozen=True, slots=True)
class Open:
    """One page with an article open. `typed_at` is 0 when nobody has typed in it. Instants are UTC ms."""

    article_id: str
    tab: str
    name: str
    seen_at: int
    typed_at: int


def note(tx: Connection, page: Open) -> None:
    """Note that a page is still open, and forget what was seen a day ago."""
    values = {"name": page.name, "seen_at": page.seen_at, "typed_at": page.typed_at}
    same = update(presence).where(_p.article_id == page.article_id, _p.tab == page.tab).values(**values)
    tx.execute(delete(presence).where(_p.article_id == page.article_id, _p.seen_at < page.seen_at - DAY_MS))
    if tx.execute(same).rowcount:
        return
    try:
        with tx.begin_nested():
            tx.execute(insert(presence).values(article_id=page.article_id, tab=page.tab, **values))
    except IntegrityError:  # the same page said it twice at one moment
        tx.execute(same)


def others(tx: Connection, article_id: str, tab: str, since: int) -> list[Open]:
    """Return the other pages with the article open that were heard of since `since`, the last typing first."""
    query = select(presence).where(_p.article_id == article_id, _p.tab != tab, _p.seen_at >= since)
    return [Open(*row) for row in tx.execute(query.order_by(_p.typed_at.desc(), _p.tab))]


def gone(tx: Connection, article_id: str, tab: str) -> None:
    """Forget a page that was closed."""
    tx.execute(delete(presence).where(_p.article_id == article_id, _p.tab == tab))
