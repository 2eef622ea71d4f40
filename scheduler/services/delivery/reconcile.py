"""Settling what is not known yet: unknown outcomes are looked up, processing posts are asked about. Read-only.

Also what becomes of what a dead worker left in `sending`: it is either certainly not sent or unknown, by the mark.
Several workers of one PostgreSQL look after each other; the lock of the dead one lets only one of them settle.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from scheduler.domain import outcome as o
from scheduler.domain.account import Account
from scheduler.domain.delivery import Delivery, State, after_death, after_lookup, after_poll
from scheduler.domain.teaser import payload_from_json
from scheduler.platforms.base import Platform, Refused, Session
from scheduler.platforms.registry import platform
from scheduler.services.accounts.fresh import with_fresh_sign_in
from scheduler.services.context import Context
from scheduler.services.delivery import prepare, replies, restored
from scheduler.services.delivery.attempts import record
from scheduler.services.delivery.connectors import account_and_platform, recovery_of
from scheduler.services.operations import notices
from scheduler.storage import accounts, claims, locks, workers
from scheduler.storage import notices as notice_table
from scheduler.storage.engine import Connection, DatabaseError

log = logging.getLogger(__name__)

BATCH = 20
LOOK_MS = 20_000

Answer = TypeVar("Answer", bound=o.Outcome)


def take_over_from_the_dead(ctx: Context, worker_id: str, holding: Collection[int] = ()) -> int:
    """Settle what workers left in flight who are proved dead; return how many deliveries.

    `worker_id` is the caller; what its own threads have in hand (`holding`) is left to them, also when they claimed it
    under an earlier id. On SQLite the caller holds the worker lock: that is the proof that all others are dead.
    """
    with ctx.database.reading() as tx:
        others = {other.id for other in workers.all_workers(tx)} | claims.owners(tx)
    return sum(_take_over(ctx, other, holding) for other in sorted(others - {worker_id}))


def _take_over(ctx: Context, dead_id: str, holding: Collection[int]) -> int:
    """Settle one worker's deliveries, all or nothing, while we hold its lock: nobody else can do it meanwhile."""
    with ctx.database.writing() as tx:
        if not locks.take_of_the_dead(tx, dead_id):
            return 0
        orphans = [delivery for delivery in claims.owned_by(tx, dead_id) if delivery.id not in holding]
        _settle_orphans(ctx, tx, orphans, cut_off=not ctx.database.is_sqlite)
        workers.remove(tx, dead_id)
        notice_table.resolve(tx, f"worker:{dead_id}", ctx.clock.now_ms())
    return len(orphans)


def take_back_dropped(ctx: Context, worker_id: str, holding: Collection[int]) -> int:
    """Settle what this worker claimed but none of its threads has in hand any more (`holding`); return how many.

    A sender thread drops a delivery when it cannot write its end down, with a full disk for example.
    """
    with ctx.database.reading() as tx:
        if worker_id not in claims.owners(tx):
            return 0
    with ctx.database.writing() as tx:
        dropped = [delivery for delivery in claims.owned_by(tx, worker_id) if delivery.id not in holding]
        _settle_orphans(ctx, tx, dropped)
    return len(dropped)


def _settle_orphans(ctx: Context, tx: Connection, orphans: list[Delivery], cut_off: bool = False) -> None:
    now = ctx.clock.now_ms()
    for delivery in orphans:
        account = accounts.get(tx, delivery.account_id)
        assert account is not None  # a foreign key holds it
        step = after_death(delivery, now, recovery_of(ctx, platform(account.platform), account), cut_off)
        lost = o.Unknown(sentence=step.sentence)
        if claims.settle(tx, delivery, step, now) and delivery.request_started_at:
            record(tx, delivery, "publish", lost, delivery.request_started_at, now)
        log.warning("delivery %s: %s", delivery.id, step.sentence)


def settle_anew(ctx: Context) -> None:
    """Let the settle time of every unknown outcome begin again.

    For when the clock was set: nobody knows how much of that time has really passed, and "absent" asked too early would
    send a second copy.
    """
    with ctx.database.writing() as tx:
        now = ctx.clock.now_ms()
        for delivery in claims.unknown(tx):
            account = accounts.get(tx, delivery.account_id)
            assert account is not None  # a foreign key holds it
            recovery = recovery_of(ctx, platform(account.platform), account)
            claims.look_no_earlier(tx, delivery, now + recovery.settle)


def due_looks(ctx: Context, limit: int = BATCH, holding: Collection[int] = ()) -> list[Delivery]:
    """Return the unknown and processing deliveries whose next look is due, but for those in hand (`holding`).

    Of several workers each takes its own, so that no platform is asked six times; a look that was taken and not made
    within `LOOK_MS` is due again.
    """
    restored.begin_checks(ctx, limit)
    now = ctx.clock.now_ms()
    if ctx.database.is_sqlite:
        with ctx.database.reading() as tx:
            return claims.to_look_up(tx, now, limit, holding)
    with ctx.database.writing() as tx:
        return claims.take_looks(tx, now, limit, holding, now + LOOK_MS)


def look_again(ctx: Context) -> int:
    """Look up or poll every delivery whose next look is due, one after the other; return how many."""
    due = due_looks(ctx)
    for delivery in due:
        try:
            settle_one(ctx, delivery)
        except DatabaseError:
            raise
        except Exception:  # one delivery in trouble must not keep the others from being settled
            log.exception("delivery %s: settling it failed; it is tried again", delivery.id)
    return len(due)


def settle_one(ctx: Context, delivery: Delivery) -> None:
    """Ask the platform about one delivery and take the step that its answer allows."""
    account, connector = account_and_platform(ctx, delivery)
    started_at = ctx.clock.now_ms()
    ask = _poll if delivery.state is State.PENDING else _look_up
    answer = ask(ctx, connector, account, delivery)
    now, chance = ctx.clock.now_ms(), random.random()  # noqa: S311
    recovery = recovery_of(ctx, connector, account)
    action = "poll" if delivery.state is State.PENDING else "look-up"
    with ctx.database.writing() as tx:
        if isinstance(answer, o.Found | o.Absent | o.CannotTell):
            answer = restored.doubted(tx, delivery, answer)
            step = after_lookup(delivery, answer, now, chance, recovery)
        else:
            step = after_poll(delivery, answer, now, chance)
        record(tx, delivery, action, answer, started_at, now)
        if claims.settle(tx, delivery, step, now):
            notices.after_step(tx, delivery.account_id, step, now)
            if step.state is State.PUBLISHED:
                replies.follow(ctx, tx, delivery, step.remote_id)
        else:
            log.info("delivery %s moved on while it was looked up", delivery.id)


def _look_up(
    ctx: Context, connector: Platform, account: Account, delivery: Delivery
) -> o.Found | o.Absent | o.CannotTell:
    if not connector.capable(account.limits).lookup:
        return o.CannotTell(sentence=f"{connector.label} offers no way to look a post up.", passing=False)
    payload, mark = payload_from_json(delivery.payload), restored.mark_of(delivery)
    try:
        made = prepare.kept_data(ctx, delivery)
        return with_fresh_sign_in(ctx, account, lambda session: connector.find(_knowing(session, made), payload, mark))
    except Refused as refused:
        return o.CannotTell(sentence=refused.outcome.sentence, evidence=refused.outcome.evidence)
    except Exception:
        log.exception("delivery %s: the look-up failed", delivery.id)
        return o.CannotTell(sentence="The look-up failed. Drumbeat tries again.")


def _knowing(session: Session, made: Mapping[str, Any]) -> Session:
    session.prepared = made
    return session


def _poll(ctx: Context, connector: Platform, account: Account, delivery: Delivery) -> o.Outcome:
    try:
        return with_fresh_sign_in(ctx, account, lambda session: connector.poll(session, delivery.remote_id))
    except Refused as refused:
        return refused.outcome
    except Exception:
        log.exception("delivery %s: asking about it failed", delivery.id)
        return o.NotSent(sentence="Asking the platform failed. Drumbeat tries again.")
