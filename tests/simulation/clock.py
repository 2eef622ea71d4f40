"""The virtual clock: true time, and the wall clock of our machine, which may be set wrong."""

from __future__ import annotations

from collections.abc import Callable

START = 1_795_420_800_000
"""An instant (UTC ms) at which every world begins: Monday 23 November 2026, 08:00 UTC."""


class VirtualClock:
    """Implements `scheduler.clock.Clock`. `true` is what the platforms live by; `off` is how wrong ours is (ms)."""

    def __init__(self) -> None:
        self.true = START
        self.off = 0
        self.highest = START
        self.waits: Callable[[int], None] = self.pass_

    def now_ms(self) -> int:
        """Return our wall clock (UTC ms)."""
        return self.true + self.off

    def monotonic(self) -> float:
        """Return true time in seconds."""
        return self.true / 1000

    def sleep(self, seconds: float) -> None:
        """Let the world go on meanwhile instead of waiting."""
        self.waits(round(seconds * 1000))

    def pass_(self, ms: int) -> None:
        """Let time pass."""
        self.true += ms
        self.highest = max(self.highest, self.now_ms())

    def step(self, ms: int) -> None:
        """Set our wall clock forward or back; true time does not move."""
        self.off += ms
        self.highest = max(self.highest, self.now_ms())
