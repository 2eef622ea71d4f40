"""The worker's way with a delivery: claim, mark, finish, settle. Every guard of "never twice" that is SQL is here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, literal, select, tuple_, update

from scheduler.domain.account import AccountState
from scheduler.domain.delivery import TRANSITIONS, Delivery, State, Step
from scheduler.storage import breakers, pauses, restored
from scheduler.storage.deliveries import changed, delivery_of, rows
from scheduler.storage.schema import accounts, deliveries

_d = deliveries.c
_earlier = deliveries.alias("earlier")
_other = deliveries.alias("other")


def claim(tx: Connection, *, worker_id: str, now: int, lease_until: int, limit: int) -> list[Delivery]:
    """Take up to `limit` due deliveries for sending: the head of each account that is free.

    Two statements per account: lock the account's row, then read its head again under that lock and take it with
    every guard repeated. Guards that stand only in the first read see an old snapshot on PostgreSQL.
    """
    candidates = tx.execute(_due_heads(now).with_only_columns(accounts.c.id, accounts.c.host).limit(limit)).all()
    on_trial = {breaker.host for breaker in breakers.tripped(tx)}
    claimed = []
    for account_id, host in candidates:
        lock = select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(skip_locked=True)
        if tx.execute(lock).first() is None:
            continue
        if host in on_trial and breakers.get(tx, host).open_until > now:
            continue
        if taken := _take_head(tx, account_id, worker_id, now, lease_until):
            claimed.append(taken)
            if host in on_trial:
                breakers.begin_probe(tx, host, now)
    return claimed


def _due_heads(now: int) -> Select[Any]:
    """The first due delivery of every account that may be published to, unless it is held back."""
    first = ~exists().where(
        _earlier.c.account_id == _d.account_id,
        _earlier.c.state == State.SCHEDULED,
        tuple_(_earlier.c.turn_at, _earlier.c.id) < tuple_(_d.turn_at, _d.id),
    )
    return (
        select(deliveries)
        .join(accounts, accounts.c.id == _d.account_id)
        .where(
            _d.state == State.SCHEDULED,
            _d.due_at <= now,
            _d.turn_at <= now,
            _d.not_before <= now,
            restored.checked,
            may_publish(now),
            first,
            ~_busy(),
        )
        .order_by(_d.turn_at, _d.id)
    )


def may_publish(now: int) -> ColumnElement[bool]:
    """The condition that an account may be published to now: nobody paused it, it works, and its host answers."""
    return and_(
        accounts.c.state == AccountState.CONNECTED,
        accounts.c.not_before <= now,
        ~breakers.holds_back(now),
        ~pauses.in_force,
    )


def _busy() -> Any:
    """Whether the account has a delivery in flight, or one whose outcome is not known yet."""
    return exists().where(
        _other.c.account_id == deliveries.c.account_id, _other.c.state.in_([State.SENDING, State.UNKNOWN])
    )


def _take_head(tx: Connection, account_id: int, worker_id: str, now: int, lease_until: int) -> Delivery | None:
    head = tx.execute(_due_heads(now).with_only_columns(_d.id).where(_d.account_id == account_id)).scalar()
    keep_stamp = and_(_d.maybe_live == 1, _d.stamp_at.is_not(None))
    take = (
        update(deliveries)
        .where(_d.id == head, _d.state == State.SCHEDULED, _d.not_before <= now, ~_busy())
        .values(
            state=State.SENDING,
            worker_id=worker_id,
            lease_token=_d.lease_token + 1,
            lease_until=lease_until,
            attempts=_d.attempts + 1,
            request_started_at=None,
            stamp_at=case((keep_stamp, _d.stamp_at), else_=literal(now)),
            reason="",
            sentence="",
            version=_d.version + 1,
            updated_at=now,
        )
        .returning(deliveries)
    )
    row = tx.execute(take).one_or_none()
    return delivery_of(row) if row else None


def mark_started(tx: Connection, delivery: Delivery, *, now: int, margin: int) -> bool:
    """Write down that the irreversible call starts now; False (do not call!) when the claim is lost or about to be."""
    held = and_(_held_by(delivery), _d.lease_until > now + margin)
    return changed(tx, held, request_started_at=now, updated_at=now)


def finish(tx: Connection, delivery: Delivery, step: Step, now: int) -> bool:
    """Take the step that follows a send; False when another owner has the delivery by now."""
    if step.state not in TRANSITIONS[State.SENDING]:
        raise ValueError(f"a delivery cannot go from sending to {step.state}")
    return changed(tx, _held_by(delivery), **_step_values(step, now), lease_until=None)


def settle(tx: Connection, delivery: Delivery, step: Step, now: int) -> bool:
    """Take the step that follows a look-up, a poll or a proved death; False when the row moved on meanwhile."""
    same = and_(_d.id == delivery.id, _d.state == delivery.state, _d.version == delivery.version)
    values = _step_values(step, now)
    if step.state is not State.UNKNOWN:
        values |= restored.forgotten
    return changed(tx, same, **values, lease_until=None)


def renew(tx: Connection, worker_id: str, lease_until: int) -> None:
    """Extend the lease of everything a living worker holds."""
    held = and_(_d.worker_id == worker_id, _d.state == State.SENDING)
    tx.execute(update(deliveries).where(held).values(lease_until=lease_until))


def _held_by(delivery: Delivery) -> Any:
    return and_(_d.id == delivery.id, _d.state == State.SENDING, _d.lease_token == delivery.lease_token)


def _step_values(step: Step, now: int) -> dict[str, Any]:
    values: dict[str, Any] = {
        "state": step.state,
        "sentence": step.sentence,
        "reason": step.reason,
        "maybe_live": int(step.maybe_live),
        "version": _d.version + 1,
        "updated_at": now,
    }
    if step.not_before is not None:
        values["not_before"] = step.not_before
    if step.remote_id:
        values["remote_id"] = step.remote_id
    if step.url:
        values["url"] = step.url
    if step.state is State.PUBLISHED:
        values["published_at"] = step.published_at or now
    return values


def owned_by_others(tx: Connection, worker_id: str) -> list[Delivery]:
    """Return everything that some other worker claimed and never finished."""
    return rows(tx, select(deliveries).where(_d.state == State.SENDING, _d.worker_id != worker_id))


def owned_by(tx: Connection, worker_id: str) -> list[Delivery]:
    """Return everything that a worker has claimed and not finished."""
    return rows(tx, select(deliveries).where(_d.state == State.SENDING, _d.worker_id == worker_id))


def to_look_up(tx: Connection, now: int, limit: int) -> list[Delivery]:
    """Return unknown and pending deliveries whose next look is due."""
    due = and_(_d.state.in_([State.UNKNOWN, State.PENDING]), _d.not_before <= now)
    return rows(tx, select(deliveries).where(due).order_by(_d.not_before).limit(limit))


def held_for(tx: Connection, reason: str, now: int | None = None) -> list[Delivery]:
    """Return the deliveries held for one reason, in order; with `now` only those whose next look is due."""
    held = select(deliveries).where(_d.state == State.HELD, _d.reason == reason)
    if now is not None:
        held = held.where(_d.not_before <= now)
    return rows(tx, held.order_by(_d.due_at, _d.id))


def next_wake(tx: Connection, now: int) -> int | None:
    """Return the next instant after `now` at which a scheduled delivery may start, or None."""
    later = and_(_d.state == State.SCHEDULED, _d.not_before > now)
    return tx.execute(select(func.min(_d.not_before)).where(later)).scalar()
