"""Renewing sign-ins ahead of their end: one process at a time, and a passing trouble breaks nothing.

Every renewal goes through `renew`: the worker's job, and a call that was refused in the middle of a delivery. A
rotating refresh token that two processes used at once would be dead for both.
"""

from __future__ import annotations

import logging

from scheduler.domain import outcome as o
from scheduler.domain.account import Account
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts.sessions import open_session
from scheduler.services.context import Context
from scheduler.services.operations import notices
from scheduler.storage import accounts

log = logging.getLogger(__name__)

LONGEST_MS = 180_000
"""A renewal that is not over by then was that of a process that died."""
WAIT_SECONDS = 0.25
PATIENCE_MS = 60_000
AGAIN_MS = 10 * 60_000
REMINDED_MS = 7 * 86_400_000
"""So long before a sign-in ends for good the owner is reminded."""


def renew_due(ctx: Context) -> int:
    """Renew what is to be renewed by now, and remind of what ends for good; return how many were tried."""
    with ctx.database.reading() as tx:
        due = accounts.to_renew(tx, ctx.clock.now_ms())
    for account in due:
        try:
            renew(ctx, account, open_session(ctx, account))
        except Refused as refused:
            log.warning("the sign-in of %s was not renewed: %s", account.key, refused.outcome.sentence)
            _stop(ctx, account, refused.outcome)
    remind(ctx)
    return len(due)


def renew(ctx: Context, account: Account, session: Session) -> None:
    """Renew the session's sign-in; when another process has just done so, take what it stored.

    Raises `Refused`: the caller breaks the account when the refusal is for good.
    """
    if not _alone(ctx, account, session):
        return
    trouble, again_at = "Renewing was interrupted.", ctx.clock.now_ms() + AGAIN_MS
    try:
        platform(account.platform).refresh(session)
        trouble = ""
    except Refused as refused:
        trouble = refused.outcome.sentence
        raise
    finally:
        with ctx.database.writing() as tx:
            accounts.end_renewal(tx, account.id, ctx.clock.now_ms(), trouble, again_at if trouble else 0)


def _alone(ctx: Context, account: Account, session: Session) -> bool:
    """Return True when we are the one to renew; False when another did, whose result is in the session by now."""
    before, give_up_at = dict(session.credentials), ctx.clock.monotonic() + PATIENCE_MS / 1000
    while True:
        now = ctx.clock.now_ms()
        with ctx.database.writing() as tx:
            ours = accounts.begin_renewal(tx, account.id, now, now + LONGEST_MS)
        fresh = open_session(ctx, account).credentials
        if fresh != before:
            session.credentials = fresh
            if ours:
                with ctx.database.writing() as tx:
                    accounts.end_renewal(tx, account.id, now)
            return False
        if ours:
            return True
        if ctx.clock.monotonic() > give_up_at:
            raise Refused(o.NotSent(sentence="The sign-in is being renewed elsewhere. It is tried again."))
        ctx.clock.sleep(WAIT_SECONDS)


def _stop(ctx: Context, account: Account, outcome: o.Outcome) -> None:
    """Stop what cannot go on: the account whose sign-in is dead, or the platform that refuses our application."""
    now = ctx.clock.now_ms()
    with ctx.database.writing() as tx:
        if isinstance(outcome, o.Misconfigured):
            notices.break_platform(tx, account.id, outcome.sentence, now)
        elif isinstance(outcome, o.Unauthorized | o.Forbidden):
            notices.break_account(tx, account.id, outcome.sentence, now)


def remind(ctx: Context) -> None:
    """Remind of every sign-in that ends for good within a week, and close the reminders of those that do not."""
    now = ctx.clock.now_ms()
    with ctx.database.reading() as tx:
        known = accounts.all_accounts(tx)
        open_now = notices.open_reminders(tx)
    ending = [account for account in known if 0 < account.token_dies_at <= now + REMINDED_MS]
    if {account.id for account in ending} == open_now:
        return
    with ctx.database.writing() as tx:
        notices.signs_out_soon(tx, ending, ctx.settings.calendar.zone, now)
