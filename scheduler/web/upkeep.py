"""What the web process does beside answering: it keeps the search in step, records versions of
articles that were written elsewhere, and writes down what it counted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from scheduler.services.context import Context
from scheduler.services.editorial import revisions
from scheduler.services.site import moved, searching
from scheduler.services.site.searching import SearchAway
from scheduler.storage.engine import DatabaseError

log = logging.getLogger(__name__)

LOOK_SECONDS = 3.0
ROUNDS_UNTIL_WRITTEN = 10
"""Counts are written down every half minute: a process that is killed forgets that much of them."""


class Upkeep:
    """Does its rounds again and again; `look` is one round."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._rounds = 0
        self._recorded = -1

    def start(self) -> None:
        """Begin, in a thread that ends with the process."""
        threading.Thread(target=self._look_forever, name="upkeep", daemon=True).start()

    def stop(self) -> None:
        """Write down what was counted; the process ends."""
        self._quietly(self._write_down)

    def look(self) -> None:
        """Bring the search in step, record new versions; every tenth time, write down what was counted.

        Each by itself: a search that is away keeps nothing from being recorded.
        """
        self._rounds += 1
        self._quietly(lambda: searching.keep_in_step(self._ctx))
        self._quietly(self._record_versions)
        if self._rounds % ROUNDS_UNTIL_WRITTEN == 0:
            self._quietly(self._write_down)

    def _record_versions(self) -> None:
        """Record what another program or git has written below the posts."""
        self._ctx.articles.refresh()
        if self._recorded != (generation := self._ctx.articles.generation):
            revisions.note_outside(self._ctx)
            self._recorded = generation

    def _write_down(self) -> None:
        moved.write_down(self._ctx)

    def _look_forever(self) -> None:
        while True:
            self.look()
            self._ctx.clock.sleep(LOOK_SECONDS)

    def _quietly(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (DatabaseError, SearchAway) as error:  # it comes back; what was counted is kept until then
            log.warning("upkeep has to wait: %s", type(error).__name__)
        except Exception:
            log.exception("upkeep failed; it goes on")
