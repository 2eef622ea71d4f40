"""Attempts: every try and every look-up, appended and never changed. They are the evidence that a person sees."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from scheduler.storage.schema import attempts


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


_ADD = insert(attempts)


def add(tx: Connection, delivery_id: int, attempt: Attempt) -> None:
    """Append what happened. Attempts are evidence: they are kept even when the write to the delivery is refused."""
    values = {name: getattr(attempt, name) for name in Attempt.__slots__}
    tx.execute(_ADD, {"delivery_id": delivery_id, **values})


def of_delivery(tx: Connection, delivery_id: int) -> list[Attempt]:
    """Return every attempt of a delivery, oldest first."""
    columns = [attempts.c[name] for name in Attempt.__slots__]
    rows = tx.execute(select(*columns).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.id))
    return [Attempt(**row._mapping) for row in rows]
