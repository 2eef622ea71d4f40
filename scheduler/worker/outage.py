"""When the database is away: one line in the log at its start and one at its end, and every job goes on trying."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from scheduler.storage.engine import DatabaseError, connection_problem, out_of_reach

log = logging.getLogger(__name__)


class Outage:
    """Whether the database is away just now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = False

    def begin(self, error: Exception) -> None:
        """Note trouble; only the first of many is told."""
        with self._lock:
            first, self._since = not self._since, True
        if first:
            reason = connection_problem(error) or " ".join(str(error).split())
            log.error("nothing is sent while the database is away; it is tried every second. %s", reason)

    def end(self) -> None:
        """Note that the database answers again."""
        with self._lock:
            over, self._since = self._since, False
        if over:
            log.warning("the database is back")

    def guard(self, job: Callable[[], None]) -> Callable[[], None]:
        """Return `job` so that it ends quietly while the database is away: it is run again soon."""

        def guarded() -> None:
            try:
                job()
            except DatabaseError as error:
                if not out_of_reach(error):
                    raise
                self.begin(error)

        return guarded
