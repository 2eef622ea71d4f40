"""What waits, without its payload: enough to foretell when it goes out, and to give it another time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select, update

from scheduler.domain.delivery import WAITING, State
from scheduler.domain.lateness import LatePolicy
from scheduler.domain.outlook import Waiting
from scheduler.domain.rearranging import Retiming
from scheduler.storage.listings import OCCUPYING
from scheduler.storage.schema import deliveries, teasers

_d = deliveries.c
TEXT_START = 300
"""So many characters of a text a list needs."""
MOST_AT_ONCE = 5_000
"""Databases take only so many values in one query."""
Texts = Mapping[int, str]
"""How the texts of teasers begin, by the teaser's id."""


def all_waiting(tx: Connection, until: int) -> list[Waiting]:
    """Return what is scheduled or held and due before `until` (UTC ms), in the order of its time."""
    # Looked up row by row: joined, the planner may read every teaser there ever was for the few that wait.
    article_id = select(teasers.c.article_id).where(teasers.c.id == _d.teaser_id).scalar_subquery()
    query = (
        select(*(article_id if name == "article_id" else _d[name] for name in Waiting.__slots__))
        .where(_d.state.in_(list(WAITING)), _d.due_at < until)
        .order_by(_d.due_at, _d.id)
    )
    return [_waiting(tuple(row)) for row in tx.execute(query)]


_STATE, _POLICY, _QUEUED, _LIVE = map(Waiting.__slots__.index, ("state", "late_policy", "queued", "maybe_live"))


def _waiting(row: tuple[Any, ...]) -> Waiting:
    """Return a row in the order of the fields; by position, because there may be very many."""
    values = list(row)
    values[_STATE], values[_POLICY] = State(row[_STATE]), LatePolicy(row[_POLICY])
    values[_QUEUED], values[_LIVE] = bool(row[_QUEUED]), bool(row[_LIVE])
    return Waiting(*values)


def queued_times(tx: Connection, after: int) -> Mapping[int, list[int]]:
    """Return by account when its untried queued deliveries that are on no hold are due, later than `after` (UTC ms)."""
    mine = and_(_d.state == State.SCHEDULED, _d.queued == 1, _d.due_at > after, _d.attempts == 0, _d.maybe_live == 0)
    found: dict[int, list[int]] = {}
    for account_id, due_at in tx.execute(select(_d.account_id, _d.due_at).where(mine)):
        found.setdefault(account_id, []).append(due_at)
    return found


def occupied(tx: Connection, since: int) -> Mapping[int, list[tuple[int, int]]]:
    """Return what stands in each account's calendar from `since` on: account id -> (delivery id, due) by time."""
    free = set(State) - OCCUPYING  # named by what is left out, so that it is read along the time and not by state
    taken = and_(_d.due_at >= since, _d.state.not_in(free))
    query = select(_d.account_id, _d.id, _d.due_at).where(taken).order_by(_d.due_at, _d.id)
    found: dict[int, list[tuple[int, int]]] = {}
    for account_id, delivery_id, due_at in tx.execute(query):
        found.setdefault(account_id, []).append((delivery_id, due_at))
    return found


def texts(tx: Connection, teaser_ids: Iterable[int]) -> Texts:
    """Return how the texts of teasers begin."""
    start = func.substr(teasers.c.text, 1, TEXT_START).label("start")
    wanted, found = sorted(set(teaser_ids)), dict[int, str]()
    for at in range(0, len(wanted), MOST_AT_ONCE):
        some = teasers.c.id.in_(wanted[at : at + MOST_AT_ONCE])
        found |= {row.id: row.start for row in tx.execute(select(teasers.c.id, start).where(some))}
    return found


def retime(tx: Connection, moves: Sequence[tuple[Retiming, int]], now: int) -> list[Retiming]:
    """Give untried waiting deliveries another time; return the moves that were made.

    Each move comes with the version that it was worked out for: what changed since is left alone. A delivery that is
    on hold stays so, and how late it may go out stays the same.
    """
    untried = and_(_d.state.in_(list(WAITING)), _d.attempts == 0, _d.maybe_live == 0)
    change = (
        update(deliveries)
        .where(_d.id == bindparam("wanted_id"), _d.version == bindparam("known_version"), untried)
        .values(
            due_at=bindparam("new_due_at"),
            turn_at=bindparam("new_due_at"),
            not_before=bindparam("new_due_at"),
            late_after=_d.late_after - _d.due_at + bindparam("new_due_at"),
            at_wall=bindparam("new_wall"),
            at_zone=bindparam("new_zone"),
            version=_d.version + 1,
            updated_at=now,
        )
    )
    return [move for move, version in moves if tx.execute(change, _parameters(move, version)).rowcount == 1]


def _parameters(move: Retiming, version: int) -> dict[str, Any]:
    return {
        "wanted_id": move.delivery_id,
        "known_version": version,
        "new_due_at": move.due_at,
        "new_wall": move.at_wall,
        "new_zone": move.at_zone,
    }
