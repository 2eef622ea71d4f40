"""Proof of death: on PostgreSQL a worker holds an advisory lock as long as one connection of its own lives.

The lock says "this worker can still reach the database", no more: a worker that lost its connection may still be
talking to a platform. What follows from that is in `services/delivery/reconcile`.
"""

from __future__ import annotations

import zlib

from sqlalchemy import Connection, text

WORKERS = 0x6472776B
"""The first half of our lock numbers ("drwk"): other programs on the same database keep away from it."""

_TAKE = text("SELECT pg_try_advisory_xact_lock(:kind, :number)")
_HOLD = text("SELECT pg_try_advisory_lock(:kind, :number)")


def lock_number(worker_id: str) -> int:
    """Return the number of a worker's lock (31 bits). It follows from the id, so that a worker whose row is gone can
    still be asked after; two that share a number by chance only protect each other."""
    return zlib.crc32(worker_id.encode()) & 0x7FFF_FFFF


def take_of_the_dead(tx: Connection, worker_id: str) -> bool:
    """Take the lock of another worker until the end of `tx`; False when that worker holds it, so lives.

    While it is taken nobody else can take that worker over. On SQLite there is one worker: whoever asks holds the file
    lock, which proves that every other one is dead.
    """
    return _is_sqlite(tx) or _got(tx, _TAKE, worker_id)


def hold(connection: Connection, worker_id: str) -> bool:
    """Take a worker's own lock for as long as `connection` lives; False when somebody has it."""
    return _got(connection, _HOLD, worker_id)


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _got(connection: Connection, statement: object, worker_id: str) -> bool:
    values = {"kind": WORKERS, "number": lock_number(worker_id)}
    return bool(connection.execute(statement, values).scalar())  # type: ignore[call-overload]
