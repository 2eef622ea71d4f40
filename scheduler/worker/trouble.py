"""Trouble with the database: the worker goes on trying; the log says once when it begins and once when it is over."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from scheduler.storage.engine import DatabaseError, DatabaseMoved, connection_problem, out_of_reach

log = logging.getLogger(__name__)


class Trouble:
    """Stands around the jobs. `replaced` is called when the database is another one now and this worker must end."""

    def __init__(self, replaced: Callable[[DatabaseMoved], None]) -> None:
        self._replaced = replaced
        self._lock, self._troubled = threading.Lock(), set[str]()

    def around(self, job: Callable[[], None]) -> Callable[[], None]:
        """Return `job` so that it survives a database that is away, full or locked: its next run tries again."""

        def run() -> None:
            try:
                job()
            except DatabaseError as error:
                if not out_of_reach(error):
                    raise  # our own mistake, and the log has to show it
                self.begins(job.__name__, error)
                if isinstance(error, DatabaseMoved) and error.replaced:
                    self._replaced(error)
            else:
                self.ends(job.__name__)

        run.__name__ = job.__name__
        return run

    def begins(self, name: str, error: BaseException) -> None:
        """Note that `name` has trouble; only the first of all is told."""
        with self._lock:
            first = not self._troubled
            self._troubled.add(name)
        if first:
            said = connection_problem(error) if isinstance(error, Exception) else ""
            sentence = said or f"The database cannot be used: {' '.join(str(error).split())}."
            log.error("nothing is sent for now. %s It is tried again until it works.", sentence)

    def ends(self, name: str) -> None:
        """Note that `name` works again; when that holds for all, it is told."""
        with self._lock:
            troubled = bool(self._troubled)
            self._troubled.discard(name)
            over = troubled and not self._troubled
        if over:
            log.warning("the database can be used again")
