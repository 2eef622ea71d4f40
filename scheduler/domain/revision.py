"""Revisions: every version of an article that was accepted, who it came from, and how long it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

DAY_MS = 86_400_000
KEEP_ALL_MS = 30 * DAY_MS
KEEP_LAST = 50


class RevisionKind(StrEnum):
    """What made a version."""

    PUBLISHED = "published"
    """Visitors saw it from that moment on."""
    SAVED = "saved"
    DISCARDED = "discarded"
    """Unpublished edits that somebody threw away; the file never said this."""
    OUTSIDE = "outside"
    """Found in the folder: written with another program, by git, or by an older Drumbeat."""


class Origin(StrEnum):
    """Where a version came from."""

    ADMIN = "admin"
    API = "api"
    IMPORT = "import"
    FILESYSTEM = "filesystem"


@dataclass(frozen=True, slots=True)
class By:
    """Who made a version: a person's name, or what stands for it."""

    origin: str
    name: str


ANOTHER_PROGRAM = By(Origin.FILESYSTEM, "another program")
THE_API = By(Origin.API, "the API")
AN_IMPORT = By(Origin.IMPORT, "an import")
SOMEBODY = By(Origin.ADMIN, "")


@dataclass(frozen=True, slots=True)
class Revision:
    """One version without its words. `number` counts an article's versions from 1, `at` is UTC ms."""

    id: int
    article_id: str
    number: int
    at: int
    kind: str
    origin: str
    name: str
    content_hash: str
    change: str


def to_drop(revisions: Iterable[Revision], current_hash: str, now: int) -> list[int]:
    """Return the ids of the versions that need not be kept any longer.

    Kept are all of the last 30 days, the last 50, the last one of each day (UTC), and whatever the file says now.
    """
    newest_first = sorted(revisions, key=lambda revision: revision.number, reverse=True)
    days: set[int] = set()
    dropped = []
    for place, revision in enumerate(newest_first):
        last_of_its_day = revision.at // DAY_MS not in days
        days.add(revision.at // DAY_MS)
        young = revision.at >= now - KEEP_ALL_MS
        if not (young or place < KEEP_LAST or last_of_its_day or revision.content_hash == current_hash):
            dropped.append(revision.id)
    return dropped
