"""Lists and counts of deliveries, for pages and for the rules of the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, and_, func, select, tuple_

from scheduler.domain.delivery import UNDER_WAY, WAITING, Delivery, State
from scheduler.storage.deliveries import rows
from scheduler.storage.schema import deliveries

OCCUPYING = frozenset(set(State) - {State.CANCELLED, State.FAILED, State.MISSED, State.DRAFT})
"""States in which a delivery takes its time in the account's calendar."""

_d = deliveries.c


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
    return rows(tx, query.order_by(*order).limit(limit))


def between(
    tx: Connection, since: int, until: int, *, states: Iterable[State], account_id: int | None = None, limit: int = 200
) -> list[Delivery]:
    """Return deliveries that went out (or else are due) from `since` up to, not including, `until`."""
    stands = func.coalesce(_d.published_at, _d.due_at)
    query = select(deliveries).where(_d.state.in_(list(states)), stands >= since, stands < until)
    if account_id is not None:
        query = query.where(_d.account_id == account_id)
    return rows(tx, query.order_by(stands, _d.id).limit(limit))


def upcoming(tx: Connection, limit: int) -> list[Delivery]:
    """Return what goes out next."""
    return search(tx, states=WAITING | UNDER_WAY, limit=limit)


def catching_up(tx: Connection, limit: int) -> list[Delivery]:
    """Return what is late and has been given a later turn, by that turn."""
    late = and_(_d.state == State.SCHEDULED, _d.turn_at > _d.due_at)
    return rows(tx, select(deliveries).where(late).order_by(_d.turn_at, _d.id).limit(limit))


def recent(tx: Connection, limit: int) -> list[Delivery]:
    """Return what was published last."""
    query = select(deliveries).where(_d.state == State.PUBLISHED).order_by(_d.published_at.desc()).limit(limit)
    return rows(tx, query)


def due_times(tx: Connection, account_id: int, since: int) -> list[int]:
    """Return the times that are taken in an account's calendar, from `since` on."""
    taken = and_(_d.account_id == account_id, _d.due_at >= since, _d.state.in_(list(OCCUPYING)))
    return list(tx.execute(select(_d.due_at).where(taken).order_by(_d.due_at)).scalars())


def count_by_state(tx: Connection) -> Mapping[State, int]:
    """Return how many deliveries are in each state."""
    found = tx.execute(select(_d.state, func.count()).group_by(_d.state))
    return {State(state): count for state, count in found}


def count_waiting(tx: Connection, account_id: int) -> int:
    """Return how many deliveries of an account are still to go out."""
    waiting = and_(_d.account_id == account_id, _d.state.in_(list(WAITING | UNDER_WAY)))
    return tx.execute(select(func.count()).select_from(deliveries).where(waiting)).scalar_one()


def overdue(tx: Connection, before: int, limit: int) -> list[Delivery]:
    """Return what should have started before `before` and waits for nothing that we know of, oldest first."""
    late = and_(_d.state == State.SCHEDULED, _d.not_before < before)
    return rows(tx, select(deliveries).where(late).order_by(_d.not_before, _d.id).limit(limit))


def count_overdue(tx: Connection, before: int) -> int:
    """Return how many scheduled deliveries should have started before `before`."""
    overdue = and_(_d.state == State.SCHEDULED, _d.not_before < before)
    return tx.execute(select(func.count()).select_from(deliveries).where(overdue)).scalar_one()
