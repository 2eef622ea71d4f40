"""What happens to a post that could not go out in time, and how late posts are spaced when they catch up."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from enum import StrEnum

LATE_MS = 5 * 60_000
"""Later than this after its turn, a post counts as late and takes part in a catch-up."""


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

    The first goes at once, each further one `gap` (ms) after the one before. From the instants of `others` (posts that
    keep their time, and the last ones that went out) they keep their gap too, so that nothing comes in a burst.
    """
    fixed, distance = sorted(others), max(gap, 1)
    turns, moment = dict[int, int](), now
    for delivery_id in late:
        moment = _free_from(moment, fixed, distance)
        turns[delivery_id] = moment
        moment += distance
    return turns


def _free_from(moment: int, fixed: list[int], distance: int) -> int:
    """Return the first instant from `moment` on that is no closer than `distance` to any of `fixed` (in order)."""
    nearest = bisect_right(fixed, moment - distance)
    while nearest < len(fixed) and fixed[nearest] < moment + distance:
        moment = fixed[nearest] + distance
        nearest += 1
    return moment
