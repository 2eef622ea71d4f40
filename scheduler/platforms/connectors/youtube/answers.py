"""What YouTube's refusals mean (platform sheet of YouTube, sections 6 and 7), and calling it as a channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.clock import to_datetime, to_ms
from scheduler.domain.outcome import Forbidden, NotSent, Outcome, Rejected, Throttled
from scheduler.platforms.answers import Reader, Result, attempt
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.google import bearer, fault_of, outcome_of, reader_of
from scheduler.platforms.http import Answer

LABEL = "YouTube"
API, UPLOAD = "https://www.googleapis.com", "https://www.googleapis.com/upload"
_PACIFIC = ZoneInfo("America/Los_Angeles")
_AFTER_MIDNIGHT = timedelta(minutes=5)
_DAY_MS = 24 * 3600 * 1000
_DAY_IS_SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_NONE: Mapping[str, str] = MappingProxyType({})
_FORBIDDEN = {
    "youtubeSignupRequired": "This Google account has no YouTube channel. Create one, then connect it again.",
    "channelSuspended": "YouTube has suspended the channel. Look at it in YouTube Studio.",
    "channelClosed": "The channel was closed. Connect another one.",
    "accountDelegationForbidden": "This person may not act for the channel. Connect it with its owner's sign-in.",
    "forbiddenLicenseSetting": "The channel may not choose this licence. Choose the standard YouTube licence.",
    "forbiddenPrivacySetting": "The channel may not choose this visibility. Choose another one.",
}
_REJECTED = {
    "commentsDisabled": "Comments are switched off for this video, so the first comment was not posted.",
    "videoNotFound": "YouTube no longer has the video.",
}


def meaning(reader: Reader, result: Result) -> Outcome:
    """Return what a failed call means: by YouTube's reasons first, then as every Google service means it."""
    fault, evidence = fault_of(result), reader.evidence(result)
    if fault.reasons & _DAY_IS_SPENT:
        sentence = (
            "Your project's quota at YouTube is used up for today. The post goes out after midnight in California."
        )
        return Throttled(sentence=sentence, evidence=evidence, until=next_pacific_day(reader.now))
    if "uploadLimitExceeded" in fault.reasons:
        sentence = "YouTube takes no more videos of this channel today. The post is sent again in 24 hours."
        return Throttled(sentence=sentence, evidence=evidence, until=reader.now + _DAY_MS)
    if fault.reasons & _TOO_FAST and isinstance(result, Answer) and result.status == 403:
        sentence = f"{LABEL} asks us to slow down. The post waits and is sent again by itself."
        return Throttled(sentence=sentence, evidence=evidence)
    if "processingFailure" in fault.reasons:
        sentence = f"{LABEL} could not take this just now. It will be tried again."
        return NotSent(sentence=sentence, evidence=evidence)
    for known, kind in ((_FORBIDDEN, Forbidden), (_REJECTED, Rejected)):
        reason = next((reason for reason in sorted(fault.reasons) if reason in known), "")
        if reason:
            return kind(sentence=known[reason], evidence=evidence)
    return outcome_of(reader, result)


def next_pacific_day(now: int) -> int:
    """Return when (UTC ms) YouTube's next day begins, which is counted in California, and a few minutes more."""
    local = to_datetime(now).astimezone(_PACIFIC)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return to_ms(midnight + _AFTER_MIDNIGHT)


def ask(session: Session, method: str, path: str, params: Mapping[str, str], body: object = None) -> Result:
    """Call YouTube's data API as the channel; how it ended is the result."""
    url = f"{session.config.get('api', API)}/youtube/v3/{path}"
    return attempt(lambda: session.http.request(method, url, headers=bearer(session), params=dict(params), json=body))


def asked(session: Session, path: str, params: Mapping[str, str]) -> dict[str, Any]:
    """Return the JSON object that YouTube answers a question with. Raises `Refused`."""
    result, reader = ask(session, "GET", path, params), reader_of(session, LABEL).harmless()
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(meaning(reader, result))
    said = result.json()
    if not isinstance(said, dict):
        raise Refused(reader.unreadable(result))
    return said


def items_of(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the items of a list answer, [] when there are none."""
    items = said.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object called `name`, {} when there is none."""
    value = data.get(name)
    return value if isinstance(value, dict) else {}
