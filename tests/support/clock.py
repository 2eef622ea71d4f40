"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime

from scheduler.clock import to_ms

MONDAY_MORNING = to_ms(datetime(2026, 11, 23, 13, 0, tzinfo=UTC))
"""Monday 23 November 2026, 08:00 in New York: an hour before the first slot of `config/calendar.toml`."""


class StillClock:
    """Implements `scheduler.clock.Clock`; sleeping moves it instead of waiting."""

    def __init__(self, now: int = MONDAY_MORNING) -> None:
        self.now = now
        self.slept: list[float] = []

    def now_ms(self) -> int:
        """Return the instant at which the clock stands (UTC ms)."""
        return self.now

    def monotonic(self) -> float:
        """Return the same instant in seconds."""
        return self.now / 1000

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds` at once."""
        self.slept.append(seconds)
        self.now += round(seconds * 1000)

    def move(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Move on."""
        self.now += round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
