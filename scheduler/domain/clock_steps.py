"""Whether the clock can be trusted: steps of the wall clock, and what platforms say the time is. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STEP_MS = 5_000
"""The wall clock may differ from the steady one by so much between two looks; more is a step or a sleep."""
SKEW_MS = 30_000
"""A platform's clock may differ from ours by so much: its dates have whole seconds, and answers take time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at one look: the wall clock (UTC ms), and the steady one in seconds of no meaning."""

    wall: int
    steady: float


def step_between(before: Reading, after: Reading) -> int:
    """Return by how much (ms) the wall clock stepped between two looks, 0 when it went on as it should.

    A machine that slept looks like a step forward: its steady clock stood still.
    """
    stepped = (after.wall - before.wall) - round((after.steady - before.steady) * 1000)
    return stepped if abs(stepped) > STEP_MS else 0


def error_of_ours(skews: Iterable[int]) -> int:
    """Return by how much (ms) our clock is wrong, by what the platforms' clocks say; positive when ours is behind.

    `skews` are their times minus ours. As long as one of them agrees with us, the fault is not ours.
    """
    nearest = min(skews, key=abs, default=0)
    return nearest if abs(nearest) > SKEW_MS else 0
