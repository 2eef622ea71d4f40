"""What follows under a post: a first comment, or the next post of a thread.

It is a delivery of its own, made in the very transaction in which the post before it becomes published: so it can be
neither forgotten nor made twice, and everything that holds for a delivery holds for it.
"""

from __future__ import annotations

import uuid

from scheduler.domain.delivery import Delivery
from scheduler.domain.slots import local
from scheduler.domain.teaser import Payload, payload_from_json
from scheduler.services.context import Context
from scheduler.services.planning import links
from scheduler.storage import accounts, deliveries, events, restored
from scheduler.storage.deliveries import NewDelivery
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event


def follow(ctx: Context, tx: Connection, delivery: Delivery, remote_id: str) -> None:
    """Put what follows under `delivery` into the queue; it is live as `remote_id` on its platform ("" is not known)."""
    if '"replies"' not in delivery.payload:
        return
    before = payload_from_json(delivery.payload)
    if deliveries.exists(tx, delivery.teaser_id, delivery.account_id, delivery.occurrence + 1):
        return
    now = ctx.clock.now_ms()
    if not remote_id:
        sentence = "What was to follow under it was not posted: nobody knows the post's id on the platform."
        events.add(tx, delivery.id, Event(now, "reply", sentence, ""))
        return
    text, *rest = before.replies
    payload = Payload(text, language=before.language, reply_to=remote_id, replies=tuple(rest))
    made = deliveries.add(tx, _new_delivery(ctx, tx, delivery, payload), now)
    if restore := restored.sent_before_the_last(tx, delivery):
        restored.doubt(tx, made, restore)  # what followed may have gone out in the time that the backup does not know
    events.add(tx, delivery.id, Event(now, "reply", "What follows under it was put into the queue.", ""))


def _new_delivery(ctx: Context, tx: Connection, before: Delivery, payload: Payload) -> NewDelivery:
    account = accounts.get(tx, before.account_id)
    assert account is not None  # a foreign key holds it
    calendar, now = ctx.settings.calendar, ctx.clock.now_ms()
    return NewDelivery(
        teaser_id=before.teaser_id,
        account_id=before.account_id,
        idempotency_key=str(uuid.uuid4()),
        short_code=links.new_short_code(),
        payload=payload.to_json(),
        payload_hash=payload.digest(),
        at_wall=local(now, calendar.zone).strftime("%Y-%m-%dT%H:%M"),
        at_zone=calendar.zone,
        queued=False,
        due_at=now,
        late_after=now + calendar.rules_for(account.key).late_tolerance,
        late_policy=before.late_policy,
        occurrence=before.occurrence + 1,
    )
