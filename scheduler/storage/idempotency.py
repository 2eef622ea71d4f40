"""Answers kept for repeated requests: one row for each key, empty while the first request is being answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from scheduler.storage.schema import idempotent_answers

_a = idempotent_answers.c


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a key. `status` is 0 while the first request is still being answered."""

    request_hash: str
    status: int
    headers: Mapping[str, str]
    body: str
    created_at: int


def claim(tx: Connection, key: str, request_hash: str, now: int) -> Kept | None:
    """Take a key for a request that is about to be answered, and return None; or return what the key stands for."""
    try:
        with tx.begin_nested():
            tx.execute(insert(idempotent_answers).values(key=key, request_hash=request_hash, created_at=now))
    except IntegrityError:
        # Gone again means that its owner let it go this very moment; whoever asks may come back.
        return _get(tx, key) or Kept(request_hash, 0, {}, "", now)
    return None


def _get(tx: Connection, key: str) -> Kept | None:
    row = tx.execute(select(idempotent_answers).where(_a.key == key)).one_or_none()
    if row is None:
        return None
    return Kept(row.request_hash, row.status, json.loads(row.headers), row.body, row.created_at)


def keep(tx: Connection, key: str, status: int, headers: Mapping[str, str], body: str) -> None:
    """Store the answer under a claimed key."""
    values = {"status": status, "headers": json.dumps(dict(headers)), "body": body}
    tx.execute(update(idempotent_answers).where(_a.key == key).values(**values))


def release(tx: Connection, key: str) -> None:
    """Forget a key."""
    tx.execute(delete(idempotent_answers).where(_a.key == key))


def forget_old(tx: Connection, answered_before: int, unanswered_before: int) -> None:
    """Forget answers from before an instant, and keys that were taken before another one and never got an answer."""
    tx.execute(delete(idempotent_answers).where(_a.created_at < answered_before))
    tx.execute(delete(idempotent_answers).where(_a.status == 0, _a.created_at < unanswered_before))
