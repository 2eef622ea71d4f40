"""How the YouTube imitation speaks: its own error reasons, the day's quota, the parts of a resource."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from scheduler.clock import to_datetime
from scheduler.practice.google_answers import GoogleRefusal
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore

NETWORK_NAME = "youtube"
HOST = "youtube.googleapis.com"
_SCOPES = "https://www.googleapis.com/auth/"
UPLOAD, READ = f"{_SCOPES}youtube.upload", f"{_SCOPES}youtube.readonly"
MANAGE, FORCE_SSL = f"{_SCOPES}youtube", f"{_SCOPES}youtube.force-ssl"
ANALYTICS = f"{_SCOPES}yt-analytics.readonly"
READING = (READ, MANAGE, FORCE_SSL)
WRITING = (MANAGE, FORCE_SSL)
UPLOADING = (UPLOAD, MANAGE, FORCE_SSL)

UPLOADS_A_DAY = 100
UNITS_A_DAY = 10_000
CHANNEL_UPLOADS_A_DAY = 20
"""The cap of one channel; YouTube names no number and keeps it low for new channels."""
READ_UNITS, WRITE_UNITS, CAPTION_UNITS = 1, 50, 400

_PACIFIC = ZoneInfo("America/Los_Angeles")
_EVER_SECONDS = 10**9
_QUOTA = (
    "The request cannot be completed because you have exceeded your"
    ' <a href="/youtube/v3/getting-started#quota">quota</a>.'
)

Json = dict[str, Any]


def bad(reason: str, message: str, domain: str = "youtube.video") -> GoogleRefusal:
    """Return the refusal of a content or parameter."""
    return GoogleRefusal(400, "INVALID_ARGUMENT", message, reason, domain)


def missing(name: str) -> GoogleRefusal:
    """Return the refusal of a request without a parameter."""
    return bad("missingRequiredParameter", f"Required parameter: {name}", "youtube.parameter")


def video_not_found() -> GoogleRefusal:
    """Return the refusal for a video that is not there, or not for this person."""
    return GoogleRefusal(404, "NOT_FOUND", "The video cannot be found.", "videoNotFound", "youtube.video")


def quota_exceeded() -> GoogleRefusal:
    """Return the refusal of a project that used up its day, which ends at midnight in Los Angeles."""
    return GoogleRefusal(403, "PERMISSION_DENIED", _QUOTA, "quotaExceeded", "youtube.quota")


def spend_units(store: PracticeStore, units: int) -> None:
    """Count units of the project's day; raise when there are no more."""
    if store.rates.spend(day_budget(store, "units", UNITS_A_DAY), "project", units).exceeded:
        raise quota_exceeded()


def day_budget(store: PracticeStore, name: str, limit: int) -> Budget:
    """Return a budget of the current day as it is counted in Los Angeles."""
    day = to_datetime(store.clock.now_ms()).astimezone(_PACIFIC).date()
    return Budget(f"youtube-{name}-{day}", limit, _EVER_SECONDS)


def parts(*known: str) -> list[str]:
    """Return what the parameter `part` names; raise without it or for a part that the resource has not."""
    names = [name.strip() for value in request.args.getlist("part") for name in value.split(",") if name.strip()]
    if not names:
        raise missing("part")
    unknown = [name for name in names if name not in known]
    if unknown:
        raise GoogleRefusal(400, "INVALID_ARGUMENT", f"'{unknown[0]}'", "unknownPart", "youtube.part")
    return names


def resource() -> Json:
    """Return the JSON of the request's body; raise when it is none."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise bad("parseError", "Invalid JSON payload received.", "global")
    return body


def listed(kind: str, items: Sequence[Json], total: int, more: Json | None = None) -> Json:
    """Return a list answer."""
    page = {"totalResults": total, "resultsPerPage": len(items)}
    return {"kind": f"youtube#{kind}ListResponse", "etag": etag()} | (more or {}) | {"pageInfo": page, "items": items}


def page_of(count: int, default: int, largest: int) -> tuple[int, int, Json]:
    """Return start and end of the page that a request asks for, and what names the next one."""
    size, token = request.args.get("maxResults", default, int), request.args.get("pageToken", "CA0")
    if not 0 <= size <= largest:
        raise bad("invalidValue", f"maxResults must be 0 to {largest}.", "youtube.parameter")
    if not (token.startswith("CA") and token[2:].isdecimal() and int(token[2:]) <= count):
        raise bad("invalidPageToken", "The request specifies an invalid page token.", "youtube.parameter")
    start = int(token[2:])
    return start, start + size, {"nextPageToken": f"CA{start + size}"} if start + size < count else {}


def etag() -> str:
    """Return an entity tag."""
    return secrets.token_urlsafe(20)


def iso_time(instant_ms: int) -> str:
    """Return an instant as YouTube writes it."""
    return to_datetime(instant_ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant_of(text: str) -> int | None:
    """Return the instant (ms) of an ISO 8601 time with a zone, or None."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round(found.timestamp() * 1000) if found.tzinfo else None
