"""What is late: carrying out the policy of each delivery, and giving new turns to what catches up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import BigInteger, BindParameter, Connection, and_, bindparam, case, func, literal, or_, select, update

from scheduler.domain.delivery import Delivery, State
from scheduler.domain.lateness import LATE_MS, LatePolicy
from scheduler.storage.claims import may_publish
from scheduler.storage.deliveries import rows
from scheduler.storage.schema import accounts, deliveries

_d = deliveries.c

_ENDS = {
    LatePolicy.HOLD: (State.MISSED, "It was not sent in time, and sending it later is your decision."),
    LatePolicy.SKIP: (State.CANCELLED, "It was not sent in time, and your rule for it is to skip it then."),
}
_PERHAPS_OUT = frozenset(set(State) - {State.SCHEDULED, State.CANCELLED, State.PUBLISHED})
_now: BindParameter[int] = bindparam("now", type_=BigInteger)
_ANYTHING_LATE = (  # built once: it is asked at every due moment
    select(_d.id)
    .where(_d.state == State.SCHEDULED, _d.not_before <= _now)
    .where(or_(_d.late_after < _now, and_(_d.not_before <= _now - LATE_MS, _d.turn_at <= _now - LATE_MS)))
    .limit(1)
)
_SPACED = "It could not go out at its time. Its turn comes later, so that late posts keep their distance."


def anything_late(tx: Connection, now: int) -> bool:
    """Return whether a policy or a catch-up may have something to do; nearly always not."""
    return tx.execute(_ANYTHING_LATE, {"now": now}).first() is not None


def apply_policies(tx: Connection, now: int) -> Mapping[LatePolicy, int]:
    """End the waiting of every delivery that is too late by its policy: held for a person, or skipped.

    Returns how many by policy.

    What is perhaps live is never skipped in silence: it waits for a person.
    """
    return {policy: _end(tx, policy, now) for policy in _ENDS}


def _end(tx: Connection, policy: LatePolicy, now: int) -> int:
    state, sentence = _ENDS[policy]
    chosen = _d.late_policy == policy
    if policy is LatePolicy.SKIP:
        chosen = and_(chosen, _d.maybe_live == 0)
    elif policy is LatePolicy.HOLD:
        chosen = chosen | and_(_d.late_policy == LatePolicy.SKIP, _d.maybe_live == 1)
    late = and_(_d.state == State.SCHEDULED, _d.not_before <= now, _d.late_after < now, chosen)
    values = {"state": state, "reason": "late", "sentence": sentence, "updated_at": now}
    return tx.execute(update(deliveries).where(late).values(**values, version=_d.version + 1)).rowcount


def accounts_behind(tx: Connection, now: int) -> list[int]:
    """Return the accounts that may publish and have something whose turn is long past."""
    late = and_(_d.state == State.SCHEDULED, _d.not_before <= now - LATE_MS, _d.turn_at <= now - LATE_MS)
    behind = select(_d.account_id).join(accounts, accounts.c.id == _d.account_id).where(late, may_publish(now))
    return list(tx.execute(behind.distinct().order_by(_d.account_id)).scalars())


def lock(tx: Connection, account_id: int) -> bool:
    """Lock an account against claims until the transaction ends; False when another worker is at it."""
    row = select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(skip_locked=True)
    return tx.execute(row).first() is not None


def late_of(tx: Connection, account_id: int, now: int) -> list[Delivery]:
    """Return what is late in an account that is behind and was never tried, in its order.

    However little it is late: otherwise it would overtake what is very late.
    """
    late = and_(_d.state == State.SCHEDULED, _d.turn_at <= now, _d.not_before <= now, _d.attempts == 0)
    return rows(tx, select(deliveries).where(_d.account_id == account_id, late).order_by(_d.turn_at, _d.id))


def neighbours(tx: Connection, account_id: int, now: int, gap: int) -> list[int]:
    """Return the instants (UTC ms) that late posts of an account keep their distance from, in order.

    They are the turns of what is still to come, and the last posts that went out.
    """
    mine = _d.account_id == account_id
    coming = select(_d.turn_at).where(mine, _d.state == State.SCHEDULED, _d.turn_at > now)
    since, began = now - max(gap, 1), func.coalesce(_d.request_started_at, _d.published_at)
    stands = func.coalesce(_d.published_at, _d.due_at)  # later than its beginning, and the index knows it
    gone = select(began).where(mine, _d.state == State.PUBLISHED, stands > since, began > since)
    # What is being sent goes out now, also while its request has not left yet.
    out = case((_d.state == State.SENDING, literal(now)), else_=began)
    unsure = select(out).where(mine, _d.state.in_(_PERHAPS_OUT), out > since)
    return sorted(tx.execute(coming.union_all(gone, unsure)).scalars())


def space(tx: Connection, turns: Mapping[int, int], now: int) -> None:
    """Give waiting deliveries (by id) new turns (UTC ms); their own times stay as they were meant."""
    if not turns:
        return
    waiting = and_(_d.id == bindparam("which"), _d.state == State.SCHEDULED)
    later = update(deliveries).where(waiting)
    changes = {"turn_at": bindparam("turn"), "not_before": bindparam("turn"), "updated_at": now}
    said = {"reason": "catch_up", "sentence": _SPACED, "version": _d.version + 1}
    tx.execute(later.values(**changes, **said), [{"which": each, "turn": turn} for each, turn in turns.items()])


LONGEST_TOLERANCE_MS = 8 * 86_400_000
"""A week is the longest lateness tolerance that the calendar takes; a day more for what a change of zone does."""


def overdue(tx: Connection, now: int) -> Mapping[State, int]:
    """Return how many deliveries wait whose time has passed, by what becomes of them once they may go: `scheduled` goes
    out, `missed` and `cancelled` end by their policy."""
    ended = case((_d.late_after < now, 1), else_=0)
    passed = and_(_d.state == State.SCHEDULED, _d.due_at <= now)
    columns = (_d.late_policy, _d.maybe_live, ended)
    found = tx.execute(select(*columns, func.count()).where(passed).group_by(*columns))
    counts: Counter[State] = Counter()
    for policy, maybe_live, too_late, count in found:
        counts[_end_of(policy, bool(maybe_live)) if too_late else State.SCHEDULED] += count
    return counts


def _end_of(policy: str, maybe_live: bool) -> State:
    if policy == LatePolicy.PUBLISH:
        return State.SCHEDULED
    return State.CANCELLED if policy == LatePolicy.SKIP and not maybe_live else State.MISSED


def ended_since(tx: Connection, since: int) -> Mapping[State, int]:
    """Return how many deliveries ended as `missed` or `cancelled` by their policy since an instant (UTC ms)."""
    recently = _d.not_before >= since - LONGEST_TOLERANCE_MS  # an index knows these, however much was ever cancelled
    ended = and_(_d.reason == "late", _d.state.in_([State.MISSED, State.CANCELLED]), _d.updated_at >= since, recently)
    found = tx.execute(select(_d.state, func.count()).where(ended).group_by(_d.state))
    return {State(state): count for state, count in found}
