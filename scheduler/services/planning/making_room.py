"""Moving the queued deliveries that stand where another one was put on top."""

from __future__ import annotations

from scheduler.domain import wording
from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery
from scheduler.domain.problem import Conflict
from scheduler.domain.slots import local
from scheduler.services.context import Context
from scheduler.services.planning.moments import Moment
from scheduler.storage import deliveries, events
from scheduler.storage.engine import Connection
from scheduler.storage.events import Event


def make_room(ctx: Context, tx: Connection, account: Account, moment: Moment, who: str = "") -> None:
    """Carry out `moment.moves`, each with its new slot's own wall time. Raises `Conflict` when one moved meanwhile.

    `who` put something on top; it is for the history of those that make room.
    """
    before = {delivery.id: delivery for delivery in moment.waiting}
    tolerance = ctx.settings.calendar.rules_for(account.key).late_tolerance
    for move in moment.moves:
        moved = deliveries.move(
            tx,
            move.delivery_id,
            version=before[move.delivery_id].version,
            due_at=move.due_at,
            late_after=move.due_at + tolerance,
            at_wall=local(move.due_at, moment.at_zone).strftime("%Y-%m-%dT%H:%M"),
            at_zone=moment.at_zone,
            queued=True,
            now=ctx.clock.now_ms(),
        )
        if not moved:
            raise Conflict("The queue changed at the same moment. Nothing was changed; try again.")
        sentence = moved_sentence(before[move.delivery_id], move.due_at, moment.at_zone)
        made_room = f"{sentence} It made room for a post at the top of the queue."
        events.add(tx, move.delivery_id, Event(ctx.clock.now_ms(), "made_room", made_room, who))


def moved_sentence(before: Delivery, due_at: int, zone: str) -> str:
    """Return "Moved from Tue 24 November 2026, 09:00 EST to ..." for a delivery as it was before it moved."""
    return f"Moved from {wording.moment(before.due_at, zone)} to {wording.moment(due_at, zone)}."
