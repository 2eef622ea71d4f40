"""A worker's line to the database: it holds the worker's lock, and hears at once when there may be something to do.

What is heard is only a hint: it may be lost, and it may mean nothing. The worker looks every second anyway.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from scheduler.storage.engine import Database
from scheduler.storage.locks import hold
from scheduler.storage.nudges import CHANNEL

LISTEN_SECONDS = 0.5
"""How long one turn of listening lasts; after each turn the connection is tried."""
POLL_SECONDS = 0.1
"""How often SQLite is asked whether another connection has written (about 10 microseconds each time)."""


class LineLost(Exception):
    """The connection is gone, and with it the lock: somebody else may take this worker over now."""


class Lifeline(Protocol):
    """What a worker needs of its line."""

    def hear(self, stop: threading.Event) -> bool:
        """Wait a short while; return whether there may be something to do. Raises `LineLost`."""

    def close(self) -> None:
        """Give the line up, and the lock with it."""


def open_lifeline(database: Database, worker_id: str) -> Lifeline:
    """Open the line of a worker. Raises `LineLost` when the lock is taken, and what a database out of reach raises."""
    return SqliteLine(database) if database.is_sqlite else PostgresLine(database, worker_id)


class PostgresLine:
    """A connection of its own with the worker's advisory lock; the server frees it when the connection ends."""

    def __init__(self, database: Database, worker_id: str) -> None:
        self._connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._driver = self._connection.connection.driver_connection
        self._connection.detach()  # nobody else ever gets it
        try:
            self._settle_in(worker_id)
        except BaseException:
            self.close()
            raise

    def _settle_in(self, worker_id: str) -> None:
        # A machine that vanishes says nothing: the server has to notice within half a minute, not after two hours.
        for name, value in (("idle", 10), ("interval", 5), ("count", 4)):
            self._connection.execute(text(f"SET tcp_keepalives_{name} = {value}"))
        if not hold(self._connection, worker_id):
            raise LineLost("The lock of this worker is taken.")
        self._connection.execute(text(f"LISTEN {CHANNEL}"))

    def hear(self, stop: threading.Event) -> bool:
        """Listen for one turn, and make sure that the connection stands."""
        assert self._driver
        try:
            heard = [*self._driver.notifies(timeout=LISTEN_SECONDS, stop_after=1)]
            if not heard:
                self._connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, self._connection.dialect.loaded_dbapi.Error) as error:
            raise LineLost("The connection to the database was lost.") from error
        return bool(heard)

    def close(self) -> None:
        """End the connection."""
        with suppress(SQLAlchemyError):
            self._connection.close()


class SqliteLine:
    """An idle connection that sees by `PRAGMA data_version` that another one wrote. The file lock is elsewhere."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen = -1
        self._connection: sqlite3.Connection | None = None

    def hear(self, stop: threading.Event) -> bool:
        """Wait for one poll; a database in trouble is heard as silence."""
        stop.wait(POLL_SECONDS)
        try:
            before, self._seen = self._seen, self._version()
        except (SQLAlchemyError, sqlite3.Error):
            self.close()
            stop.wait(LISTEN_SECONDS)
            return False
        return before not in (-1, self._seen)

    def _version(self) -> int:
        if self._connection is None:
            self._seen = -1
            self._connection = _driver_connection(self._database)
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _driver_connection(database: Database) -> sqlite3.Connection:
    """Return a connection that the pool has let go: nothing else ever uses it."""
    connection = database.engine.raw_connection()
    driver = connection.driver_connection
    connection.detach()
    assert isinstance(driver, sqlite3.Connection)
    return driver
