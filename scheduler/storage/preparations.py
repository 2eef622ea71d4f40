"""What was prepared ahead for a delivery: sealed, bound to its payload, and usable for a while."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, text

from scheduler.domain.delivery import Delivery, State
from scheduler.storage.claims import may_publish
from scheduler.storage.deliveries import rows
from scheduler.storage.schema import accounts, deliveries, preparations

_p, _d = preparations.c, deliveries.c


@dataclass(frozen=True, slots=True)
class Preparation:
    """The state of preparing one delivery. Instants are UTC ms.

    `data` is sealed, "" when there is nothing to use; `problem` says what would keep the delivery from going out, ""
    when nothing does. It counts for the payload `payload_hash` until `good_until`, and is looked at again at `try_at`.
    """

    delivery_id: int
    payload_hash: str
    data: str = ""
    problem: str = ""
    prepared_at: int = 0
    good_until: int = 0
    try_at: int = 0
    tries: int = 0


COLUMNS = [_p[name] for name in Preparation.__slots__]
"""What a `Preparation` is made of, in its order."""
_GET = select(*COLUMNS).where(_p.delivery_id == bindparam("which"))
_NAMES = Preparation.__slots__
# One statement, so that two workers who come at the same moment do not stumble over one another.
_PUT = text(
    f"INSERT INTO preparations ({', '.join(_NAMES)}) VALUES ({', '.join(f':{name}' for name in _NAMES)})"  # noqa: S608
    f" ON CONFLICT (delivery_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _NAMES[1:])}"
)
_DROP = delete(preparations).where(_p.delivery_id == bindparam("which"))


def get(tx: Connection, delivery_id: int) -> Preparation | None:
    """Return what was prepared for a delivery."""
    row = tx.execute(_GET, {"which": delivery_id}).one_or_none()
    return Preparation(**row._mapping) if row else None


def put(tx: Connection, preparation: Preparation) -> None:
    """Store what was prepared, in the place of what was before."""
    tx.execute(_PUT, {name: getattr(preparation, name) for name in Preparation.__slots__})


def drop(tx: Connection, delivery_id: int) -> None:
    """Forget what was prepared: it was used, or it is of no use."""
    tx.execute(_DROP, {"which": delivery_id})


def forget_before(tx: Connection, instant: int) -> None:
    """Forget what nobody came for (its delivery was cancelled or moved): everything untouched since `instant`."""
    tx.execute(delete(preparations).where(_p.try_at < instant))


def due(tx: Connection, now: int, ahead: int, limit: int) -> list[Delivery]:
    """Return what goes out within `ahead` (ms) and is not prepared for its payload and its time yet."""
    prepared = and_(_p.payload_hash == _d.payload_hash, or_(_p.good_until > _d.not_before, _p.try_at > now))
    soon = and_(_d.state == State.SCHEDULED, _d.not_before > now, _d.not_before <= now + ahead)
    query = (
        select(deliveries)
        .join(accounts, accounts.c.id == _d.account_id)
        .join(preparations, and_(_p.delivery_id == _d.id, prepared), isouter=True)
        .where(soon, _p.delivery_id.is_(None), may_publish(now))
        .order_by(_d.not_before, _d.id)
        .limit(limit)
    )
    return rows(tx, query)
