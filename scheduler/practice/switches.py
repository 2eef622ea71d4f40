"""Failure switches: make an account's next requests go wrong the way real networks go wrong."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from scheduler.practice.accounts import PracticeError
from scheduler.practice.database import Database

LONGEST_SECONDS = 120
MOST_REQUESTS = 1000


class FailureSwitch(StrEnum):
    """What can be made to go wrong. All but the media ones act on the request that publishes."""

    RATE_LIMITED = "rate_limited"
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    HANG_AFTER = "hang_after"
    CLOSE_AFTER = "close_after"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105
    REVOKED_APP = "revoked_app"
    REJECTED_MEDIA = "rejected_media"
    SLOW_PROCESSING = "slow_processing"
    DUPLICATE = "duplicate"
    MISCONFIGURED_APP = "misconfigured_app"


BEFORE_PUBLISHING = (FailureSwitch.RATE_LIMITED, FailureSwitch.ERROR_BEFORE, FailureSwitch.EXPIRED_TOKEN)
AFTER_PUBLISHING = (
    FailureSwitch.ERROR_AFTER,
    FailureSwitch.HANG_AFTER,
    FailureSwitch.CLOSE_AFTER,
    FailureSwitch.DUPLICATE,
)

SENTENCES = {
    FailureSwitch.RATE_LIMITED: "Refuse: too many requests, try again in N seconds",
    FailureSwitch.ERROR_BEFORE: "Answer 500 before the post is made",
    FailureSwitch.ERROR_AFTER: "Make the post, then answer 500",
    FailureSwitch.HANG_AFTER: "Make the post, then hold the answer for N seconds",
    FailureSwitch.CLOSE_AFTER: "Make the post, then close the connection without an answer",
    FailureSwitch.EXPIRED_TOKEN: "Say that the access token has expired",
    FailureSwitch.REVOKED_APP: "Say that access was revoked, to everything, signing in too",
    FailureSwitch.REJECTED_MEDIA: "Refuse uploaded photos and videos",
    FailureSwitch.SLOW_PROCESSING: "Take N seconds to process an upload",
    FailureSwitch.DUPLICATE: "Make the post, then answer as if it had been there before",
    FailureSwitch.MISCONFIGURED_APP: "Refuse because of our own app: not set up, not approved or not paid for",
}


@dataclass(frozen=True)
class ActiveSwitch:
    """A switch that is on. `remaining` requests are left (None: until switched off); `seconds` is its N."""

    account_id: int
    kind: FailureSwitch
    remaining: int | None
    seconds: int

    @property
    def sentence(self) -> str:
        """What it does, for a person."""
        return SENTENCES[self.kind].replace("N seconds", f"{self.seconds} s")


class PracticeSwitches:
    """The switches of all accounts; they survive a restart."""

    def __init__(self, database: Database) -> None:
        """Keep the switches in `database`."""
        self._database = database

    def set(self, account_id: int, kind: FailureSwitch | str, requests: int | None, seconds: int) -> None:
        """Switch a failure on for the next `requests` requests, or until switched off when None.

        Raises PracticeError for an unknown kind or numbers out of bounds.
        """
        kind = _checked(kind, requests, seconds)
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO switches VALUES (?, ?, ?, ?)",
                (account_id, kind.value, requests, seconds),
            )

    def clear(self, account_id: int, kind: FailureSwitch | str | None = None) -> None:
        """Switch one failure off, or all of the account."""
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM switches WHERE account_id = ?1 AND (?2 IS NULL OR kind = ?2)",
                (account_id, None if kind is None else str(kind)),
            )

    def active(self, account_id: int) -> list[ActiveSwitch]:
        """Return the account's switches that are on."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM switches WHERE account_id = ? ORDER BY kind", (account_id,)
            ).fetchall()
        return [_switch(row) for row in rows]

    def take(self, account_id: int, *kinds: FailureSwitch) -> ActiveSwitch | None:
        """Use up one request of the first of `kinds` that is on, and return it as it was, or None."""
        with self._database.write() as connection:
            for kind in kinds:
                row = connection.execute(
                    "SELECT * FROM switches WHERE account_id = ? AND kind = ?", (account_id, kind.value)
                ).fetchone()
                if row is not None:
                    _use_up(connection, row)
                    return _switch(row)
        return None


def _use_up(connection: sqlite3.Connection, row: sqlite3.Row) -> None:
    place = (row["account_id"], row["kind"])
    connection.execute("UPDATE switches SET remaining = remaining - 1 WHERE account_id = ? AND kind = ?", place)
    connection.execute("DELETE FROM switches WHERE account_id = ? AND kind = ? AND remaining <= 0", place)


def _checked(kind: FailureSwitch | str, requests: int | None, seconds: int) -> FailureSwitch:
    problems = []
    if kind not in set(FailureSwitch):
        problems.append(f"failure: “{kind}” is none of {', '.join(FailureSwitch)}.")
    if requests is not None and not 1 <= requests <= MOST_REQUESTS:
        problems.append(f"requests: choose 1 to {MOST_REQUESTS}, or none for “until switched off”.")
    if not 0 <= seconds <= LONGEST_SECONDS:
        problems.append(f"seconds: choose 0 to {LONGEST_SECONDS}.")
    if problems:
        raise PracticeError(" ".join(problems))
    return FailureSwitch(kind)


def _switch(row: sqlite3.Row) -> ActiveSwitch:
    return ActiveSwitch(row["account_id"], FailureSwitch(row["kind"]), row["remaining"], row["seconds"])
