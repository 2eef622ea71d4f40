"""Workers and their heartbeats."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from scheduler.storage.schema import workers


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker process."""

    id: str
    host: str
    pid: int
    version: str
    started_at: int
    beat_at: int
    lock_number: int = 0
    """Its advisory lock on PostgreSQL, held as long as it lives (see `locks`)."""


def register(tx: Connection, worker: Worker) -> None:
    """Store a worker that has just started."""
    tx.execute(insert(workers).values(**{name: getattr(worker, name) for name in Worker.__slots__}))


def beat(tx: Connection, worker_id: str, now: int) -> None:
    """Note that a worker is alive."""
    tx.execute(update(workers).where(workers.c.id == worker_id).values(beat_at=now))


def remove(tx: Connection, worker_id: str) -> None:
    """Forget a worker that stopped in good order or is proved dead."""
    tx.execute(delete(workers).where(workers.c.id == worker_id))


def all_workers(tx: Connection) -> list[Worker]:
    """Return every known worker."""
    return [Worker(**row._mapping) for row in tx.execute(select(workers))]


def newest_beat(tx: Connection) -> int | None:
    """Return the newest heartbeat (UTC ms), or None when no worker is known."""
    newest: int | None = tx.execute(select(func.max(workers.c.beat_at))).scalar_one()
    return newest
