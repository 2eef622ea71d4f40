"""The product's own parts around a world: a real SQLite in memory, and stand-ins for what the engine does not decide.

The storage, the services and the worker are the real ones. Durability is not at stake here (a crash of the machine is
another suite's), so the database is kept in memory and put back to empty for each world.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from scheduler.config import LiveConfig, Settings, load_settings
from scheduler.platforms.base import Credentials
from scheduler.services.context import Context
from scheduler.storage.engine import Database
from scheduler.storage.schema import metadata
from tests.simulation.clock import VirtualClock
from tests.simulation.options import Options
from tests.support.house import REPOSITORY


class WorldDatabase(Database):
    """A database that tells its world before and after every durable step."""

    several_workers = False

    def __init__(self) -> None:
        engine = create_engine(
            "sqlite://",
            poolclass=StaticPool,
            pool_reset_on_return=None,
            connect_args={"check_same_thread": False, "isolation_level": None},
        )
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        super().__init__(engine)
        metadata.create_all(engine)
        self.raw = cast(sqlite3.Connection, engine.raw_connection().driver_connection)
        self.raw.execute("PRAGMA foreign_keys=ON")
        self._empty = self.raw.serialize()
        self.before: Callable[[], None] = _nothing
        self.committing: Callable[[], None] = _nothing
        self.after: Callable[[], None] = _nothing

    @property
    def is_sqlite(self) -> bool:
        """Return whether there is one worker; with several, dead ones are settled as on PostgreSQL."""
        return not self.several_workers

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that may write, with its world looking on."""
        self.before()
        with super().writing() as tx:
            yield tx
            self.committing()
        self.after()

    def empty(self) -> None:
        """Put everything back to the beginning."""
        self.before = self.committing = self.after = _nothing
        self.raw.deserialize(self._empty)
        self.raw.execute("PRAGMA foreign_keys=ON")


def _nothing() -> None:
    """Nobody looks on."""


def disk_full() -> OperationalError:
    """Return what a full disk makes of a commit."""
    return OperationalError("COMMIT", None, sqlite3.OperationalError("database or disk is full"))


class StandIns:
    """What the engine asks of the rest of the product: fixed settings, an open vault, articles, and no network."""

    def __init__(self, settings: Settings) -> None:
        self.settings = self.known = settings
        self.problems = ()
        self.skews = self

    def seal(self, credentials: Credentials) -> str:
        """Keep credentials readable: sealing is not what is tested here."""
        return json.dumps(credentials)

    def open(self, sealed: str) -> Credentials:
        """Return what `seal` kept."""
        return cast(Credentials, json.loads(sealed))

    def seen(self) -> dict[str, int]:
        """No platform has told its time."""
        return {}

    def refresh(self) -> None:
        """Articles are what the world says they are."""

    def by_id(self, _article_id: str) -> None:
        """No teaser of these worlds is about an article; the gate has its own tests."""

    def read(self, _key: str) -> bytes:
        """There are no blobs."""
        raise KeyError(_key)

    def exists(self, _key: str) -> bool:
        """There are no blobs."""
        return False

    def delete(self, _key: str) -> None:
        """There are no blobs."""


@cache
def _settings() -> Settings:
    read = load_settings({"DRUMBEAT_SECRET_KEY": "only for tests"}, REPOSITORY)
    return replace(read, platforms={})


@cache
def the_database() -> WorldDatabase:
    """Return the one database of this process."""
    return WorldDatabase()


def build(clock: VirtualClock, options: Options) -> Context:
    """Return the context of an empty house, with a calendar as `options` want it."""
    database = the_database()
    database.empty()
    read = _settings()
    rules = replace(read.calendar.default, minimum_gap=options.gap, newest_first=options.newest_first)
    stand_in: Any = StandIns(replace(read, calendar=replace(read.calendar, default=rules, accounts={})))
    return Context(
        config=cast(LiveConfig, stand_in),
        clock=clock,
        database=database,
        articles=stand_in,
        blobs=stand_in,
        http=stand_in,
        vault=stand_in,
        search=stand_in,
        visits=stand_in,
    )
