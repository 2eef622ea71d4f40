"""The gate before sending: a teaser never sends people to an article that they cannot read."""

from __future__ import annotations

from scheduler.domain.article import Article, Status, is_public
from scheduler.domain.delivery import Delivery, State
from scheduler.services.context import Context
from scheduler.storage import claims, deliveries, teasers

REASON = "article"


def closed(ctx: Context, delivery: Delivery) -> str:
    """Return why the delivery has to wait, as a sentence; "" when it may go."""
    with ctx.database.reading() as tx:
        teaser = teasers.get(tx, delivery.teaser_id)
    if teaser is None or not teaser.article_id:
        return ""
    return in_the_way(ctx.articles.by_id(teaser.article_id), ctx.clock.now_ms())


def in_the_way(article: Article | None, at: int) -> str:
    """Return why nothing may lead to the article at `at` (UTC ms), as a sentence; "" when visitors can read it."""
    if article is None:
        return "Its article is gone, so the link would lead nowhere. Bring the article back, or cancel this delivery."
    if is_public(article, at):
        return ""
    state = {Status.DRAFT: "is a draft", Status.ARCHIVED: "is archived"}.get(article.status, "is not public by then")
    return f"“{article.title}” {state}, so the link would lead nowhere. It goes out once the article is published."


def release(ctx: Context) -> int:
    """Let held deliveries go whose article is public by now; return how many."""
    ctx.articles.refresh()
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        held = claims.held_for(tx, REASON)
    free = [delivery for delivery in held if not closed(ctx, delivery)]
    if not free:
        return 0
    with ctx.database.writing() as tx:
        return sum(
            deliveries.set_state(tx, delivery.id, State.SCHEDULED, expect={State.HELD}, now=now, reason="")
            for delivery in free
        )
