"""The short address of a delivery: /x/<code> counts a click and leads to the delivery's link."""

from __future__ import annotations

from scheduler.domain.teaser import payload_from_json
from scheduler.services.context import Context
from scheduler.storage import deliveries


def follow(ctx: Context, code: str) -> str:
    """Count a click and return where the short address leads; "" when there is no such code or it has no link."""
    with ctx.database.reading() as tx:  # strangers who guess codes must not make the worker wait for the database
        delivery = deliveries.by_short_code(tx, code)
    link = payload_from_json(delivery.payload).link if delivery else None
    if link is None:
        return ""
    with ctx.database.writing() as tx:
        deliveries.count_click(tx, code)
    return link.url
