"""What placing a delivery in an account's queue needs: one at a time per account, and who may move."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, and_, select

from scheduler.domain.delivery import Delivery, State
from scheduler.storage import deliveries as truth
from scheduler.storage.schema import accounts, deliveries


def lock(tx: Connection, account_ids: Iterable[int]) -> None:
    """Let nobody else place deliveries of these accounts until this transaction ends.

    SQLite has one writer at a time anyway; PostgreSQL locks the accounts' rows, in order of their ids.
    """
    wanted = sorted(account_ids)
    tx.execute(select(accounts.c.id).where(accounts.c.id.in_(wanted)).order_by(accounts.c.id).with_for_update()).all()


def movable(tx: Connection, account_id: int, after: int) -> list[Delivery]:
    """Return the account's deliveries that stand in its queue later than `after` and have never been tried."""
    c = deliveries.c
    queued = and_(c.account_id == account_id, c.queued == 1, c.due_at > after)
    untried = and_(c.state == State.SCHEDULED, c.attempts == 0, c.maybe_live == 0)
    return truth.rows(tx, select(deliveries).where(queued, untried).order_by(c.due_at, c.id))
