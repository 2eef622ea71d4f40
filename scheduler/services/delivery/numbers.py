"""Reading what became of posts: their numbers are kept as snapshots, often at first and seldom later. Read-only."""

from __future__ import annotations

import logging

from scheduler.domain.account import Account, AccountState
from scheduler.domain.outcome import Rejected
from scheduler.platforms.base import Refused
from scheduler.platforms.registry import platform
from scheduler.services.accounts.fresh import with_fresh_sign_in
from scheduler.services.context import Context
from scheduler.storage import accounts, post_numbers
from scheduler.storage.post_numbers import Counted, Snapshot

log = logging.getLogger(__name__)

HOUR_MS = 3_600_000
AGES_MS = tuple(hours * HOUR_MS for hours in (1, 6, 24, 72, 168, 720))
"""How old a post is when its numbers are read: what happens, happens in the first hours."""
POSTS = 2_000
AT_ONCE = 20
"""So many posts are asked about in one round, so that nothing else waits for it."""


def read_due(ctx: Context) -> int:
    """Read the numbers of posts whose next reading is due; return how many were read.

    An account that cannot be asked now is left alone for this round, so that it keeps no other from its turn.
    """
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        live = post_numbers.live_since(tx, now - AGES_MS[-1] - 24 * HOUR_MS, POSTS)
        talking = {account.id: account for account in accounts.all_accounts(tx) if _is_counted(account)}
    asked = 0
    for counted in live:
        if asked < AT_ONCE and counted.account_id in talking and is_due(counted, now):
            asked += 1
            if not _read(ctx, talking[counted.account_id], counted):
                del talking[counted.account_id]
    return asked


def _is_counted(account: Account) -> bool:
    can = platform(account.platform).capable(account.limits)
    return account.state is AccountState.CONNECTED and can.metrics


def is_due(counted: Counted, now: int) -> bool:
    """Return whether the numbers of a post are to be read at `now` (UTC ms)."""
    passed = [counted.published_at + age for age in AGES_MS if counted.published_at + age <= now]
    return bool(passed) and counted.last_at < passed[-1]


def _read(ctx: Context, account: Account, counted: Counted) -> bool:
    """Read the numbers of one post; return whether its platform answered. A post that is gone counts as read: it would
    otherwise be asked about for ever."""
    connector, numbers = platform(account.platform), {}
    try:
        numbers = dict(with_fresh_sign_in(ctx, account, lambda session: connector.metrics(session, counted.remote_id)))
    except Refused as refused:
        log.info("the numbers of delivery %s were not read: %s", counted.delivery_id, refused.outcome.sentence)
        if not isinstance(refused.outcome, Rejected):
            return False
    with ctx.database.writing() as tx:
        post_numbers.add(tx, counted.delivery_id, Snapshot(ctx.clock.now_ms(), numbers))
    return True
