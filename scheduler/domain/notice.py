"""What a notice is: one thing that the owner has to know, however often it happens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a notice weighs."""

    STOP = "stop"
    """Nothing is published until somebody acts; a banner on every page says so."""
    PROBLEM = "problem"
    """Somebody has to act."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One cause and what is to be told of it. Instants are UTC ms.

    `count` is how often it happened since `first_at`; `path` is the admin page that helps. `told_at` is when everybody
    outside the app had been told, `mailed_at` and `called_at` when each way of telling was done, `trouble` what went
    wrong with the last try.
    """

    id: int
    cause: str
    level: Level
    subject: str
    sentence: str
    path: str
    count: int
    first_at: int
    last_at: int
    mailed_at: int | None
    called_at: int | None
    told_at: int | None
    tries: int
    try_at: int
    trouble: str
    read_at: int | None
    resolved_at: int | None

    @property
    def unread(self) -> bool:
        """Return whether somebody still has to look: it is open and new, or happened again since it was read."""
        return self.resolved_at is None and (self.read_at is None or self.last_at > self.read_at)


FIRST_PAUSE_MS = 30_000
LONGEST_PAUSE_MS = 6 * 3_600_000
"""A password that is refused again and again gets a mailbox locked, so the pauses grow long."""


def tell_again_at(now: int, tries: int, chance: float) -> int:
    """Return when (UTC ms) telling is tried again after `tries` tries; full jitter, `chance` is from 0 to 1."""
    ceiling = min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << min(tries, 16))
    return now + round(chance * ceiling)
