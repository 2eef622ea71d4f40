"""Late posts: the policy of each is carried out, and what still goes out is spaced instead of sent in a burst."""

from __future__ import annotations

import logging

from scheduler.domain.lateness import LatePolicy, catch_up
from scheduler.services.context import Context
from scheduler.services.operations import notices
from scheduler.storage import accounts, lateness
from scheduler.storage.engine import Connection

log = logging.getLogger(__name__)


def settle_what_is_late(ctx: Context, tx: Connection, now: int) -> None:
    """Carry out the lateness policies, then give what is late and still goes out a turn of its own."""
    if not lateness.anything_late(tx, now):
        return
    ended = lateness.apply_policies(tx, now)
    if any(ended.values()):
        log.info("deliveries that were too late by their policy: %s", ended)
    notices.missed(tx, ended[LatePolicy.HOLD], now)
    for account_id in lateness.accounts_behind(tx, now):
        if lateness.lock(tx, account_id):
            _space(ctx, tx, account_id, now)


def _space(ctx: Context, tx: Connection, account_id: int, now: int) -> None:
    account = accounts.get(tx, account_id)
    assert account is not None  # a foreign key holds it
    rules = ctx.settings.calendar.rules_for(account.key)
    late = [delivery.id for delivery in lateness.late_of(tx, account_id, now)]
    if rules.newest_first:
        late.reverse()
    others = lateness.neighbours(tx, account_id, now, rules.minimum_gap)
    lateness.space(tx, catch_up(late, others, now, rules.minimum_gap), now)
