"""Who else has an article open: a hint for people. What protects their words is the comparison at every save."""

from __future__ import annotations

from scheduler.domain import wording
from scheduler.services.context import Context
from scheduler.storage import presence
from scheduler.storage.presence import Open

GONE_MS = 75_000
"""A page says every half minute that it is open; one not heard of for so long is taken for closed."""
TYPING_MS = 15_000
LONGEST_NAME = 80


def heard_of(ctx: Context, article_id: str, tab: str, name: str, typed_ms_ago: int | None) -> list[str]:
    """Note that a page has the article open, and return a sentence for each other one that has."""
    now = ctx.clock.now_ms()
    typed_at = 0 if typed_ms_ago is None else now - typed_ms_ago
    with ctx.database.writing() as tx:
        presence.note(tx, Open(article_id, tab, name[:LONGEST_NAME], now, typed_at))
        others = presence.others(tx, article_id, tab, now - GONE_MS)
    return list(dict.fromkeys(_sentence(page, name, now) for page in others))


def left(ctx: Context, article_id: str, tab: str) -> None:
    """Note that a page was closed."""
    with ctx.database.writing() as tx:
        presence.gone(tx, article_id, tab)


def _sentence(page: Open, own_name: str, now: int) -> str:
    if page.name == own_name:
        who = "You have this article open in another window"
    else:
        who = f"{page.name or 'Somebody'} has this article open"
    if not page.typed_at:
        return f"{who}."
    if now - page.typed_at < TYPING_MS:
        return f"{who} (typing now)."
    return f"{who} (typing {wording.distance(page.typed_at, now)})."
