"""What the platforms say of posts that are live (likes, replies, views ...), as snapshots over time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, insert, select

from scheduler.domain.delivery import State
from scheduler.storage.schema import deliveries, post_numbers

_d, _n = deliveries.c, post_numbers.c


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The numbers of one post at one moment (UTC ms)."""

    at: int
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Counted:
    """A live post, and when (UTC ms, 0 for never) its numbers were last read."""

    delivery_id: int
    account_id: int
    remote_id: str
    published_at: int
    last_at: int


def add(tx: Connection, delivery_id: int, snapshot: Snapshot) -> None:
    """Store a snapshot."""
    numbers = json.dumps(dict(snapshot.numbers))
    tx.execute(insert(post_numbers).values(delivery_id=delivery_id, at=snapshot.at, numbers=numbers))


def of_delivery(tx: Connection, delivery_id: int) -> list[Snapshot]:
    """Return the snapshots of a delivery, oldest first."""
    rows = tx.execute(select(_n.at, _n.numbers).where(_n.delivery_id == delivery_id).order_by(_n.at))
    return [Snapshot(row.at, json.loads(row.numbers)) for row in rows]


def live_since(tx: Connection, since: int, limit: int) -> list[Counted]:
    """Return the posts that went out after `since` (UTC ms) and can be asked about, newest first."""
    stands = func.coalesce(_d.published_at, _d.due_at)
    last = select(func.max(_n.at)).where(_n.delivery_id == _d.id).scalar_subquery()
    wanted = and_(_d.state == State.PUBLISHED, stands > since, _d.remote_id != "")
    query = select(
        _d.id, _d.account_id, _d.remote_id, stands.label("went_out"), func.coalesce(last, 0).label("last_at")
    )
    rows = tx.execute(query.where(wanted).order_by(stands.desc(), _d.id.desc()).limit(limit))
    return [Counted(row.id, row.account_id, row.remote_id, row.went_out, row.last_at) for row in rows]
