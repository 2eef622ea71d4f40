"""The deadline of calls: one thread for the whole process cuts off those whose time is up.

The time limits of a socket count from byte to byte, so that a server that sends one byte every few seconds, in its
headers say, would hold us for days. A thread for each call would cost more than the call.
"""

from __future__ import annotations

import math
import threading
from typing import Protocol

from scheduler.clock import SystemClock


class Call(Protocol):
    """A call under way."""

    def cut(self) -> None:
        """End the call now. Must not wait for anything."""


class Watchdog:
    """Cuts off calls at their deadline. Its thread comes with a call and goes when there is none to look after."""

    def __init__(self) -> None:
        self._clock = SystemClock()  # sockets wait in real time, and so does this
        self._changed = threading.Condition()
        self._deadlines: dict[Call, float] = {}
        self._looks_at = math.inf

    def watch(self, call: Call, seconds: float) -> None:
        """Cut `call` off in `seconds`, unless it is forgotten before."""
        deadline = self._clock.monotonic() + seconds
        with self._changed:
            self._deadlines[call] = deadline
            if deadline < self._looks_at:
                self._look_at(deadline)

    def forget(self, call: Call) -> None:
        """Watch no longer. Afterwards the call is certainly not cut off any more."""
        with self._changed:
            self._deadlines.pop(call, None)

    def _look_at(self, deadline: float) -> None:
        if math.isinf(self._looks_at):
            threading.Thread(target=self._run, name="watchdog", daemon=True).start()
        self._looks_at = deadline
        self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while self._deadlines:
                self._cut_what_is_due()
                self._looks_at = min(self._deadlines.values(), default=math.inf)
                if self._deadlines:
                    self._changed.wait(max(0.0, self._looks_at - self._clock.monotonic()))
            self._looks_at = math.inf

    def _cut_what_is_due(self) -> None:
        now = self._clock.monotonic()
        for call in [call for call, deadline in self._deadlines.items() if deadline <= now]:
            del self._deadlines[call]
            call.cut()
