"""The worker's way with a delivery: claim, mark, finish, settle. Every guard of "never twice" that is SQL is here.

Building a statement costs more than running it, and these run at every due moment: each is built once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate, Update

from scheduler.domain.account import AccountState
from scheduler.domain.delivery import RESTARTED, TRANSITIONS, Delivery, State, Step
from scheduler.storage import breakers, pauses, restored
from scheduler.storage.deliveries import changed, delivery_of, rows
from scheduler.storage.schema import accounts, deliveries

_d = deliveries.c
_earlier = deliveries.alias("earlier")
_other = deliveries.alias("other")
_now: BindParameter[int] = bindparam("now", type_=BigInteger)


def anything_due(tx: Connection, now: int) -> bool:
    """Return whether a scheduled delivery may be due: cheap, and no claim is worth its cost while there is none."""
    return tx.execute(_anything_due(), {"now": now}).first() is not None


def claim(tx: Connection, *, worker_id: str, now: int, lease_until: int, limit: int) -> list[Delivery]:
    """Take up to `limit` due deliveries for sending: the head of each account that is free."""
    on_trial = {breaker.host for breaker in breakers.tripped(tx)}
    claimer = {"worker": worker_id, "until": lease_until, "now": now}
    if tx.dialect.name == "sqlite" and not on_trial:
        return _take_heads(tx, claimer, limit)
    claimed = []
    for account_id, host in tx.execute(_candidates(), {"now": now, "most": limit}).all():
        if tx.execute(_lock(), {"account": account_id}).first() is None:
            continue
        if host in on_trial and breakers.get(tx, host).open_until > now:
            continue
        if taken := _take_head(tx, account_id, claimer):
            claimed.append(taken)
            if host in on_trial:
                breakers.begin_probe(tx, host, now)
    return claimed


def _take_heads(tx: Connection, claimer: Mapping[str, Any], limit: int) -> list[Delivery]:
    """Take all in one statement: whoever writes to SQLite is alone, so what it reads is what is."""
    taken = [delivery_of(row) for row in tx.execute(_take_all(), {**claimer, "most": limit})]
    return sorted(taken, key=lambda delivery: (delivery.turn_at, delivery.id))


def _take_head(tx: Connection, account_id: int, claimer: Mapping[str, Any]) -> Delivery | None:
    """Take the head of one account, whose row is locked: read it again under that lock, and take it with every guard
    repeated. Guards that stand only in the first read see an old snapshot on PostgreSQL."""
    head = tx.execute(_head(), {"account": account_id, "now": claimer["now"]}).scalar()
    row = tx.execute(_take(), {**claimer, "head": head}).one_or_none()
    return delivery_of(row) if row else None


def may_publish(now: int | BindParameter[int]) -> ColumnElement[bool]:
    """The condition that an account may be published to now: nobody paused it, it works, and its host answers."""
    return and_(
        accounts.c.state == AccountState.CONNECTED,
        accounts.c.not_before <= now,
        ~breakers.holds_back(now),
        ~pauses.in_force,
    )


def _due_heads() -> Select[Any]:
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
            _d.due_at <= _now,
            _d.turn_at <= _now,
            _d.not_before <= _now,
            restored.checked,
            may_publish(_now),
            first,
            ~_busy(),
        )
        .order_by(_d.turn_at, _d.id)
    )


def _busy() -> Any:
    """Whether the account has a delivery in flight, or one whose outcome is not known yet."""
    return exists().where(
        _other.c.account_id == deliveries.c.account_id, _other.c.state.in_([State.SENDING, State.UNKNOWN])
    )


def _still_free() -> ColumnElement[bool]:
    """The guard of the taking update itself: it sees what others have committed since the head was read."""
    return and_(_d.state == State.SCHEDULED, _d.not_before <= _now, ~_busy())


@cache
def _take() -> ReturningUpdate[Any]:
    return _taking(_d.id == bindparam("head"))


@cache
def _take_all() -> ReturningUpdate[Any]:
    return _taking(_d.id.in_(_due_heads().with_only_columns(_d.id).limit(bindparam("most")).correlate(None)))


def _taking(which: ColumnElement[bool]) -> ReturningUpdate[Any]:
    keep_stamp = and_(_d.maybe_live == 1, _d.stamp_at.is_not(None))
    return (
        update(deliveries)
        .where(which, _still_free())
        .values(
            state=State.SENDING,
            worker_id=bindparam("worker"),
            lease_token=_d.lease_token + 1,
            lease_until=bindparam("until"),
            attempts=_d.attempts + 1,
            request_started_at=None,
            stamp_at=case((keep_stamp, _d.stamp_at), else_=_now),
            reason="",
            sentence="",
            version=_d.version + 1,
            updated_at=_now,
        )
        .returning(deliveries)
    )


@cache
def _anything_due() -> Select[Any]:
    return select(_d.id).where(_d.state == State.SCHEDULED, _d.not_before <= _now).limit(1)


@cache
def _candidates() -> Select[Any]:
    return _due_heads().with_only_columns(accounts.c.id, accounts.c.host).limit(bindparam("most"))


@cache
def _lock() -> Select[Any]:
    # Weaker than FOR UPDATE: whoever adds a delivery to the account holds its key, and must not keep us from it.
    account = select(accounts.c.id).where(accounts.c.id == bindparam("account"))
    return account.with_for_update(skip_locked=True, key_share=True)


@cache
def _head() -> Select[Any]:
    return _due_heads().with_only_columns(_d.id).where(_d.account_id == bindparam("account"))


@cache
def _mark() -> Update:
    held = and_(_same_claim(), _d.state == State.SENDING, _d.lease_until > bindparam("until"))
    # The version grows with it: whoever read the row before must not settle it as certainly not sent.
    return update(deliveries).where(held).values(request_started_at=_now, version=_d.version + 1, updated_at=_now)


@cache
def _end(state: State) -> Update:
    ended = and_(_same_claim(), _d.state == state)
    return update(deliveries).where(ended).values(version=_d.version + 1, lease_until=None)


@cache
def _next_wake() -> Select[Any]:
    return select(func.min(_d.not_before)).where(_d.state == State.SCHEDULED, _d.not_before > _now)


def _same_claim() -> ColumnElement[bool]:
    """The fencing token: nobody has claimed the delivery since its holder did."""
    return and_(_d.id == bindparam("which"), _d.lease_token == bindparam("token"))


def mark_started(tx: Connection, delivery: Delivery, *, now: int, margin: int) -> bool:
    """Write down that the irreversible call starts now; False (do not call!) when the claim is lost or about to be."""
    return tx.execute(_mark(), {**_holder(delivery), "now": now, "until": now + margin}).rowcount == 1


def finish(tx: Connection, delivery: Delivery, step: Step, now: int) -> bool:
    """Take the step that follows a send; False when another owner has the delivery by now.

    A worker that was only cut off from the database may come back with the platform's own word for "published", and
    find its delivery `unknown`: nobody has claimed it since, so that is the answer the look-up would bring.
    """
    if step.state not in TRANSITIONS[State.SENDING]:
        raise ValueError(f"a delivery cannot go from sending to {step.state}")
    values = {**_holder(delivery), **_step_values(step, now)}
    if tx.execute(_end(State.SENDING), values).rowcount == 1:
        return True
    return step.state is State.PUBLISHED and tx.execute(_end(State.UNKNOWN), values).rowcount == 1


def settle(tx: Connection, delivery: Delivery, step: Step, now: int) -> bool:
    """Take the step that follows a look-up, a poll or a proved death; False when the row moved on meanwhile."""
    same = and_(_d.id == delivery.id, _d.state == delivery.state, _d.version == delivery.version)
    values = _step_values(step, now) | {"lease_until": step.lease_until}
    if step.state is not State.UNKNOWN:
        values |= {**restored.forgotten, "lease_until": None}
    if step.reason == RESTARTED:
        values["attempts"] = _d.attempts - 1
    return changed(tx, same, **values, version=_d.version + 1)


def unknown(tx: Connection) -> list[Delivery]:
    """Return every delivery whose outcome is not known."""
    return rows(tx, select(deliveries).where(_d.state == State.UNKNOWN))


def look_no_earlier(tx: Connection, delivery: Delivery, at: int) -> bool:
    """Put the next look-up of an unknown delivery off until `at` (UTC ms); False when it is that late anyway."""
    sooner = and_(_d.id == delivery.id, _d.state == State.UNKNOWN, _d.not_before < at)
    return changed(tx, sooner, not_before=at, version=_d.version + 1)


def renew(tx: Connection, worker_id: str, lease_until: int) -> None:
    """Extend the lease of everything a living worker holds."""
    held = and_(_d.worker_id == worker_id, _d.state == State.SENDING)
    tx.execute(update(deliveries).where(held).values(lease_until=lease_until))


def _holder(delivery: Delivery) -> dict[str, Any]:
    return {"which": delivery.id, "token": delivery.lease_token}


def _step_values(step: Step, now: int) -> dict[str, Any]:
    values: dict[str, Any] = {
        "state": step.state,
        "sentence": step.sentence,
        "reason": step.reason,
        "maybe_live": int(step.maybe_live),
        "updated_at": now,
    }
    if step.not_before is not None:
        values["not_before"] = step.not_before
    if step.key_until is not None:
        values["key_until"] = step.key_until
    if step.remote_id:
        values["remote_id"] = step.remote_id
    if step.url:
        values["url"] = step.url
    if step.state is State.PUBLISHED:
        values["published_at"] = step.published_at or now
    return values


def owners(tx: Connection) -> set[str]:
    """Return the ids of all workers that have claimed something and not finished it."""
    found = tx.execute(select(_d.worker_id).where(_d.state == State.SENDING).distinct()).scalars()
    return {worker_id or "" for worker_id in found}


def owned_by(tx: Connection, worker_id: str) -> list[Delivery]:
    """Return everything that a worker has claimed and not finished.

    The rows are locked until `tx` ends: a worker that is only cut off must not write its mark after we have read that
    there is none.
    """
    own = _d.worker_id.is_(None) if not worker_id else _d.worker_id == worker_id
    return rows(tx, select(deliveries).where(_d.state == State.SENDING, own).with_for_update())


def to_look_up(tx: Connection, now: int, limit: int, holding: Collection[int] = ()) -> list[Delivery]:
    """Return unknown and pending deliveries whose next look is due, but for those in hand (`holding`)."""
    return rows(tx, _to_look_up(now, limit, holding))


def take_looks(tx: Connection, now: int, limit: int, holding: Collection[int], until: int) -> list[Delivery]:
    """Return the same for one of several workers: until `until` the others leave these looks to it."""
    taken = rows(tx, _to_look_up(now, limit, holding).with_for_update(skip_locked=True, key_share=True))
    if taken:
        tx.execute(update(deliveries).where(_d.id.in_([each.id for each in taken])).values(not_before=until))
    return taken


def _to_look_up(now: int, limit: int, holding: Collection[int]) -> Select[Any]:
    due = and_(_d.state.in_([State.UNKNOWN, State.PENDING]), _d.not_before <= now, _d.id.not_in(holding))
    return select(deliveries).where(due).order_by(_d.not_before).limit(limit)


def held_for(tx: Connection, reason: str, now: int | None = None) -> list[Delivery]:
    """Return the deliveries held for one reason, in order; with `now` only those whose next look is due."""
    held = select(deliveries).where(_d.state == State.HELD, _d.reason == reason)
    if now is not None:
        held = held.where(_d.not_before <= now)
    return rows(tx, held.order_by(_d.due_at, _d.id))


def next_wake(tx: Connection, now: int) -> int | None:
    """Return the next instant after `now` at which a scheduled delivery may start, or None."""
    return tx.execute(_next_wake(), {"now": now}).scalar()
