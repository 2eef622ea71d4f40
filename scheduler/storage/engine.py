"""The database and its transactions; every difference between SQLite and PostgreSQL lives here.

SQLite runs with WAL, synchronous=FULL (anything less can undo an acknowledged claim at a power cut), foreign
keys on, and BEGIN IMMEDIATE for every transaction that may write: a deferred one loses updates or fails at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import DatabaseError as DamagedFile
from sqlalchemy.exc import SQLAlchemyError as DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from scheduler import reads
from scheduler.storage.together import Together

__all__ = [
    "Connection",
    "Database",
    "DatabaseError",
    "DatabaseMoved",
    "connection_problem",
    "open_database",
    "out_of_reach",
]

BUSY_TIMEOUT_MS = 15_000
WAL_LIMIT_BYTES = 64 * 1024 * 1024
POSTGRES_LINE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A network that swallows everything is noticed within some 15 seconds instead of never (libpq's words; s and ms)."""
IDLE_IN_TRANSACTION_MS = 30_000
"""A process that freezes inside a transaction must not hold its row locks for ever: the server ends it."""


class DatabaseMoved(DatabaseError):
    """The database's file is gone, or (`replaced`) another one stands in its place.

    SQLite itself would go on writing into the file that nobody sees any more.
    """

    def __init__(self, file: Path, replaced: bool) -> None:
        self.replaced = replaced
        what = "was replaced by another one" if replaced else "is gone"
        end = "Start Drumbeat again." if replaced else "Put it back, or restore a backup and start Drumbeat again."
        super().__init__(f"The database file {file} {what} while Drumbeat was running. {end}")


class Database:
    """One database; hands out transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        in_memory = engine.url.database in (None, "", ":memory:")
        self._file = None if not self.is_sqlite or in_memory else Path(str(engine.url.database))
        self._identity: tuple[int, int] | None = None
        # SQLite's own waiting is unfair, and one of many threads may starve. Threads queue here, processes there.
        self._together = Together(self._connect) if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Return whether this is SQLite (one worker) rather than PostgreSQL (any number)."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads; it never waits for a writer."""
        reads.unnamed()
        self._require_in_place()
        connect = self.engine.connect
        with self._naming_what_moved(), connect().execution_options(readonly=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that may write; it is committed at the end, or undone by any exception."""
        reads.unnamed()
        begin = self._together.writing if self._together else self.engine.begin
        with self._naming_what_moved(), begin() as connection:
            yield connection

    def _connect(self) -> Connection:
        self._require_in_place()
        return self.engine.connect()

    def _require_in_place(self) -> None:
        """Raise `DatabaseMoved` unless the file that we opened first still stands where it stood."""
        if self._file is None:
            return
        found = _identity(self._file)
        if self._identity is None:
            self._identity = found
        elif found != self._identity:
            raise DatabaseMoved(self._file, replaced=found is not None)

    @contextmanager
    def _naming_what_moved(self) -> Iterator[None]:
        """Raise `DatabaseMoved` for what SQLite calls an error of its own when the file goes away under its hands."""
        try:
            yield
        except OperationalError:
            self._require_in_place()
            raise

    def dispose(self) -> None:
        """Close every pooled connection; what is opened next is looked at afresh."""
        self.engine.dispose()
        self._identity = None


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino


def open_database(url: str) -> Database:
    """Return the database at `url` (sqlite:///... or postgresql://...). Nothing is connected yet."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        return Database(_postgres(parsed))
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # Parameters are hidden in errors, and so in logs: they hold hashes, sealed credentials and texts of people.
    wait = {"timeout": BUSY_TIMEOUT_MS / 1000}
    engine = create_engine(parsed, connect_args=wait, pool_size=20, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _postgres(url: URL) -> Engine:
    line = {name: value for name, value in POSTGRES_LINE.items() if name not in url.query}
    engine = create_engine(url, connect_args=line, pool_pre_ping=True, pool_size=20, hide_parameters=True)
    event.listen(engine, "connect", _prepare_postgres)
    return engine


def _prepare_postgres(connection: Any, _record: Any) -> None:
    connection.execute(f"SET idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_MS}")
    # Nearly everything is published and next to nothing waits: a plan made for just any state reads the whole table.
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"journal_size_limit={WAL_LIMIT_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


def out_of_reach(error: Exception) -> bool:
    """Return whether `error` says that the database cannot be used now: away, locked or full, but not our mistake."""
    broken = isinstance(error, DBAPIError) and error.connection_invalidated
    return broken or isinstance(error, OperationalError | InterfaceError | PoolTimeout | DatabaseMoved)


def connection_problem(error: Exception) -> str:
    """Return a sentence for a database that cannot be reached or used, or "" when `error` is something else."""
    if isinstance(error, ArgumentError):
        return "DATABASE_URL is not a database address; write it like postgresql://user:password@host/name."
    if isinstance(error, DatabaseMoved):
        return str(error)
    if isinstance(error, OperationalError):
        return f"The database cannot be used: {_said(error)}. Check DATABASE_URL and the data folder."
    if type(error) is DamagedFile:  # what SQLite says of a file that is none of its own, or is damaged
        return f"The database cannot be read: {_said(error)}. Put the last backup of it in its place."
    return ""


def _said(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split()).rstrip(".")
