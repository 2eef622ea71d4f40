"""Moving the queued deliveries that stand where another one was put on top."""

from __future__ import annotations

from scheduler.domain.account import Account
from scheduler.domain.problem import Conflict
from scheduler.domain.slots import local
from scheduler.services.context import Context
from scheduler.services.planning.moments import Moment
from scheduler.storage import deliveries
from scheduler.storage.engine import Connection


def make_room(ctx: Context, tx: Connection, account: Account, moment: Moment) -> None:
    """Carry out `moment.moves`, each with its new slot's own wall time. Raises `Conflict` when one moved meanwhile."""
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
