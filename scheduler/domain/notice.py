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
