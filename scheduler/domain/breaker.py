"""The circuit breaker of a host: after repeated faults it is left alone for a while, then asked with one post."""

from __future__ import annotations

from dataclasses import dataclass, replace

FAULTS = 5
"""So many calls in a row without a usable answer open the breaker."""
FIRST_PAUSE_MS = 60_000
LONGEST_PAUSE_MS = 15 * 60_000
PROBE_MS = 5 * 60_000
"""How long the one post that asks again has for it before another may."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """How a host has behaved: `failures` in a row, how often it was left alone since, and until when (UTC ms)."""

    host: str
    failures: int = 0
    trips: int = 0
    open_until: int = 0
    sentence: str = ""

    @property
    def tripped(self) -> bool:
        """Return whether the host is left alone, or is just being asked whether it is back."""
        return self.trips > 0


def after_fault(breaker: Breaker, sentence: str, now: int) -> Breaker:
    """Return the breaker after one more fault: the pause doubles each time the host is still down."""
    failed = replace(breaker, failures=breaker.failures + 1, sentence=sentence)
    if failed.failures < FAULTS:
        return failed
    pause = min(FIRST_PAUSE_MS << min(breaker.trips, 8), LONGEST_PAUSE_MS)
    return replace(failed, trips=breaker.trips + 1, open_until=now + pause)
