"""PostgreSQL's session advisory locks: held as long as one connection lives, and not a moment longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from scheduler.storage.engine import Database

WORKER_LOCK = 0x6472776B
"""An advisory lock number that only the worker uses ("drwk")."""


@contextmanager
def advisory_lock(database: Database) -> Iterator[bool]:
    """Try to take the worker's lock on a connection of its own; yield whether it is held."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield bool(connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": WORKER_LOCK}).scalar())
