"""Deliveries: the table that is the truth about what goes out, and when.

Every write names the state (and for the worker's writes the fencing token) that it expects; a write that finds
something else changes nothing and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, exists, func, insert, literal, select, tuple_, update

from scheduler.domain.delivery import TRANSITIONS, UNDER_WAY, WAITING, Delivery, State, Step
from scheduler.storage.schema import accounts, attempts, deliveries

OCCUPYING = frozenset(set(State) - {State.CANCELLED, State.FAILED, State.MISSED, State.DRAFT})
"""States in which a delivery takes its time in the account's calendar."""

_d = deliveries.c
_earlier = deliveries.alias("earlier")
_other = deliveries.alias("other")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """What is needed to schedule one delivery. Instants are UTC ms."""

    teaser_id: int
    account_id: int
    idempotency_key: str
    short_code: str
    payload: str
    payload_hash: str
    at_wall: str
    at_zone: str
    queued: bool
    due_at: int
    late_after: int
    occurrence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try or look-up, as it is kept for ever. `detail` is the redacted raw answer."""

    n: int
    action: str
    started_at: int
    ended_at: int
    outcome: str
    http_status: int | None
    sentence: str
    detail: str
    worker_id: str = ""
    lease_token: int = 0


def _delivery(row: Row[Any]) -> Delivery:
    values = dict(row._mapping)
    values.update(state=State(values["state"]), queued=bool(values["queued"]), maybe_live=bool(values["maybe_live"]))
    return Delivery(**values)


# Scheduling ---------------------------------------------------------------------------------------------------------


def add(tx: Connection, new: NewDelivery, now: int) -> int:
    """Store a scheduled delivery and return its id."""
    values = {name: getattr(new, name) for name in NewDelivery.__slots__}
    row = insert(deliveries).values(
        **(values | {"queued": int(new.queued)}), not_before=new.due_at, created_at=now, updated_at=now
    )
    return int(tx.execute(row.returning(_d.id)).scalar_one())


def change_payload(
    tx: Connection, delivery_id: int, *, payload: str, payload_hash: str, version: int, now: int
) -> bool:
    """Replace the frozen payload of a waiting delivery; False when it was changed or sent meanwhile."""
    return _changed(
        tx,
        _waiting(delivery_id, version),
        payload=payload,
        payload_hash=payload_hash,
        version=_d.version + 1,
        updated_at=now,
    )


def move(
    tx: Connection,
    delivery_id: int,
    *,
    version: int,
    due_at: int,
    late_after: int,
    at_wall: str,
    at_zone: str,
    queued: bool,
    now: int,
) -> bool:
    """Give a waiting or missed delivery another time (and set it going again); False when it was changed meanwhile."""
    movable = and_(_d.id == delivery_id, _d.version == version, _d.state.in_(WAITING | {State.MISSED}))
    return _changed(
        tx,
        movable,
        due_at=due_at,
        not_before=due_at,
        late_after=late_after,
        at_wall=at_wall,
        at_zone=at_zone,
        queued=int(queued),
        attempts=0,
        state=State.SCHEDULED,
        reason="",
        sentence="",
        version=_d.version + 1,
        updated_at=now,
    )


def set_state(
    tx: Connection,
    delivery_id: int,
    target: State,
    *,
    expect: Collection[State],
    now: int,
    sentence: str = "",
    **values: Any,
) -> bool:
    """Take one step of the state machine; False when the delivery is in none of the expected states (or moved on)."""
    wrong = [state for state in expect if target not in TRANSITIONS[state]]
    if wrong:
        raise ValueError(f"a delivery cannot go from {wrong[0]} to {target}")
    condition = and_(_d.id == delivery_id, _d.state.in_(list(expect)))
    if "version" in values:
        condition = and_(condition, _d.version == values.pop("version"))
    return _changed(tx, condition, state=target, sentence=sentence, version=_d.version + 1, updated_at=now, **values)


def _waiting(delivery_id: int, version: int) -> Any:
    return and_(_d.id == delivery_id, _d.version == version, _d.state.in_(list(WAITING)))


def _changed(tx: Connection, condition: Any, **values: Any) -> bool:
    return tx.execute(update(deliveries).where(condition).values(**values)).rowcount == 1


# The worker's way: claim, mark, finish ------------------------------------------------------------------------------


def note_missed(tx: Connection, now: int) -> int:
    """Turn every scheduled delivery that is too late by its policy into `missed`; return how many."""
    sentence = "It was not sent in time, and sending it later is your decision."
    late = and_(_d.state == State.SCHEDULED, _d.not_before <= now, _d.late_after < now)
    values = {"state": State.MISSED, "reason": "late", "sentence": sentence, "updated_at": now}
    return tx.execute(update(deliveries).where(late).values(**values, version=_d.version + 1)).rowcount


def claim(tx: Connection, *, worker_id: str, now: int, lease_until: int, limit: int) -> list[Delivery]:
    """Take up to `limit` due deliveries for sending: the head of each account that is free.

    Two statements per account: lock the account's row, then read its head again under that lock and take it with
    every guard repeated. Guards that stand only in the first read see an old snapshot on PostgreSQL.
    """
    candidates = tx.execute(_due_heads(now).with_only_columns(_d.account_id).limit(limit)).scalars().all()
    claimed = []
    for account_id in candidates:
        lock = select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(skip_locked=True)
        if tx.execute(lock).first() is None:
            continue
        if taken := _take_head(tx, account_id, worker_id, now, lease_until):
            claimed.append(taken)
    return claimed


def _due_heads(now: int) -> Select[Any]:
    """The first due delivery of every account that may be published to, unless it is held back."""
    first = ~exists().where(
        _earlier.c.account_id == _d.account_id,
        _earlier.c.state == State.SCHEDULED,
        tuple_(_earlier.c.due_at, _earlier.c.id) < tuple_(_d.due_at, _d.id),
    )
    return (
        select(deliveries)
        .join(accounts, accounts.c.id == _d.account_id)
        .where(
            _d.state == State.SCHEDULED,
            _d.due_at <= now,
            _d.not_before <= now,
            accounts.c.state == "connected",
            accounts.c.not_before <= now,
            first,
            ~_busy(),
        )
        .order_by(_d.due_at, _d.id)
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
    return _delivery(row) if row else None


def mark_started(tx: Connection, delivery: Delivery, *, now: int, margin: int) -> bool:
    """Write down that the irreversible call starts now; False (do not call!) when the claim is lost or about to be."""
    held = and_(_held_by(delivery), _d.lease_until > now + margin)
    return _changed(tx, held, request_started_at=now, updated_at=now)


def finish(tx: Connection, delivery: Delivery, step: Step, now: int) -> bool:
    """Take the step that follows a send; False when another owner has the delivery by now."""
    if step.state not in TRANSITIONS[State.SENDING]:
        raise ValueError(f"a delivery cannot go from sending to {step.state}")
    return _changed(tx, _held_by(delivery), **_step_values(step, now), lease_until=None)


def settle(tx: Connection, delivery: Delivery, step: Step, now: int) -> bool:
    """Take the step that follows a look-up, a poll or a proved death; False when the row moved on meanwhile."""
    same = and_(_d.id == delivery.id, _d.state == delivery.state, _d.version == delivery.version)
    return _changed(tx, same, **_step_values(step, now), lease_until=None)


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
        values["published_at"] = now
    return values


def owned_by_others(tx: Connection, worker_id: str) -> list[Delivery]:
    """Return everything that some other worker claimed and never finished."""
    return _rows(tx, select(deliveries).where(_d.state == State.SENDING, _d.worker_id != worker_id))


def owned_by(tx: Connection, worker_id: str) -> list[Delivery]:
    """Return everything that a worker has claimed and not finished."""
    return _rows(tx, select(deliveries).where(_d.state == State.SENDING, _d.worker_id == worker_id))


def to_look_up(tx: Connection, now: int, limit: int) -> list[Delivery]:
    """Return unknown and pending deliveries whose next look is due."""
    due = and_(_d.state.in_([State.UNKNOWN, State.PENDING]), _d.not_before <= now)
    return _rows(tx, select(deliveries).where(due).order_by(_d.not_before).limit(limit))


def held_for(tx: Connection, reason: str) -> list[Delivery]:
    """Return the deliveries held for one reason, in order."""
    return _rows(tx, select(deliveries).where(_d.state == State.HELD, _d.reason == reason).order_by(_d.due_at, _d.id))


def next_wake(tx: Connection, now: int) -> int | None:
    """Return the next instant after `now` at which a scheduled delivery may start, or None."""
    later = and_(_d.state == State.SCHEDULED, _d.not_before > now)
    return tx.execute(select(func.min(_d.not_before)).where(later)).scalar()


def add_attempt(tx: Connection, delivery_id: int, attempt: Attempt) -> None:
    """Append what happened. Attempts are evidence: they are kept even when the write to the delivery is refused."""
    values = {name: getattr(attempt, name) for name in Attempt.__slots__}
    tx.execute(insert(attempts).values(delivery_id=delivery_id, **values))


# Reading ------------------------------------------------------------------------------------------------------------


def get(tx: Connection, delivery_id: int) -> Delivery | None:
    """Return one delivery."""
    found = _rows(tx, select(deliveries).where(_d.id == delivery_id))
    return found[0] if found else None


def by_short_code(tx: Connection, code: str) -> Delivery | None:
    """Return the delivery of a short code."""
    found = _rows(tx, select(deliveries).where(_d.short_code == code))
    return found[0] if found else None


def attempts_of(tx: Connection, delivery_id: int) -> list[Attempt]:
    """Return every attempt of a delivery, oldest first."""
    columns = [attempts.c[name] for name in Attempt.__slots__]
    rows = tx.execute(select(*columns).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.id))
    return [Attempt(**row._mapping) for row in rows]


def of_teaser(tx: Connection, teaser_id: int) -> list[Delivery]:
    """Return the deliveries of a teaser, in order of their time."""
    return _rows(tx, select(deliveries).where(_d.teaser_id == teaser_id).order_by(_d.due_at, _d.id))


def search(
    tx: Connection,
    *,
    states: Iterable[State] = (),
    account_id: int | None = None,
    since: int | None = None,
    until: int | None = None,
    newest_first: bool = False,
    after: tuple[int, int] | None = None,
    limit: int = 200,
) -> list[Delivery]:
    """Return deliveries by state, account and time (`since` <= due_at < `until`), by due time.

    `newest_first` goes by when they went out, else are due. `after` (due_at, id of a delivery) leaves out everything
    up to there; not together with `newest_first`.
    """
    query = select(deliveries)
    if wanted := list(states):
        query = query.where(_d.state.in_(wanted))
    if account_id is not None:
        query = query.where(_d.account_id == account_id)
    if since is not None:
        query = query.where(_d.due_at >= since)
    if until is not None:
        query = query.where(_d.due_at < until)
    if after is not None:
        query = query.where(tuple_(_d.due_at, _d.id) > tuple_(*after))
    stands = func.coalesce(_d.published_at, _d.due_at)
    order = (stands.desc(), _d.id.desc()) if newest_first else (_d.due_at, _d.id)
    return _rows(tx, query.order_by(*order).limit(limit))


def between(
    tx: Connection, since: int, until: int, *, states: Iterable[State], account_id: int | None = None, limit: int = 200
) -> list[Delivery]:
    """Return deliveries that went out (or else are due) from `since` up to, not including, `until`."""
    stands = func.coalesce(_d.published_at, _d.due_at)
    query = select(deliveries).where(_d.state.in_(list(states)), stands >= since, stands < until)
    if account_id is not None:
        query = query.where(_d.account_id == account_id)
    return _rows(tx, query.order_by(stands, _d.id).limit(limit))


def upcoming(tx: Connection, limit: int) -> list[Delivery]:
    """Return what goes out next."""
    return search(tx, states=WAITING | UNDER_WAY, limit=limit)


def recent(tx: Connection, limit: int) -> list[Delivery]:
    """Return what was published last."""
    query = select(deliveries).where(_d.state == State.PUBLISHED).order_by(_d.published_at.desc()).limit(limit)
    return _rows(tx, query)


def due_times(tx: Connection, account_id: int, since: int) -> list[int]:
    """Return the times that are taken in an account's calendar, from `since` on."""
    taken = and_(_d.account_id == account_id, _d.due_at >= since, _d.state.in_(list(OCCUPYING)))
    return list(tx.execute(select(_d.due_at).where(taken).order_by(_d.due_at)).scalars())


def count_by_state(tx: Connection) -> Mapping[State, int]:
    """Return how many deliveries are in each state."""
    rows = tx.execute(select(_d.state, func.count()).group_by(_d.state))
    return {State(state): count for state, count in rows}


def count_waiting(tx: Connection, account_id: int) -> int:
    """Return how many deliveries of an account are still to go out."""
    waiting = and_(_d.account_id == account_id, _d.state.in_(list(WAITING | UNDER_WAY)))
    return tx.execute(select(func.count()).select_from(deliveries).where(waiting)).scalar_one()


def count_overdue(tx: Connection, before: int) -> int:
    """Return how many scheduled deliveries should have started before `before`."""
    overdue = and_(_d.state == State.SCHEDULED, _d.not_before < before)
    return tx.execute(select(func.count()).select_from(deliveries).where(overdue)).scalar_one()


def count_click(tx: Connection, code: str) -> None:
    """Count one click on a delivery's link."""
    tx.execute(update(deliveries).where(_d.short_code == code).values(clicks=_d.clicks + 1))


def _rows(tx: Connection, query: Select[Any]) -> list[Delivery]:
    return [_delivery(row) for row in tx.execute(query)]
