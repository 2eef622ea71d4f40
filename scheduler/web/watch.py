"""The web process's eye on the worker: who else could tell that nobody publishes?

A worker that has died can neither say so nor send mail. So a thread of the web server looks at its heartbeat; when that
has been old for a while it opens a notice, and tells what is open until a worker is back to do it.
"""

from __future__ import annotations

import logging
import threading

from scheduler.services.context import Context
from scheduler.services.operations import telling
from scheduler.services.operations.health import health
from scheduler.services.operations.notices import WORKER, worker_down
from scheduler.storage import notices
from scheduler.storage.engine import DatabaseError

log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
PATIENCE_MS = 60_000
"""A worker that starts again by itself within this time is nobody's business."""


class Watch:
    """Looks at the worker again and again; `look` is one look."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._down_since: int | None = None

    def start(self) -> None:
        """Look from now on, in a thread that ends with the process."""
        threading.Thread(target=self._look_forever, name="watch", daemon=True).start()

    def _look_forever(self) -> None:
        while True:
            self._ctx.clock.sleep(LOOK_SECONDS)
            try:
                self.look()
            except DatabaseError as error:  # it comes back, and every page says so meanwhile
                log.warning("the worker cannot be watched while the database is away: %s", type(error).__name__)
            except Exception:
                log.exception("watching the worker failed; it goes on")

    def look(self) -> None:
        """Report a worker that has been gone for a while, or note that it is back."""
        now, found = self._ctx.clock.now_ms(), health(self._ctx)
        if found.ok:
            self._back(now)
        elif self._down_since is None:
            self._down_since = now
        elif now - self._down_since >= PATIENCE_MS:
            with self._ctx.database.writing() as tx:
                worker_down(tx, found.worker_beat_at, self._ctx.settings.calendar.zone, now)
            telling.tell(self._ctx)

    def _back(self, now: int) -> None:
        self._down_since = None
        with self._ctx.database.reading() as tx:
            told = any(notice.cause == WORKER for notice in notices.open_notices(tx))
        if told:
            with self._ctx.database.writing() as tx:
                notices.resolve(tx, WORKER, now)
