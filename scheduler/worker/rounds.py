"""A thread that makes a round of its work whenever somebody asks: the clock's jobs, and every seat that becomes free.

A wish that comes while it works makes one more round, so that none is lost and a hundred are not a hundred rounds. (A
job of the scheduler for each would be: it drops a run while the one before still works.)
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Rounds:
    """Calls `work` in a thread of its own whenever `wake` was called. `name` is what logs call the thread."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._name, self._work = name, work
        self._wanted = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Ask for a round, now."""
        self._wanted.set()

    def stop(self) -> None:
        """End after the round under way."""
        self._stopping = True
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._stopping:
                return
            try:
                self._work()
            except Exception:
                log.exception("a round of the %s failed; the clock asks for the next one soon", self._name)
