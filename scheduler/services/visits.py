"""What visitors did, counted in memory until somebody writes it down: no page ever waits for a database to count."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

MOST = 5000
"""How many different addresses are held at once: a robot that tries a million must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted since the last time: redirects followed by old address, and addresses that nobody answers."""

    followed: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)


class Visits:
    """The counts of one process. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = Counted()

    def followed(self, source: str) -> None:
        """Count a visitor who was led on from an old address."""
        self._count(self._now.followed, source)

    def missed(self, path: str) -> None:
        """Count a visitor whose address leads nowhere."""
        self._count(self._now.missed, path)

    def take(self) -> Counted:
        """Return what was counted, and begin anew."""
        with self._lock:
            taken, self._now = self._now, Counted()
            return taken

    def give_back(self, counted: Counted) -> None:
        """Take back what could not be written down."""
        with self._lock:
            self._now.followed.update(counted.followed)
            self._now.missed.update(counted.missed)

    def _count(self, counter: Counter[str], key: str) -> None:
        with self._lock:
            if key in counter or len(counter) < MOST:
                counter[key] += 1
