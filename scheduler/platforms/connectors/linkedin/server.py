"""Calling LinkedIn as a member or for an organization, and the sense of its errors (platform sheet, 1, 2 and 7).

Every call carries the API's version. A version that has ended (426) is a fault of this installation and of no post.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from scheduler.domain.outcome import (
    Duplicate,
    Forbidden,
    Misconfigured,
    NotSent,
    Outcome,
    Rejected,
    Unauthorized,
)
from scheduler.platforms.answers import Reader, Result, attempt, secrets_of
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.http import Answer

API = "https://api.linkedin.com"
VERSION = "202608"
"""2026-09-14 to about 2027-08; `version` in the platform's settings overrides it."""
MEMBER, ORGANIZATION = "urn:li:person:", "urn:li:organization:"
_DEAD_TOKENS = frozenset({"EMPTY_ACCESS_TOKEN", "INVALID_ACCESS_TOKEN", "EXPIRED_ACCESS_TOKEN", "REVOKED_ACCESS_TOKEN"})
_NOT_READY = frozenset({"MEDIA_ASSET_WAITING_UPLOAD", "MEDIA_ASSET_PROCESSING", "EXPIRED_UPLOAD_URL"})
_BAD_FILE = frozenset({"MEDIA_ASSET_PROCESSING_FAILED", "UPDATING_ASSET_FAILED"})
_CODE = re.compile(r"[A-Z][A-Z_]+")


def reader_of(session: Session) -> Reader:
    """Return the reader of this account's answers."""
    return Reader("LinkedIn", secrets_of(session.credentials.values(), session.app.values()), session.clock.now_ms())


def call(
    session: Session, method: str, path: str, body: Mapping[str, Any] | None = None, rest_method: str = ""
) -> Answer:
    """Call LinkedIn; `rest_method` is Rest.li's own name of a method where the verb does not say it."""
    headers = {
        **bearer(session),
        "LinkedIn-Version": str(session.config.get("version", VERSION)),
        "X-Restli-Protocol-Version": "2.0.0",
    }
    if rest_method:
        headers["X-RestLi-Method"] = rest_method
    url = str(session.config.get("api", API)).rstrip("/") + path
    return session.http.request(method, url, headers=headers, json=body)


def asked(
    session: Session, method: str, path: str, body: Mapping[str, Any] | None = None, rest_method: str = ""
) -> dict[str, Any]:
    """Return the JSON object that a harmless call is answered with. Raises `Refused`."""
    reader = reader_of(session).harmless()
    result = attempt(lambda: call(session, method, path, body, rest_method))
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))
    if not isinstance(result.json(), dict):
        raise Refused(reader.unreadable(result))
    return result.object()


def bearer(session: Session) -> dict[str, str]:
    """Return the header that says who we are."""
    return {"Authorization": f"Bearer {session.credentials.get('access_token', '')}"}


def safe(urn: str) -> str:
    """Return a URN as a part of a path."""
    return quote(urn, safe="")


def author_of(session: Session) -> str:
    """Return the URN that the account posts as."""
    return session.credentials.get("author", "")


def is_organization(session: Session) -> bool:
    """Tell whether the account is an organization's page; a member's own application may do much less."""
    return author_of(session).startswith(ORGANIZATION)


def codes_of(said: Mapping[str, Any]) -> set[str]:
    """Return every code that a refusal names: its own, and those of its fields."""
    details = said.get("errorDetails")
    inputs = details.get("inputErrors") if isinstance(details, dict) else None
    named = [said.get("code"), *(one.get("code") for one in inputs or [] if isinstance(one, dict))]
    return {code for code in named if isinstance(code, str) and _CODE.fullmatch(code)}


def outcome_of(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means, by its status and its codes."""
    if not isinstance(result, Answer):
        return reader.outcome_of(result)
    said = result.object()
    codes, reason = codes_of(said), str(said.get("message") or "")
    evidence = reader.evidence(result)
    if result.status == 426:
        sentence = (
            "LinkedIn has ended the version of its API that this installation uses. "
            "Enter a newer one as “version” under [linkedin] in config/platforms.toml."
        )
        return Misconfigured(sentence=sentence, evidence=evidence)
    if codes & _DEAD_TOKENS:
        sentence = "LinkedIn no longer accepts the stored sign-in. Connect the account again."
        return Unauthorized(sentence=sentence, evidence=evidence)
    if "DUPLICATE_POST" in codes:
        sentence = "LinkedIn says it has this post already. It will be looked up."
        return Duplicate(sentence=sentence, evidence=evidence)
    if codes & _NOT_READY:
        sentence = "LinkedIn was not ready with the uploaded file. Nothing was posted; it will be tried again."
        return NotSent(sentence=sentence, evidence=evidence)
    if codes & _BAD_FILE:
        sentence = "LinkedIn cannot process the uploaded file. Save it again (JPEG, PNG or MP4) and try again."
        return Rejected(sentence=sentence, evidence=evidence)
    return _by_status(reader, result, reason)


def _by_status(reader: Reader, result: Answer, reason: str) -> Outcome:
    if result.status == 403 and result.object():
        sentence = (
            "LinkedIn does not let this sign-in do that: a right or the role on the page is missing. "
            f"Connect the account again as an administrator of the page.{reader.quoted(reason)}"
        )
        return Forbidden(sentence=sentence, evidence=reader.evidence(result))
    return reader.outcome_of(result, reason)
