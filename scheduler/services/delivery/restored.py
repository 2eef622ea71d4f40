"""What a restored database has to ask the platforms: which of the deliveries that wait in it went out since.

Everything that a backup knows as waiting may have been published after the backup was made: at its time, or early
because somebody asked for it. So each is looked up before it may be sent, without the stamp of its send, which is
lost: the connectors search the account's posts since the backup for its short code or its text.
"""

from __future__ import annotations

from scheduler.domain import outcome as o
from scheduler.domain.delivery import Delivery
from scheduler.platforms.base import Mark
from scheduler.platforms.registry import all_platforms
from scheduler.services.context import Context
from scheduler.services.delivery import connectors
from scheduler.storage import restored
from scheduler.storage.engine import Connection

_CHECKING = "It was restored from a backup, so Drumbeat looks whether it went out since."


def begin_checks(ctx: Context, limit: int) -> None:
    """Make waiting deliveries `unknown` that were restored and never looked up: their look-up is due at once.

    Where a platform offers no look-up, that waits until the delivery is due: it keeps its place until then.
    """
    now = ctx.clock.now_ms()
    searchable = [connector.name for connector in all_platforms() if connector.capabilities.lookup]
    with ctx.database.reading() as tx:
        unchecked, restore = restored.unchecked(tx, now, searchable, limit), restored.last(tx)
    if not unchecked:
        return
    sent_at = restore.at if restore else now
    with ctx.database.writing() as tx:
        for delivery in unchecked:
            restored.begin_check(tx, delivery, sent_at=sent_at, now=now, sentence=_CHECKING)


def mark_of(delivery: Delivery) -> Mark:
    """Return what identifies the delivery in a look-up; of a restored one nobody knows when it was sent."""
    if delivery.unknown_since is None:
        return connectors.mark_of(delivery)
    return Mark(delivery.idempotency_key, 0, delivery.short_code, delivery.unknown_since)


def doubted(
    tx: Connection, delivery: Delivery, found: o.Found | o.Absent | o.CannotTell
) -> o.Found | o.Absent | o.CannotTell:
    """Return what was found, unless a restored delivery was found in the post of another one: same text, twice sent."""
    if delivery.unknown_since is None or not isinstance(found, o.Found):
        return found
    if not restored.belongs_to_another(tx, delivery, found.remote_id):
        return found
    sentence = "A post with the same words is live, but it may be that of another delivery. Look at the account."
    return o.CannotTell(sentence=sentence, evidence=found.evidence, passing=False)
