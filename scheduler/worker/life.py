"""A worker's life: one thread that holds its line to the database, and hears on it when there is something to do.

On PostgreSQL a life ends with its connection, because the lock ended with it and others may have taken over. The
process then claims nothing more, ends what it has in hand (those writes are fenced), and begins a new life under a new
id as soon as the database is back. On SQLite a life lasts as long as the process.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable

from scheduler.storage.engine import Database, DatabaseError
from scheduler.storage.lifeline import Lifeline, LineLost, open_lifeline
from scheduler.worker.trouble import Trouble

log = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 0.5


class Life:
    """The life of this process as a worker. `begin` is called with each new id, `nudged` when something may be due."""

    def __init__(
        self, database: Database, trouble: Trouble, begin: Callable[[str], None], nudged: Callable[[], None]
    ) -> None:
        self._database, self._trouble, self._begin, self._nudged = database, trouble, begin, nudged
        self._line: Lifeline | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="life", daemon=True)
        self.id = ""

    @property
    def holds(self) -> bool:
        """Return whether this process may claim: it holds its lock, as far as anybody can know."""
        return self._line is not None

    def start(self) -> None:
        """Begin the first life. Raises what a database out of reach raises."""
        self._open()
        self._thread.start()

    def stop(self) -> None:
        """End this life, and give the lock back."""
        self._stopping.set()
        self._thread.join()
        if self._line:
            self._line.close()
            self._line = None

    def _open(self) -> None:
        worker_id = uuid.uuid4().hex
        line = open_lifeline(self._database, worker_id)
        try:
            self._begin(worker_id)
        except BaseException:
            line.close()
            raise
        self.id, self._line = worker_id, line

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._live()
            except (LineLost, DatabaseError) as error:
                self._trouble.begins("life", error.__cause__ or error)
                self._end()
            except Exception:
                log.exception("the worker stumbled over its own life; it begins a new one")
                self._end()

    def _live(self) -> None:
        if self._line is None:
            self._open()
            self._trouble.ends("life")
            log.info("worker %s is ready", self.id)
            self._nudged()
        elif self._line.hear(self._stopping):
            self._nudged()

    def _end(self) -> None:
        line, self._line = self._line, None
        if line:
            line.close()
        self._stopping.wait(TRY_AGAIN_SECONDS)
