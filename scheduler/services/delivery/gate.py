"""The gate before sending: a teaser never sends people to an article that they cannot read."""

from __future__ import annotations

from scheduler.domain.article import is_public
from scheduler.domain.delivery import Delivery, State
from scheduler.services.context import Context
from scheduler.storage import deliveries, teasers

REASON = "article"


def closed(ctx: Context, delivery: Delivery) -> str:
    """Return why the delivery has to wait, as a sentence; "" when it may go."""
    with ctx.database.reading() as tx:
        teaser = teasers.get(tx, delivery.teaser_id)
    if teaser is None or not teaser.article_id:
        return ""
    article = ctx.articles.by_id(teaser.article_id)
    if article is None:
        return "Its article is gone, so the link would lead nowhere. Bring the article back, or cancel this delivery."
    if is_public(article, ctx.clock.now_ms()):
        return ""
    state = f"“{article.title}” is not public yet ({article.status}), so the link would lead nowhere."
    return f"{state} The delivery goes out once the article is published."


def release(ctx: Context) -> int:
    """Let held deliveries go whose article is public by now; return how many."""
    ctx.articles.refresh()
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        held = deliveries.held_for(tx, REASON)
    free = [delivery for delivery in held if not closed(ctx, delivery)]
    if not free:
        return 0
    with ctx.database.writing() as tx:
        return sum(
            deliveries.set_state(tx, delivery.id, State.SCHEDULED, expect={State.HELD}, now=now, reason="")
            for delivery in free
        )
