"""Lists and counts of deliveries, for pages and for the rules of the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select, tuple_

from scheduler.domain.delivery import UNDER_WAY, WAITING, Delivery, State
from scheduler.storage.deliveries import rows
from scheduler.storage.schema import deliveries

OCCUPYING = frozenset(set(State) - {State.CANCELLED, State.FAILED, State.MISSED, State.DRAFT})
"""States in which a delivery takes its time in the account's calendar."""

_d = deliveries.c
_stands = func.coalesce(_d.published_at, _d.due_at)


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
    wanted = frozenset(states)
    at = _stands if newest_first or _stands_when_due(wanted) else _d.due_at
    query = select(deliveries).where(*_in_states(wanted, along_index=at is _stands))
    if account_id is not None:
        query = query.where(_d.account_id == account_id)
    if since is not None:
        query = query.where(at >= since)
    if until is not None:
        query = query.where(at < until)
    if after is not None:
        query = query.where(tuple_(at, _d.id) > tuple_(*after))
    order = (at.desc(), _d.id.desc()) if newest_first else (at, _d.id)
    return rows(tx, query.order_by(*order).limit(limit))


def _stands_when_due(states: frozenset[State]) -> bool:
    """Whether deliveries of these states stand where they are due: only what went out may stand elsewhere."""
    return bool(states) and State.PUBLISHED not in states


def _in_states(states: frozenset[State], *, along_index: bool) -> list[ColumnElement[bool]]:
    """Return the condition of being in one of `states` (none: any).

    Nearly everything is published in the end. A list by due time that wants those must be read along the time and not
    along the state, so it names the states that it does not want.
    """
    if not states:
        return []
    return [_d.state.in_(states) if along_index else _d.state.not_in(set(State) - states)]


def between(
    tx: Connection, since: int, until: int, *, states: Iterable[State], account_id: int | None = None, limit: int = 200
) -> list[Delivery]:
    """Return deliveries that went out (or else are due) from `since` up to, not including, `until`."""
    query = select(deliveries).where(_d.state.in_(list(states)), _stands >= since, _stands < until)
    if account_id is not None:
        query = query.where(_d.account_id == account_id)
    return rows(tx, query.order_by(_stands, _d.id).limit(limit))


def count_between(tx: Connection, since: int, until: int, *, states: Iterable[State]) -> int:
    """Return how many deliveries went out (or else are due) from `since` up to, not including, `until`."""
    wanted = and_(_d.state.in_(list(states)), _stands >= since, _stands < until)
    return tx.execute(select(func.count()).select_from(deliveries).where(wanted)).scalar_one()


def upcoming(tx: Connection, limit: int) -> list[Delivery]:
    """Return what goes out next, or is just going out."""
    return search(tx, states=WAITING | {State.SENDING, State.PENDING}, limit=limit)


def catching_up(tx: Connection, limit: int) -> list[Delivery]:
    """Return what is late and has been given a later turn, by that turn."""
    late = and_(_d.state == State.SCHEDULED, _d.turn_at > _d.due_at)
    return rows(tx, select(deliveries).where(late).order_by(_d.turn_at, _d.id).limit(limit))


def recent(tx: Connection, limit: int) -> list[Delivery]:
    """Return what was published last."""
    return search(tx, states={State.PUBLISHED}, newest_first=True, limit=limit)


def due_times(tx: Connection, account_id: int, since: int) -> list[int]:
    """Return the times that are taken in an account's calendar, from `since` on."""
    return [due_at for _, due_at in tx.execute(_taken(since).where(_d.account_id == account_id))]


def due_times_by_account(tx: Connection, since: int) -> Mapping[int, list[int]]:
    """Return the times that are taken in each account's calendar, from `since` on; one without any is left out."""
    found: dict[int, list[int]] = {}
    for account_id, due_at in tx.execute(_taken(since)):
        found.setdefault(account_id, []).append(due_at)
    return found


def _taken(since: int) -> Select[int, int]:
    free = set(State) - OCCUPYING  # named by what is left out, so that it is read along the time and not by state
    taken = and_(_d.due_at >= since, _d.state.not_in(free))
    return select(_d.account_id, _d.due_at).where(taken).order_by(_d.due_at)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is still to go out to one account: how many, and when the first that waits is due (UTC ms), if any."""

    count: int = 0
    first_due_at: int | None = None


def ahead_of(tx: Connection, account_id: int) -> Ahead:
    """Return what is still to go out to one account."""
    found = tx.execute(_ahead().where(_d.account_id == account_id)).first()
    return Ahead(found[1], found[2]) if found else Ahead()


def ahead_by_account(tx: Connection) -> Mapping[int, Ahead]:
    """Return what is still to go out to each account; an account without anything is left out."""
    return {account_id: Ahead(count, first) for account_id, count, first in tx.execute(_ahead())}


def _ahead() -> Select[int, int, int | None]:
    first = func.min(case((_d.state.in_(WAITING), _d.due_at)))
    query = select(_d.account_id, func.count(), first).where(_d.state.in_(WAITING | UNDER_WAY))
    return query.group_by(_d.account_id)


def count_by_state(tx: Connection, states: Iterable[State] = State) -> Mapping[State, int]:
    """Return how many deliveries are in each of `states`. Counting what is over takes longer with every year."""
    counted = select(_d.state, func.count()).where(_d.state.in_(list(states))).group_by(_d.state)
    return {State(state): count for state, count in tx.execute(counted)}


def count_up_to(tx: Connection, states: Iterable[State], most: int) -> int:
    """Return how many deliveries are in `states`, counting no further than `most`."""
    found = select(_d.id).where(_d.state.in_(list(states))).limit(most).subquery()
    return tx.execute(select(func.count()).select_from(found)).scalar_one()


def overdue(tx: Connection, before: int, limit: int) -> list[Delivery]:
    """Return what should have started before `before` and waits for nothing that we know of, oldest first."""
    late = and_(_d.state == State.SCHEDULED, _d.not_before < before)
    return rows(tx, select(deliveries).where(late).order_by(_d.not_before, _d.id).limit(limit))


def count_overdue(tx: Connection, before: int) -> int:
    """Return how many scheduled deliveries should have started before `before`."""
    overdue = and_(_d.state == State.SCHEDULED, _d.not_before < before)
    return tx.execute(select(func.count()).select_from(deliveries).where(overdue)).scalar_one()


def any_in(tx: Connection, state: State, account_id: int | None = None) -> bool:
    """Return whether a delivery (of this account) is in `state`."""
    wanted = _d.state == state if account_id is None else and_(_d.account_id == account_id, _d.state == state)
    return tx.execute(select(_d.id).where(wanted).limit(1)).first() is not None
