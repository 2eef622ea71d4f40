"""What other servers say the time is: the `Date` of their answers, by host, held against our clock."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from scheduler.clock import to_ms

MOST_HOSTS = 200


@dataclass(frozen=True, slots=True)
class Skew:
    """A host's time minus ours in ms, seen `at` (UTC ms, by our clock)."""

    ms: int
    at: int


class Skews:
    """The last skew of each host. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, Skew] = {}

    def note(self, host: str, headers: Mapping[str, str], now: int) -> None:
        """Remember what an answer's `Date` says; one out of a cache (it has an `Age`) says nothing."""
        if "age" in headers or not headers.get("date"):
            return
        try:
            moment = parsedate_to_datetime(headers["date"])
        except (ValueError, OverflowError):
            return
        if moment.tzinfo is None:
            return
        with self._lock:
            if host in self._seen or len(self._seen) < MOST_HOSTS:
                self._seen[host] = Skew(to_ms(moment) - now, now)

    def seen(self) -> dict[str, Skew]:
        """Return the last skew of every host."""
        with self._lock:
            return dict(self._seen)
