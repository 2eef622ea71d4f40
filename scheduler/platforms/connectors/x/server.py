"""Calling X as an account, and the sense of its errors (platform sheet, sections 6 and 7).

Errors are told apart by the status and the problem `type`, whose last part is a code. Two refusals of posts carry no
code at all ("about:blank"): the documented sentence of a duplicate is compared as a whole, and any other such refusal
of a reply is the rule about replies, because nothing else differs from the post that it answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from scheduler.domain.outcome import Duplicate, Forbidden, Misconfigured, Outcome, Rejected, Throttled, Unauthorized
from scheduler.platforms.answers import LONGEST_WAIT_MS, Reader, Result, secrets_of
from scheduler.platforms.base import Session
from scheduler.platforms.http import Answer

API = "https://api.x.com"
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
DUPLICATE_CODE = 187
"""Of the older form of errors, "Status is a duplicate"."""
_OUR_FAULT = frozenset({"client-forbidden", "client-not-enrolled", "usage-capped", "credits-depleted"})
_RIGHTS = frozenset({"not-authorized-for-resource", "not-authorized-for-field", "user-suspended"})


def reader_of(session: Session) -> Reader:
    """Return the reader of this account's answers."""
    return Reader("X", secrets_of(session.credentials.values(), session.app.values()), session.clock.now_ms())


def call(
    session: Session,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, str | list[str]] | None = None,
) -> Answer:
    """Call X as the account."""
    return session.http.request(method, address(session, path), headers=bearer(session), json=body, params=params)


def address(session: Session, path: str) -> str:
    """Return the address of a call."""
    return str(session.config.get("api", API)).rstrip("/") + path


def bearer(session: Session) -> dict[str, str]:
    """Return the header that says who we are."""
    return {"Authorization": f"Bearer {session.credentials.get('access_token', '')}"}


def safe(remote_id: str) -> str:
    """Return an id as a part of a path."""
    return quote(remote_id, safe="")


def outcome_of(reader: Reader, result: Result, reply: bool = False) -> Outcome:
    """Return what a failed call means; `reply` says that it was to answer another post."""
    if not isinstance(result, Answer):
        return reader.outcome_of(result)
    said = result.object()
    detail, kind = str(said.get("detail") or ""), str(said.get("type") or "").rpartition("/")[2]
    reason = detail or _first_message(said)
    if result.status == 402 or kind in _OUR_FAULT:
        return _our_fault(reader, result, reason)
    if kind == "unsupported-authentication":
        return Unauthorized(sentence=_SIGN_IN, evidence=reader.evidence(result))
    if result.status == 403 and said:
        return _refusal(reader, result, kind, reply)
    return _with_reset(reader.outcome_of(result, reason), result, reader.now)


_SIGN_IN = "X no longer accepts the stored sign-in. Connect the account again."


def _our_fault(reader: Reader, result: Answer, reason: str) -> Outcome:
    sentence = (
        "X does not let this installation post: its credits are used up or its plan does not include it. "
        f"Look at console.x.com (credits, spending limit, access level).{reader.quoted(reason)}"
    )
    return Misconfigured(sentence=sentence, evidence=reader.evidence(result))


def _refusal(reader: Reader, result: Answer, kind: str, reply: bool) -> Outcome:
    said, evidence = result.object(), reader.evidence(result)
    if said.get("detail") == DUPLICATE or DUPLICATE_CODE in _codes(said):
        sentence = "X says it has a post with this text already. It will be looked up."
        return Duplicate(sentence=sentence, evidence=evidence)
    reason = reader.quoted(str(said.get("detail") or _first_message(said)))
    if reply and kind not in _RIGHTS:
        sentence = f"X does not allow this reply.{reason}"
        return Rejected(sentence=sentence, evidence=evidence)
    sentence = f"X does not let this account do that. Check its rights and state at X, or connect it again.{reason}"
    return Forbidden(sentence=sentence, evidence=evidence)


def _with_reset(outcome: Outcome, answer: Answer, now: int) -> Outcome:
    """Return the outcome of a rate limit with the time that X names in a header of its own (epoch seconds)."""
    reset = answer.header("x-rate-limit-reset")
    if not isinstance(outcome, Throttled) or outcome.until is not None or not reset.isdecimal() or len(reset) > 12:
        return outcome
    return replace(outcome, until=min(max(now, int(reset[:12]) * 1000), now + LONGEST_WAIT_MS))


def _codes(said: Mapping[str, Any]) -> set[int]:
    errors = said.get("errors")
    found = errors if isinstance(errors, list) else []
    return {one["code"] for one in found if isinstance(one, dict) and isinstance(one.get("code"), int)}


def _first_message(said: Mapping[str, Any]) -> str:
    errors = said.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(first.get("message") or first.get("detail") or said.get("title") or "")
