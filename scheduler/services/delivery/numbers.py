"""Reading what became of posts: their numbers are kept as snapshots, often at first and seldom later. Read-only."""

from __future__ import annotations

import logging

from scheduler.domain.account import AccountState
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
    """Read the numbers of every post whose next reading is due; return how many were read."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        live = post_numbers.live_since(tx, now - AGES_MS[-1] - 24 * HOUR_MS, POSTS)
    due = [counted for counted in live if is_due(counted, now)]
    return sum(_read(ctx, counted) for counted in due[:AT_ONCE])


def is_due(counted: Counted, now: int) -> bool:
    """Return whether the numbers of a post are to be read at `now` (UTC ms)."""
    passed = [counted.published_at + age for age in AGES_MS if counted.published_at + age <= now]
    return bool(passed) and counted.last_at < passed[-1]


def _read(ctx: Context, counted: Counted) -> bool:
    with ctx.database.reading() as tx:
        account = accounts.get(tx, counted.account_id)
    if account is None or account.state is not AccountState.CONNECTED:
        return False
    connector = platform(account.platform)
    if not connector.capable(account.limits).metrics:
        return False
    try:
        numbers = with_fresh_sign_in(ctx, account, lambda session: connector.metrics(session, counted.remote_id))
    except Refused as refused:
        log.info("the numbers of delivery %s were not read: %s", counted.delivery_id, refused.outcome.sentence)
        numbers = {}  # kept as read: a post that is gone would otherwise be asked about for ever
    with ctx.database.writing() as tx:
        post_numbers.add(tx, counted.delivery_id, Snapshot(ctx.clock.now_ms(), numbers))
    return bool(numbers)
