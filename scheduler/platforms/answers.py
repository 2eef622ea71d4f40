"""What an answer means when the platform documents nothing special about it (timed-publishing 2.5).

A connector looks at the codes of its own platform first and leaves the rest to `outcome_of`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from scheduler.clock import to_ms
from scheduler.domain.outcome import (
    CannotTell,
    Duplicate,
    Evidence,
    Forbidden,
    NotSent,
    Outcome,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
)
from scheduler.platforms.http import Answer, TransportError, TransportKind
from scheduler.platforms.redaction import redact

Result = Answer | TransportError
"""How a call ended: with an answer, or with none."""

LONGEST_WAIT_MS = 24 * 3600 * 1000
"""No platform of ours asks for more than a day; a larger number is a mistake of somebody's clock."""
_EPOCH_SECONDS = 1_000_000_000
"""A reset value below this is a number of seconds from now, above it an instant."""
_REASON_CHARACTERS = 200
_LARGEST_AMOUNT = 2**53
_LAST_INSTANT_MS = 4_102_444_800_000
"""The year 2100."""


def attempt(call: Callable[[], Answer]) -> Result:
    """Return how `call` ended; a missing answer is a result like any other."""
    try:
        return call()
    except TransportError as error:
        return error


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns results into outcomes for one platform's `label`; `secrets` are hidden, `now` is UTC ms.

    `repeatable` is said of calls that make nothing public: what is unknown of them is simply tried again.
    """

    label: str
    secrets: tuple[str, ...]
    now: int
    repeatable: bool = False

    def harmless(self) -> Reader:
        """Return the reader for calls that may be repeated freely."""
        return replace(self, repeatable=True)

    def evidence(self, result: Result) -> Evidence:
        """Return what the log keeps of a result."""
        if isinstance(result, TransportError):
            return Evidence(result.status, redact(result.sentence, self.secrets))
        return result.evidence(self.secrets)

    def outcome_of(self, result: Result, reason: str = "") -> Outcome:
        """Return the outcome of a call that is not a success; `reason` is what the platform said, in its own words."""
        evidence = self.evidence(result)
        if isinstance(result, TransportError):
            return self._unanswered(result, evidence)
        return self._by_status(result, self.quoted(reason), evidence)

    def unreadable(self, result: Result) -> Outcome:
        """Return the outcome of a success whose answer proves nothing."""
        return self._unknown(f"{self.label} gave an answer that cannot be read.", self.evidence(result))

    def quoted(self, reason: str) -> str:
        """Return the platform's own words as an end of a sentence: one line, cut, free of secrets."""
        line = " ".join(redact(reason, self.secrets).split())
        line = "".join(character for character in line if character.isprintable())[:_REASON_CHARACTERS].strip()
        return f" It says: “{line}”" if line else ""

    def _unanswered(self, error: TransportError, evidence: Evidence) -> Outcome:
        sentence = redact(error.sentence, self.secrets)
        if error.kind is TransportKind.NOT_SENT:
            return NotSent(sentence=f"{sentence} It will be tried again.", evidence=evidence, host_down=True)
        return self._unknown(sentence, evidence, host_down=True)

    def _unknown(self, fact: str, evidence: Evidence, host_down: bool = False) -> Outcome:
        if self.repeatable:
            sentence = f"{fact} Nothing was posted; it will be tried again."
            return NotSent(sentence=sentence, evidence=evidence, host_down=host_down)
        sentence = f"{fact} The post may be live; it will be looked up."
        return Unknown(sentence=sentence, evidence=evidence, host_down=host_down)

    def _by_status(self, answer: Answer, said: str, evidence: Evidence) -> Outcome:
        label, status = self.label, answer.status
        if status == 429 or (status == 503 and answer.header("retry-after")):
            sentence = f"{label} asks us to slow down. The post waits and is sent again by itself."
            return Throttled(sentence=sentence, evidence=evidence, until=wait_until(answer, self.now))
        if status >= 500 or status == 408:
            return self._unknown(f"{label} has a fault (status {status}).{said}", evidence, host_down=True)
        if status == 425:
            return NotSent(sentence=f"{label} was not ready. It will be tried again.", evidence=evidence)
        if status == 403 and not isinstance(answer.json(), dict):
            # A firewall in front of the platform answers so; it says nothing about the account.
            return self._unknown(f"Something in front of {label} blocked the call.", evidence)
        if not 300 <= status < 500:
            return self.unreadable(answer)
        return self._refusal(status, said, evidence)

    def _refusal(self, status: int, said: str, evidence: Evidence) -> Outcome:
        label = self.label
        if status in (401, 410):
            sentence = f"{label} no longer accepts the stored sign-in. Connect the account again.{said}"
            return Unauthorized(sentence=sentence, evidence=evidence)
        if status == 403:
            sentence = f"{label} does not let this account do that. Check its rights, or connect it again.{said}"
            return Forbidden(sentence=sentence, evidence=evidence)
        if status == 409 and not self.repeatable:
            sentence = f"{label} says it has this post already. It will be looked up."
            return Duplicate(sentence=sentence, evidence=evidence)
        if status < 400:
            sentence = f"{label} has moved to another address. Connect the account again with its new address."
            return Unauthorized(sentence=sentence, evidence=evidence)
        if status in (404, 405):
            sentence = (
                f"{label} has nothing under this address (status {status}). Check the address of the server.{said}"
            )
            return Rejected(sentence=sentence, evidence=evidence)
        return Rejected(
            sentence=f"{label} refused this (status {status}). Change it and try again.{said}", evidence=evidence
        )


def amount(value: object) -> int | None:
    """Return a number that counts something, None for anything else: it goes into the database and onto pages."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LARGEST_AMOUNT:
        return int(value)
    return None


def instant(at: int | None) -> int | None:
    """Return an instant (UTC ms) that a platform named, None for one that cannot be meant."""
    return at if at is not None and 0 < at < _LAST_INSTANT_MS else None


def amounts(found: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, int]:
    """Return the numbers of `found` under our names (`names`: ours to theirs); what is none is left out."""
    return {ours: number for ours, theirs in names.items() if (number := amount(found.get(theirs))) is not None}


def undecided(outcome: Outcome) -> CannotTell:
    """Return the answer of a look-up that came to nothing; asking again helps unless we are refused for good."""
    passing = isinstance(outcome, NotSent | Throttled | Unknown | Unauthorized)
    sentence = f"Whether the post is live could not be found out. {outcome.sentence}"
    return CannotTell(sentence=sentence, evidence=outcome.evidence, passing=passing)


def wait_until(answer: Answer, now: int) -> int | None:
    """Return when (UTC ms) the platform lets us come back, None when it named no time.

    Understands Retry-After in seconds or as an HTTP date, and reset headers in epoch seconds, seconds or ISO 8601.
    """
    named = [_instant(answer.header(name), now) for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset")]
    times = [time for time in named if time is not None]
    return min(max(now, *times), now + LONGEST_WAIT_MS) if times else None


def _instant(value: str, now: int) -> int | None:
    value = value.strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", value):
        seconds = float(value)
        return round(seconds * 1000) + (0 if seconds >= _EPOCH_SECONDS else now)
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(value)
        except (ValueError, OverflowError):  # a year of twenty digits
            continue
        return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return None


def secrets_of(*credentials: Iterable[str]) -> tuple[str, ...]:
    """Return every value that has to be hidden from logs and sentences."""
    return tuple(value for values in credentials for value in values if value)
