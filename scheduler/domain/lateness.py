"""What happens to a post that could not go out in time, and how late posts are spaced when they catch up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from scheduler.domain.slots import within_gap

LATE_MS = 60_000
"""Later than this after its moment, a post counts as late and takes part in a catch-up."""


class LatePolicy(StrEnum):
    """What to do with a post that is later than its tolerance."""

    HOLD = "hold"
    """It becomes `missed` and waits for a person."""
    PUBLISH = "publish"
    """It goes out however late it is."""
    SKIP = "skip"
    """It is cancelled, with a sentence that says so."""


LATE_WORDS = {
    LatePolicy.HOLD: "it waits for you",
    LatePolicy.PUBLISH: "it goes out anyway, however late",
    LatePolicy.SKIP: "it is cancelled",
}
"""What becomes of a post that is too late, to follow "If it cannot go out in time: "."""

AS_ACCOUNT = ""
"""A teaser's choice: whatever its account's rule is when it is scheduled."""


def catch_up(late: Iterable[int], others: Iterable[int], now: int, gap: int) -> Mapping[int, int]:
    """Return new turns (delivery id -> UTC ms) for the ids `late`, which go out in the order given.

    The first goes at once, each further one `gap` (ms) after the one before; the instants of `others` (posts that keep
    their time, and the last ones that went out) are left their gap too, so that nothing comes in a burst.
    """
    taken, turns, moment = list(others), dict[int, int](), now
    for delivery_id in late:
        while within_gap(moment, taken, gap):
            moment = _behind(moment, taken, gap)
        turns[delivery_id] = moment
        taken.append(moment)
    return turns


def _behind(moment: int, taken: Iterable[int], gap: int) -> int:
    """Return the first instant that is a gap behind the nearest of `taken` that stand in the way."""
    return max(other + max(gap, 1) for other in taken if within_gap(moment, [other], gap))
