"""The Threads API: calling it as an account, and what its errors mean (platform sheet, sections 1, 6 and 7)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from scheduler.domain.outcome import Forbidden, Misconfigured, NotSent, Outcome, Rejected, Throttled, Unauthorized
from scheduler.platforms.answers import LONGEST_WAIT_MS, Reader, Result, attempt, secrets_of
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.http import Answer

API = "https://graph.threads.net"
VERSION = "v1.0"

NOT_THERE = 24
"""A container or post that is unknown, used up or not ready."""
_TOO_OFTEN = frozenset({4, 17, 32, 613})
_PASSING = frozenset({1, 2})
_QUOTA = 9
_QUOTA_SUBCODE = 2207042
_GONE_SUBCODES = frozenset({33, 4279009})
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What some numbers of Meta's errors mean, for every call."""

    outcome: type[Outcome]
    sentence: str
    codes: frozenset[int] = frozenset()
    subcodes: frozenset[int] = frozenset()


_MEANINGS = (
    _Meaning(
        Forbidden,
        "Threads has restricted this account. Open Threads, sign in and follow what it asks for.",
        subcodes=frozenset({2207051, 4279013}),
    ),
    _Meaning(
        NotSent,
        "Threads could not fetch a file from this site. It will be tried again.",
        subcodes=frozenset({2207052}),
    ),
    _Meaning(
        Unauthorized,
        "Threads no longer accepts the stored sign-in. Connect the account again.",
        codes=frozenset({190, 102}),
    ),
    _Meaning(
        Forbidden,
        "Threads does not let this account do that: a permission is missing. Connect it again and allow everything.",
        codes=frozenset({3, 10, *range(200, 300)}),
    ),
    _Meaning(
        Misconfigured,
        "Threads does not accept this installation's app id or secret. Compare them with the app at Meta.",
        codes=frozenset({101}),
    ),
)


def call(session: Session, method: str, path: str, fields: Mapping[str, str] | None = None) -> Result:
    """Call the API as the account: `fields` go into the query of a GET and into the form of a POST."""
    url = f"{base(session)}/{VERSION}/{path}"
    headers = {"Authorization": f"Bearer {session.credentials['access_token']}"}
    form, params = (fields, None) if method == "POST" else (None, fields)
    return attempt(lambda: session.http.request(method, url, headers=headers, form=form, params=params))


def ask(session: Session, method: str, path: str, fields: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Make a call that may be repeated freely and return its object. Raises `Refused`."""
    result, reader = call(session, method, path, fields), reader_of(session).harmless()
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))
    said = result.object()
    if not said or "error" in said:
        raise Refused(reader.unreadable(result))
    return said


def base(session: Session) -> str:
    """Return the address of the API."""
    return str(session.config.get("api", API)).rstrip("/")


def safe(remote_id: str) -> str:
    """Return an id as a part of a path."""
    return quote(remote_id, safe="")


def reader_of(session: Session) -> Reader:
    """Return the reader of this account's answers."""
    hidden = secrets_of(session.credentials.values(), session.app.values())
    return Reader("Threads", hidden, session.clock.now_ms())


def error_of(result: Result) -> dict[str, Any]:
    """Return Meta's error object, {} where there is none."""
    error = result.object().get("error") if isinstance(result, Answer) else None
    return error if isinstance(error, dict) and isinstance(error.get("code"), int) else {}


def is_gone(result: Result) -> bool:
    """Return whether the API says that there is nothing with this id."""
    error = error_of(result)
    return error.get("code") == NOT_THERE or error.get("error_subcode") in _GONE_SUBCODES


def outcome_of(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means, by the numbers of Meta's error and never by its words."""
    error = error_of(result)
    if not error or not isinstance(result, Answer) or result.status >= 500:
        return reader.outcome_of(result, _reason(error))
    said, evidence = reader.quoted(_reason(error)), reader.evidence(result)
    code, subcode = error["code"], error.get("error_subcode")
    throttled = _throttled(reader, result, code, subcode)
    if throttled is not None:
        return throttled
    for meaning in _MEANINGS:
        if code in meaning.codes or subcode in meaning.subcodes:
            return meaning.outcome(sentence=f"{meaning.sentence}{said}", evidence=evidence)
    if code in _PASSING or error.get("is_transient") or code == NOT_THERE:
        return _passing(reader, result, said)
    sentence = f"Threads refused this (code {code}). Change it and try again.{said}"
    return Rejected(sentence=sentence, evidence=evidence)


def _throttled(reader: Reader, result: Answer, code: int, subcode: object) -> Outcome | None:
    evidence = reader.evidence(result)
    if code == _QUOTA or subcode == _QUOTA_SUBCODE:
        sentence = "The account has used up what Threads allows in 24 hours. The post waits."
        return Throttled(sentence=sentence, evidence=evidence, until=reader.now + _HOUR_MS)
    if code in _TOO_OFTEN or result.status == 429:
        sentence = "Threads asks us to slow down. The post waits and is sent again by itself."
        return Throttled(sentence=sentence, evidence=evidence, until=_regained_at(reader, result))
    return None


def _passing(reader: Reader, result: Answer, said: str) -> Outcome:
    """Return the outcome of a fault that may have struck before or after the call did its work."""
    if reader.repeatable:
        sentence = f"Threads has a passing fault.{said} Nothing was posted; it will be tried again."
        return NotSent(sentence=sentence, evidence=reader.evidence(result))
    return reader.unreadable(result)


def _reason(error: Mapping[str, Any]) -> str:
    """Return Meta's words for a person, else those for a developer."""
    return str(error.get("error_user_msg") or error.get("message") or "")


def _regained_at(reader: Reader, result: Answer) -> int:
    """Return when (UTC ms) calls are let through again: the header names minutes, without one it is an hour."""
    try:
        usage = json.loads(result.header("x-business-use-case-usage") or "{}")
        entries = [entry for entries in usage.values() for entry in entries]
        minutes = max(int(entry.get("estimated_time_to_regain_access", 0)) for entry in entries)
    except (AttributeError, TypeError, ValueError, OverflowError):
        minutes = 0
    return reader.now + min(minutes * 60_000 or _HOUR_MS, LONGEST_WAIT_MS)
