"""Addresses of WordPress that name an article by its number (/?p=12): they lead on to the article that came of it."""

from __future__ import annotations

from scheduler.domain.addresses import path_of
from scheduler.domain.article import is_public
from scheduler.services.context import Context


def path_of_number(ctx: Context, number: str) -> str:
    """Return where the article lives that had this number there; "" for none, or for several from several sites."""
    now, ending = ctx.clock.now_ms(), f" {number}"
    found = [
        article
        for article in ctx.articles.all()
        if article.origin.endswith(ending) and article.origin.startswith("wordpress ") and is_public(article, now)
    ]
    return path_of(found[0]) if len(found) == 1 else ""
