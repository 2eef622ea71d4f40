"""Deliveries in any state, for tests of what pages and services make of them."""

from __future__ import annotations

import uuid

from sqlalchemy import insert, update

from scheduler.domain.account import Account
from scheduler.domain.delivery import State
from scheduler.domain.slots import instant, parse_wall
from scheduler.domain.teaser import Payload
from scheduler.services.context import Context
from scheduler.storage import deliveries
from scheduler.storage.schema import deliveries as table
from scheduler.storage.schema import teasers

HOUR_MS = 3_600_000


def schedule(
    context: Context, account: Account, *, text: str = "A teaser", hours: float = 1, state: State = State.SCHEDULED
) -> int:
    """Store a teaser and its delivery, due in `hours`, straight in `state`; return the delivery's id."""
    now, payload = context.clock.now_ms(), Payload(text)
    due_at = now + round(hours * HOUR_MS)
    with context.database.writing() as tx:
        teaser = tx.execute(insert(teasers).values(text=text, scheduled=1, created_at=now).returning(teasers.c.id))
        new = deliveries.NewDelivery(
            teaser_id=teaser.scalar_one(),
            account_id=account.id,
            idempotency_key=str(uuid.uuid4()),
            short_code=uuid.uuid4().hex[:8],
            payload=payload.to_json(),
            payload_hash=payload.digest(),
            at_wall="",
            at_zone="",
            queued=False,
            due_at=due_at,
            late_after=due_at + 6 * HOUR_MS,
        )
        delivery_id = deliveries.add(tx, new, now)
        published_at = now if state is State.PUBLISHED else None
        tx.execute(update(table).where(table.c.id == delivery_id).values(state=state, published_at=published_at))
    return delivery_id


def queued_post(context: Context, account: Account, wall: str, text: str = "A teaser", *, queued: bool = True) -> int:
    """Store a teaser that waits for a wall time of the calendar's zone: in a slot, or as a time of its own."""
    delivery_id, zone = schedule(context, account, text=text), context.settings.calendar.zone
    due_at = instant(parse_wall(wall), zone)
    times = dict.fromkeys(("due_at", "turn_at", "not_before"), due_at) | {"late_after": due_at + 6 * HOUR_MS}
    place = {"queued": int(queued), "at_wall": wall, "at_zone": zone}
    with context.database.writing() as tx:
        tx.execute(update(table).where(table.c.id == delivery_id).values(**times, **place))
    return delivery_id
