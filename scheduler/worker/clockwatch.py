"""Watching the clock: a thread on the steady clock that sees steps of the wall clock, sleeps of the machine and skews.

APScheduler waits by the wall clock of the moment it fell asleep: after a step back its jobs would rest until that time
has come again. So a step makes every job run now.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from scheduler.domain.clock_steps import Reading, step_between
from scheduler.services.context import Context
from scheduler.services.delivery import reconcile
from scheduler.services.operations import clock_health
from scheduler.storage.engine import DatabaseError

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
SKEW_LOOKS = 5
"""The platforms' times are looked at every so many looks."""
FORGET_LOOKS = 600
"""Whether a told step is long past is looked at every so many looks."""


class ClockWatch:
    """Looks at both clocks every second; calls `stepped` after a step."""

    def __init__(self, ctx: Context, stepped: Callable[[], None]) -> None:
        self._ctx, self._stepped = ctx, stepped
        self._last = self._read()
        self._untold = 0
        self._unsettled = False
        self._looks = 0
        self._looking = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clockwatch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._last = self._read()
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Look once: re-arm after a step, let unknown outcomes settle anew, and tell what there is to tell.

        Also called right before look-ups, so that none of them trusts a clock that has just been set.
        """
        with self._looking:
            self._look()

    def _look(self) -> None:
        before, self._last = self._last, self._read()
        if step := step_between(before, self._last):
            log.warning("%s", clock_health.sentence_of_step(step))
            self._untold += step
            self._unsettled = True
            self._stepped()
        self._looks += 1
        with suppress(DatabaseError):  # the worker tells of that by itself, and the next look tells what is untold
            self._settle()
            self._tell()

    def _settle(self) -> None:
        if self._unsettled:
            reconcile.settle_anew(self._ctx)
            self._unsettled = False

    def _tell(self) -> None:
        if self._untold:
            clock_health.note_step(self._ctx, self._untold)
            self._untold = 0
        if self._looks % SKEW_LOOKS == 0:
            clock_health.note_skews(self._ctx, self._ctx.http.skews.seen())
        if self._looks % FORGET_LOOKS == 0:
            clock_health.forget_old_step(self._ctx)

    def _read(self) -> Reading:
        return Reading(self._ctx.clock.now_ms(), self._ctx.clock.monotonic())
