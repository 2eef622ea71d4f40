"""The Pinterest API: calling it as an account, and what its errors mean (platform sheet, sections 1 and 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from scheduler.domain.outcome import Forbidden, Misconfigured, Outcome, Rejected
from scheduler.platforms.answers import Reader, Result, attempt, secrets_of
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.http import Answer

API = "https://api.pinterest.com"
WEB = "https://www.pinterest.com"
VERSION = "v5"

TRIAL = 29
"""Code of a 403: the app has trial access only, or was not granted this."""
NO_RIGHT = 3
"""Code of a 401 or 403: the token lacks a scope."""
_NO_BOARD = 40


def call(
    session: Session,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, str] | None = None,
) -> Result:
    """Call the API as the account."""
    headers = {"Authorization": f"Bearer {session.credentials['access_token']}"}
    url = f"{base(session)}/{VERSION}/{path}"
    return attempt(lambda: session.http.request(method, url, headers=headers, json=body, params=params))


def ask(
    session: Session,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    params: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make a call that may be repeated freely and return its object. Raises `Refused`."""
    result, reader = call(session, method, path, body, params), reader_of(session).harmless()
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))
    if not result.object():
        raise Refused(reader.unreadable(result))
    return result.object()


def base(session: Session) -> str:
    """Return the address of the API."""
    return str(session.config.get("api", API)).rstrip("/")


def web(session: Session) -> str:
    """Return the address of the readers' pages."""
    return str(session.config.get("web", WEB)).rstrip("/")


def safe(remote_id: str) -> str:
    """Return an id as a part of a path."""
    return quote(remote_id, safe="")


def reader_of(session: Session) -> Reader:
    """Return the reader of this account's answers."""
    hidden = secrets_of(session.credentials.values(), session.app.values())
    return Reader("Pinterest", hidden, session.clock.now_ms())


def code_of(result: Result) -> int | None:
    """Return the number of Pinterest's error, None where there is none."""
    code = result.object().get("code") if isinstance(result, Answer) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def outcome_of(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means, by status and code and never by its words."""
    code = code_of(result)
    reason = str(result.object().get("message") or "") if isinstance(result, Answer) else ""
    if code is None or not isinstance(result, Answer) or not 400 <= result.status < 500:
        return reader.outcome_of(result, reason)
    said, evidence = reader.quoted(reason), reader.evidence(result)
    if result.status == 403 and code == TRIAL:
        sentence = (
            "Pinterest has not granted this installation's app the access that pins need: with trial access it may "
            f"only read. Ask Pinterest for standard access.{said}"
        )
        return Misconfigured(sentence=sentence, evidence=evidence)
    if result.status in (401, 403) and code == NO_RIGHT:
        sentence = f"Pinterest does not let this account do that: a right is missing. Connect it again.{said}"
        return Forbidden(sentence=sentence, evidence=evidence)
    if result.status == 404 and code == _NO_BOARD:
        sentence = f"The board is not there any more. Choose another board for this post.{said}"
        return Rejected(sentence=sentence, evidence=evidence)
    return reader.outcome_of(result, reason)
