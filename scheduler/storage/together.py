"""Writing to SQLite from many threads: those who wait for one another share a transaction, and one sync of the disk.

A commit is durable only when the disk says so, and until then nobody else can write. So a thread that has others
waiting behind it leaves the commit to them; all return when it is done, and none before. A write that fails is undone
alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection, RootTransaction
from sqlalchemy.exc import SQLAlchemyError

MOST = 64
"""The most writes of one transaction: other processes want their turn, too."""
PATIENCE_SECONDS = 1.0
"""When the one to whom the commit was left never came to it (it was interrupted), another sees to it after so long."""


class Interrupted(SQLAlchemyError):
    """The thread that was to commit was interrupted, so nothing of the transaction is certain to be durable."""


@dataclass(slots=True)
class _Shared:
    """One transaction with the writes of several threads. `error` is why it did not become durable."""

    connection: Connection
    transaction: RootTransaction
    writes: int = 0
    lost: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Undo a write that fails, and no other. (SQLAlchemy's own way of doing so costs as much as the write.)

        It is `lost` with all of them when SQLite has given the whole transaction up, as it does when the disk is full.
        """
        self.connection.exec_driver_sql("SAVEPOINT apart")
        try:
            yield
        except BaseException:
            try:
                self.connection.exec_driver_sql("ROLLBACK TO apart")
            except SQLAlchemyError:
                self.lost = True
            raise
        self.connection.exec_driver_sql("RELEASE apart")


class Together:
    """Lets threads write one after the other. `connect` opens a connection for a new transaction."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0
        self._shared: _Shared | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write in turn; what was written is durable at the end, or undone by any exception."""
        shared = self._join()
        try:
            with shared.apart() if shared.writes > 1 else nullcontext():
                yield shared.connection
        except BaseException as error:
            self._leave(shared, error)
            raise
        self._leave(shared)
        while not shared.over.wait(PATIENCE_SECONDS):
            self._see_to(shared)
        if shared.error:
            raise shared.error

    def _join(self) -> _Shared:
        self._take_turn()
        try:
            if self._shared is None:
                connection = self._connect()
                try:
                    self._shared = _Shared(connection, connection.begin())
                except BaseException:
                    connection.close()
                    raise
        except BaseException:
            self._turn.release()
            raise
        self._shared.writes += 1
        return self._shared

    def _take_turn(self) -> None:
        with self._counting:
            self._waiting += 1
        try:
            self._turn.acquire()
        finally:
            with self._counting:
                self._waiting -= 1

    def _leave(self, shared: _Shared, error: BaseException | None = None) -> None:
        """Give the turn on; commit unless somebody waits who will."""
        try:
            if error and (shared.writes == 1 or shared.lost):
                self._end(shared, error)
            elif not self._waiting or shared.writes >= MOST:
                self._end(shared)
        finally:
            self._turn.release()

    def _see_to(self, shared: _Shared) -> None:
        with self._turn:
            if self._shared is shared:
                self._end(shared)

    def _end(self, shared: _Shared, error: BaseException | None = None) -> None:
        self._shared, shared.error = None, error or Interrupted()
        try:
            if error:
                shared.transaction.rollback()
            else:
                shared.transaction.commit()
            shared.error = error
        except SQLAlchemyError as problem:
            shared.error = error or problem
            with suppress(SQLAlchemyError):
                shared.transaction.rollback()
        finally:
            shared.over.set()
            shared.connection.close()
