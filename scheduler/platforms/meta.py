"""What Meta's platforms share: calling a Graph API, and what its error codes mean.

Source: the platform sheet of Facebook Pages, sections 1, 6 and 7; that of Instagram, section 6. A token travels in
the Authorization header and never in an address. Throttling comes as 400 or 403 with a code, not as 429.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from scheduler.domain.outcome import (
    Duplicate,
    Forbidden,
    Misconfigured,
    NotSent,
    Outcome,
    Rejected,
    Throttled,
    Unauthorized,
    Unknown,
)
from scheduler.platforms.answers import LONGEST_WAIT_MS, Reader, Result, amount, attempt, secrets_of
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.http import Answer, Files

VERSION = "v25.0"
FACEBOOK_GRAPH = "https://graph.facebook.com"
FACEBOOK_PAGES = "https://www.facebook.com"
RUPLOAD = "https://rupload.facebook.com"
_HOUR_MS = 3_600_000
_PAGES = 10
"""How many pages of a listing are read, at most."""


class Kind(Enum):
    """What an error code means."""

    TROUBLE = auto()
    """Meta's own trouble: a post may have gone out all the same."""
    AGAIN = auto()
    """Certainly not applied, and worth another try."""
    LIMIT = auto()
    SIGN_IN = auto()
    RIGHT = auto()
    CONTENT = auto()
    DUPLICATE = auto()
    OURS = auto()
    BLOCKED = auto()
    """Meta holds the account or the content back for a while or for good: a person has to look."""


Codes = Mapping[int, Kind]
NO_CODES: Codes = MappingProxyType({})
_CODES: Codes = {
    **dict.fromkeys((1, 2), Kind.TROUBLE),
    **dict.fromkeys((4, 17, 32, 341, 613, *range(80_000, 80_015)), Kind.LIMIT),
    **dict.fromkeys((102, 190), Kind.SIGN_IN),
    **dict.fromkeys((3, 10, *range(200, 300)), Kind.RIGHT),
    **dict.fromkeys((101, 104), Kind.OURS),
    **dict.fromkeys((100, 1500, 1_609_005, 1_609_008, 352, 389, 6000), Kind.CONTENT),
    **dict.fromkeys((1_363_020, *range(1_363_022, 1_363_027), 1_363_031, 1_363_032), Kind.CONTENT),
    **dict.fromkeys((1_363_040, 1_363_127, 1_363_128, 1_363_129), Kind.CONTENT),
    **dict.fromkeys((1_363_019, 1_363_021, 1_363_030, 1_363_033, 1_363_037, 1_363_041, 1_363_045), Kind.AGAIN),
    **dict.fromkeys((1_363_005, 1_363_042), Kind.RIGHT),
    368: Kind.BLOCKED,
    506: Kind.DUPLICATE,
}
MISSING = 33
"""Subcode of 100: the object is not there, or this token may not see it."""


@dataclass(frozen=True, slots=True)
class Graph:
    """A Graph API, called as one token; `label` is the platform's own name, `codes` what only it answers."""

    session: Session
    label: str
    base: str
    """Address with the version."""
    token: str = field(repr=False)
    codes: Codes = field(default_factory=dict)
    proves: bool = True
    """Whether our application's secret vouches for the token (`appsecret_proof`), as graph.facebook.com takes it."""

    @property
    def reader(self) -> Reader:
        """Return the reader of its answers."""
        hidden = secrets_of(self.session.credentials.values(), self.session.app.values(), [self.token])
        return Reader(self.label, hidden, self.session.clock.now_ms())

    def call(self, method: str, path: str, fields: Mapping[str, str], files: Files | None = None) -> Result:
        """Make one call: `fields` go into the query of a GET or DELETE and into the form of a POST."""
        given = {**fields, **self._proof()}
        content: dict[str, Any] = {"form": given, "files": files} if method == "POST" else {"params": given}
        headers = {"Authorization": f"Bearer {self.token}"}
        return attempt(lambda: self.session.http.request(method, f"{self.base}/{path}", headers=headers, **content))

    def ask(
        self, method: str, path: str, fields: Mapping[str, str] = MappingProxyType({}), files: Files | None = None
    ) -> dict[str, Any]:
        """Make a call that may be repeated freely and return its object. Raises `Refused`."""
        result, reader = self.call(method, path, fields, files), self.reader.harmless()
        if not isinstance(result, Answer) or not result.ok or error_of(result):
            raise Refused(self.outcome_of(reader, result))
        if not result.object():
            raise Refused(reader.unreadable(result))
        return result.object()

    def walk(self, path: str, fields: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Yield every entry of a listing, page after page. Raises `Refused`, also when it has no end."""
        after = ""
        for _ in range(_PAGES):
            said = self.ask("GET", path, {**fields, **({"after": after} if after else {})})
            entries, paging = said.get("data"), said.get("paging")
            if not isinstance(entries, list):
                raise Refused(NotSent(sentence=f"{self.label} gave a list that cannot be read."))
            yield from (entry for entry in entries if isinstance(entry, dict))
            cursors = paging.get("cursors") if isinstance(paging, dict) else None
            after = str(cursors.get("after") or "") if isinstance(cursors, dict) else ""
            if not after or not entries or not (isinstance(paging, dict) and paging.get("next")):
                return
        raise Refused(Rejected(sentence=f"{self.label} lists more than can be looked through."))

    def outcome_of(self, reader: Reader, result: Result) -> Outcome:
        """Return what a call that was no success means, by its codes."""
        return outcome_of(reader, result, self.codes)

    def send_bytes(self, url: str, data: bytes) -> None:
        """Send a whole file to an upload address. Raises `Refused`."""
        headers = {"Authorization": f"OAuth {self.token}", "offset": "0", "file_size": str(len(data))}
        headers["Content-Type"] = "application/octet-stream"
        result = attempt(lambda: self.session.http.request("POST", url, headers=headers, body=data))
        reader = self.reader.harmless()
        if isinstance(result, Answer) and result.ok and result.object().get("success") is True:
            return
        raise Refused(_upload_outcome(reader, result))

    def _proof(self) -> dict[str, str]:
        secret = self.session.app.get("client_secret", "")
        if not (self.proves and secret):
            return {}
        return {"appsecret_proof": hmac.new(secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()}


def outcome_of(reader: Reader, result: Result, codes: Codes = NO_CODES) -> Outcome:
    """Return what a refusal means: by the subcode, then by the code, else by the status."""
    error = error_of(result)
    if not isinstance(result, Answer) or not error:
        return reader.outcome_of(result)
    words = str(error.get("error_user_msg") or error.get("message") or "")
    if result.status >= 500:
        return reader.outcome_of(result, words)
    return _outcome(reader, result, kind_of(error, codes), words)


def kind_of(error: Mapping[str, Any], codes: Codes = NO_CODES) -> Kind | None:
    """Return what an error object means, None when its codes are not known."""
    code, subcode = number_of(error.get("code")), number_of(error.get("error_subcode"))
    if (code, subcode) == (100, MISSING):
        return Kind.RIGHT
    known = next((table[one] for one in (subcode, code) for table in (codes, _CODES) if one in table), None)
    if error.get("is_transient") is True and known in (None, Kind.CONTENT):
        return Kind.TROUBLE
    return known


def error_of(result: Result) -> Mapping[str, Any]:
    """Return the error object of an answer, empty when it has none. A 200 may hold one too."""
    error = result.object().get("error") if isinstance(result, Answer) else None
    return error if isinstance(error, dict) else {}


def is_missing(result: Result) -> bool:
    """Return whether Meta says that an object is not there."""
    error = error_of(result)
    return (number_of(error.get("code")), number_of(error.get("error_subcode"))) == (100, MISSING)


def safe(remote_id: str) -> str:
    """Return an id as a part of a path."""
    return quote(remote_id, safe="")


def config_of(session: Session, key: str, default: str) -> str:
    """Return an address or a version of the settings."""
    return str(session.config.get(key, default)).rstrip("/")


def _outcome(reader: Reader, answer: Answer, kind: Kind | None, words: str) -> Outcome:
    label, said, evidence = reader.label, reader.quoted(words), reader.evidence(answer)
    if kind is Kind.LIMIT:
        sentence = f"{label} asks us to slow down. The post waits and is sent again by itself."
        return Throttled(sentence=sentence, evidence=evidence, until=regain_at(answer, reader.now))
    if kind is Kind.AGAIN or (kind is Kind.TROUBLE and reader.repeatable):
        return NotSent(sentence=f"{label} could not do it just now. It will be tried again.{said}", evidence=evidence)
    if kind is Kind.DUPLICATE:
        sentence = f"{label} says it has this post already. It will be looked up."
        return Duplicate(sentence=sentence, evidence=evidence)
    refusals: dict[Kind, tuple[type[Outcome], str]] = {
        Kind.SIGN_IN: (
            Unauthorized,
            f"{label} no longer accepts the stored sign-in. Connect the account again.",
        ),
        Kind.RIGHT: (
            Forbidden,
            f"{label} does not let this account do that. Check its rights, or connect it again.",
        ),
        Kind.CONTENT: (Rejected, f"{label} refused this. Change it and try again."),
        Kind.OURS: (
            Misconfigured,
            f"{label} does not accept this installation's app. Compare app id and secret with the app's page.",
        ),
        Kind.BLOCKED: (
            Forbidden,
            f"{label} is holding this account or this content back. Open {label} and see what it says; wait a day.",
        ),
    }
    if kind in refusals:
        what, sentence = refusals[kind]
        return what(sentence=sentence + said, evidence=evidence)
    if reader.repeatable:
        return reader.outcome_of(answer, words)
    if kind is None and answer.status in (401, 403) and not number_of(error_of(answer).get("code")):
        return reader.outcome_of(answer, words)
    sentence = f"{label} gave an answer whose meaning is not certain. The post may be live; it will be looked up.{said}"
    return Unknown(sentence=sentence, evidence=evidence)


def _upload_outcome(reader: Reader, result: Result) -> Outcome:
    """Return what a refusal of an upload host means: it says itself whether trying again helps."""
    info = result.object().get("debug_info") if isinstance(result, Answer) else None
    if not isinstance(result, Answer) or not isinstance(info, dict) or result.status >= 500:
        ok = isinstance(result, Answer) and result.ok and not error_of(result)
        return reader.unreadable(result) if ok else outcome_of(reader, result)
    if info.get("retriable") is True:
        sentence = f"{reader.label} did not get the whole file. It will be sent again."
        return NotSent(sentence=sentence, evidence=reader.evidence(result))
    if info.get("type") in ("NotAuthorizedError", "OAuthException"):
        sentence = f"{reader.label} no longer accepts the stored sign-in. Connect the account again."
        return Unauthorized(sentence=sentence, evidence=reader.evidence(result))
    said = reader.quoted(str(info.get("message") or ""))
    sentence = f"{reader.label} could not process the file. Save it anew as MP4 (H.264, AAC) and try again.{said}"
    return Rejected(sentence=sentence, evidence=reader.evidence(result))


def regain_at(answer: Answer, now: int) -> int:
    """Return when (UTC ms) calls are answered again: the time that a header names, else in an hour."""
    try:
        usage = json.loads(answer.header("x-business-use-case-usage"))
    except ValueError:
        usage = None
    entries = [entry for found in usage.values() if isinstance(found, list) for entry in found] if _table(usage) else []
    minutes = [number_of(entry.get("estimated_time_to_regain_access")) for entry in entries if isinstance(entry, dict)]
    wait = max(minutes, default=0) * 60_000
    return now + min(wait or _HOUR_MS, LONGEST_WAIT_MS)


def _table(value: object) -> bool:
    return isinstance(value, dict)


def number_of(value: object) -> int:
    """Return a whole number of an answer, 0 for anything else."""
    return amount(value) or 0
