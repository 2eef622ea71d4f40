"""The practice networks' own SQLite file: its tables, and connections lent to any thread."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY_TIMEOUT_SECONDS = 15.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (
    id INTEGER PRIMARY KEY, network TEXT NOT NULL, handle TEXT NOT NULL, name TEXT NOT NULL,
    public_id TEXT NOT NULL, status TEXT NOT NULL, password_hash TEXT NOT NULL, secret TEXT NOT NULL,
    created_at INTEGER NOT NULL, UNIQUE (network, handle), UNIQUE (network, public_id));
CREATE TABLE IF NOT EXISTS access_tokens (
    token_hash TEXT PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts(id), scopes TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refresh_tokens (
    id TEXT PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts(id), expires_at INTEGER NOT NULL,
    next_id TEXT);
CREATE TABLE IF NOT EXISTS media (
    id TEXT PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts(id), public_id TEXT NOT NULL,
    media_type TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, width INTEGER, height INTEGER,
    description TEXT, focus TEXT, ready_at INTEGER NOT NULL, digest TEXT NOT NULL, post_id INTEGER,
    UNIQUE (account_id, public_id));
CREATE TABLE IF NOT EXISTS posts (
    id INTEGER PRIMARY KEY AUTOINCREMENT, network TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts(id), collection TEXT NOT NULL, public_id TEXT NOT NULL,
    cid TEXT NOT NULL, body TEXT NOT NULL, request TEXT NOT NULL, card TEXT, likes INTEGER NOT NULL DEFAULT 0,
    reposts INTEGER NOT NULL DEFAULT 0,
    replies INTEGER NOT NULL DEFAULT 0, quotes INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL, edited_at INTEGER, UNIQUE (account_id, collection, public_id));
CREATE TABLE IF NOT EXISTS documents (
    network TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, account_id INTEGER REFERENCES accounts(id),
    body TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, PRIMARY KEY (network, kind, id));
CREATE TABLE IF NOT EXISTS idempotency_keys (
    account_id INTEGER NOT NULL, key TEXT NOT NULL, post_id INTEGER NOT NULL, created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, key));
CREATE TABLE IF NOT EXISTS switches (
    account_id INTEGER NOT NULL REFERENCES accounts(id), kind TEXT NOT NULL, remaining INTEGER,
    seconds INTEGER NOT NULL, PRIMARY KEY (account_id, kind));
CREATE TABLE IF NOT EXISTS rate_windows (
    bucket TEXT NOT NULL, subject TEXT NOT NULL, started_at INTEGER NOT NULL, used INTEGER NOT NULL,
    PRIMARY KEY (bucket, subject));
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, network TEXT NOT NULL, account_id INTEGER, method TEXT NOT NULL,
    path TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL);
"""


class Database:
    """One SQLite file in WAL mode. A connection is lent for one use at a time, so threads share nothing.

    Idle ones stay open: closing the last would fold the log into the file each time, which is slow.
    """

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, made when absent, for its owner's eyes only."""
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._idle)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with self.read() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(f"BEGIN;{_SCHEMA}COMMIT;")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for reading."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        try:
            yield connection
        finally:
            with self._lock:
                self._idle.append(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection inside a write transaction, undone when the block raises."""
        with self.read() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close the idle connections; the next use opens new ones."""
        with self._lock:
            _close_all(self._idle)

    def setting(self, name: str, fresh: str) -> str:
        """Return the stored value of `name`, storing `fresh` first when there is none."""
        with self.write() as connection:
            connection.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, fresh))
            row = connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
            return str(row["value"])

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection


def _close_all(connections: list[sqlite3.Connection]) -> None:
    while connections:
        connections.pop().close()


def next_number(connection: sqlite3.Connection, name: str, at_least: int) -> int:
    """Return a number never given before for `name`: `at_least`, or one more than the last."""
    row = connection.execute(
        "INSERT INTO counters VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET last = max(last + 1, excluded.last) RETURNING last",
        (name, at_least),
    ).fetchone()
    return int(row["last"])
