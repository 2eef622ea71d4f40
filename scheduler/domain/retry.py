"""When to try again: full jitter, and never before the platform says so.

Jitter after "Exponential Backoff and Jitter" (full jitter): a random part of a doubling ceiling.
"""

from __future__ import annotations

FIRST_MS = 5_000
CEILING_MS = 15 * 60_000
AFTER_LIMIT_MS = 5_000
"""Spread behind a platform's own limit, so that we are not all back in the same second."""
MAX_ATTEMPTS = 8


def try_again_at(now: int, attempts: int, chance: float, until: int | None = None) -> int:
    """Return when (UTC ms) to try again after `attempts` tries; `chance` is a random number from 0 to 1.

    `until` (UTC ms) is the time the platform named; it is never undercut.
    """
    ceiling = min(CEILING_MS, FIRST_MS << min(attempts, 16))
    moment = now + round(chance * ceiling)
    if until is None:
        return moment
    return max(moment, until + round(chance * AFTER_LIMIT_MS))
