"""The only reader of the time. Everything else is handed a `Clock`, so that tests can hold it still."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the product needs of time."""

    def now_ms(self) -> int:
        """Return the wall clock as UTC epoch milliseconds."""

    def monotonic(self) -> float:
        """Return seconds of a clock that never steps; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        """Return the wall clock as UTC epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds of a clock that never steps."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        time.sleep(seconds)


def to_datetime(instant_ms: int) -> datetime:
    """Return the UTC datetime of an instant given in epoch milliseconds."""
    return datetime.fromtimestamp(instant_ms / 1000, tz=UTC)


def to_ms(moment: datetime) -> int:
    """Return UTC epoch milliseconds of an aware datetime; a naive one is a programming error."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a zone is not an instant")
    return round(moment.timestamp() * 1000)
