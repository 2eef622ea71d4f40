"""Circuit breakers by host, shared by all workers."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, delete, exists, insert, select, update

from scheduler.domain.breaker import PROBE_MS, Breaker
from scheduler.storage.schema import accounts, breakers

_b = breakers.c
_COLUMNS = [_b[name] for name in Breaker.__slots__]
_TRIPPED = select(*_COLUMNS).where(_b.trips > 0).order_by(_b.host)
_CLEAR = delete(breakers).where(_b.host == bindparam("which"))


def read(tx: Connection, host: str) -> Breaker:
    """Return the breaker of a host; a host without a row has had no fault."""
    row = tx.execute(select(*_COLUMNS).where(_b.host == host)).one_or_none()
    return Breaker(**row._mapping) if row else Breaker(host)


def get(tx: Connection, host: str) -> Breaker:
    """Return the breaker of a host, and keep others from changing it until the transaction ends."""
    tx.execute(select(_b.host).where(_b.host == host).with_for_update())
    return read(tx, host)


def tripped(tx: Connection) -> list[Breaker]:
    """Return the breakers of every host that is left alone, or is being asked whether it is back."""
    return [Breaker(**row._mapping) for row in tx.execute(_TRIPPED)]


def put(tx: Connection, breaker: Breaker, now: int) -> None:
    """Store a breaker."""
    values = {**asdict(breaker), "updated_at": now}
    if not tx.execute(update(breakers).where(_b.host == breaker.host).values(**values)).rowcount:
        tx.execute(insert(breakers).values(**values))


def clear(tx: Connection, host: str) -> bool:
    """Forget every fault of a host; return whether there were any."""
    return bool(tx.execute(_CLEAR, {"which": host}).rowcount)


def begin_probe(tx: Connection, host: str, now: int) -> None:
    """Let nobody else ask a host that was left alone while one post finds out whether it is back."""
    tx.execute(update(breakers).where(_b.host == host).values(open_until=now + PROBE_MS))


def holds_back(now: int | BindParameter[int]) -> ColumnElement[bool]:
    """Return the condition that the host of the account in a query is left alone at `now`."""
    return exists().where(_b.host == accounts.c.host, _b.host != "", _b.open_until > now)
