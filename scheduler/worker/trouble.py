"""Trouble with the database: the worker's jobs go on, and the log says once when it begins and once when it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable

from scheduler.storage.engine import DatabaseError, DatabaseMoved, connection_problem

log = logging.getLogger(__name__)


class Trouble:
    """Stands around the jobs. `replaced` is called when the database is another one now and this worker must end."""

    def __init__(self, replaced: Callable[[], None]) -> None:
        self._replaced = replaced
        self._troubled: set[str] = set()

    def around(self, job: Callable[[], None]) -> Callable[[], None]:
        """Return `job` so that it survives a database that is away, full or locked: its next run tries again."""

        def run() -> None:
            try:
                job()
            except DatabaseError as error:
                self._begins(job.__name__, error)
                if isinstance(error, DatabaseMoved) and error.replaced:
                    self._replaced()
            else:
                self._ends(job.__name__)

        run.__name__ = job.__name__
        return run

    def _begins(self, name: str, error: DatabaseError) -> None:
        if name not in self._troubled:
            self._troubled.add(name)
            sentence = connection_problem(error) or f"The database cannot be used: {type(error).__name__}."
            log.error("%s: %s It is tried again until it works.", name, sentence)

    def _ends(self, name: str) -> None:
        if name in self._troubled:
            self._troubled.discard(name)
            log.warning("%s: the database can be used again.", name)
