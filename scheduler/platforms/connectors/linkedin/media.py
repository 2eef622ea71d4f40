"""Uploading files to LinkedIn: bytes only, an asset each, nothing public (platform sheet, section 4, "Uploads")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.outcome import Forbidden, NotSent, Outcome, Rejected
from scheduler.domain.teaser import MediaItem
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.linkedin.server import (
    API,
    asked,
    author_of,
    bearer,
    call,
    outcome_of,
    reader_of,
    safe,
)
from scheduler.platforms.http import Answer

MEDIA_SECONDS = 300
BLIND_SECONDS = 8.0
"""How long to wait for a photo whose state a member's own application may not ask for."""
PAUSE_SECONDS = 3.0


def upload(session: Session, item: MediaItem) -> str:
    """Upload one file and return its URN when it can be posted. Raises `Refused`."""
    data = session.read_media(item.key)
    return _video(session, data) if item.is_video else _image(session, data, item.mime)


def _image(session: Session, data: bytes, mime: str) -> str:
    value = _begun(session, "images", {"owner": author_of(session)})
    urn, url = str(value.get("image") or ""), str(value.get("uploadUrl") or "")
    if not urn or not _is_theirs(session, url):
        raise Refused(_unreadable())
    _put(session, url, data, {**bearer(session), "Content-Type": mime})
    _wait(session, "images", urn)
    return urn


def _is_theirs(session: Session, url: str) -> bool:
    """Tell whether an address lies where the API lies ("www.linkedin.com" does): only there goes the token along."""
    site, other = (urlsplit(one) for one in (str(session.config.get("api", API)), url))
    near = other.hostname == site.hostname or _domain(other.hostname) == _domain(site.hostname)
    return near and other.scheme == site.scheme


def _domain(host: str | None) -> str:
    return ".".join((host or "").split(".")[-2:])


def _video(session: Session, data: bytes) -> str:
    wish = {"owner": author_of(session), "fileSizeBytes": len(data), "uploadCaptions": False, "uploadThumbnail": False}
    value = _begun(session, "videos", wish)
    urn, parts = str(value.get("video") or ""), value.get("uploadInstructions")
    if not urn or not isinstance(parts, list) or not parts:
        raise Refused(_unreadable())
    tags = [_part(session, part, data) for part in parts]
    wish = {"video": urn, "uploadToken": str(value.get("uploadToken") or ""), "uploadedPartIds": tags}
    _finalized(session, wish)
    _wait(session, "videos", urn)
    return urn


def _begun(session: Session, kind: str, wish: Mapping[str, Any]) -> Mapping[str, Any]:
    path, body = f"/rest/{kind}?action=initializeUpload", {"initializeUploadRequest": dict(wish)}
    value = asked(session, "POST", path, body).get("value")
    if not isinstance(value, dict):
        raise Refused(_unreadable())
    return value


def _part(session: Session, part: Any, data: bytes) -> str:
    """Upload the range of bytes that an instruction names, and return its tag."""
    known = part if isinstance(part, dict) else {}
    url, first, last = known.get("uploadUrl"), known.get("firstByte"), known.get("lastByte")
    if not (isinstance(url, str) and isinstance(first, int) and isinstance(last, int)):
        raise Refused(_unreadable())
    # These addresses are signed: LinkedIn refuses them together with a token.
    answer = _put(session, url, data[first : last + 1], {"Content-Type": "application/octet-stream"})
    return answer.header("etag").removeprefix("W/").strip('"')


def _put(session: Session, url: str, data: bytes, headers: Mapping[str, str]) -> Answer:
    reader = reader_of(session).harmless()
    result = attempt(lambda: session.http.request("PUT", url, headers=headers, body=data))
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))
    return result


def _finalized(session: Session, wish: Mapping[str, Any]) -> None:
    reader, body = reader_of(session).harmless(), {"finalizeUploadRequest": dict(wish)}
    result = attempt(lambda: call(session, "POST", "/rest/videos?action=finalizeUpload", body))
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))


def _wait(session: Session, kind: str, urn: str) -> None:
    """Ask until an asset can be posted. Raises `Refused` when it failed or lasts."""
    clock = session.clock
    deadline = clock.monotonic() + float(session.config.get("media_seconds", MEDIA_SECONDS))
    while (state := _state(session, kind, urn)) != "AVAILABLE":
        if state == "PROCESSING_FAILED":
            sentence = "LinkedIn cannot process the uploaded file. Save it again (JPEG, PNG or MP4) and try again."
            raise Refused(Rejected(sentence=sentence))
        if clock.monotonic() >= deadline:
            sentence = "LinkedIn is still processing the uploaded file. It will be tried again."
            raise Refused(NotSent(sentence=sentence))
        clock.sleep(PAUSE_SECONDS)


def _state(session: Session, kind: str, urn: str) -> str:
    try:
        return str(asked(session, "GET", f"/rest/{kind}/{safe(urn)}").get("status"))
    except Refused as refused:
        if kind != "images" or not isinstance(refused.outcome, Forbidden):
            raise
    # Expected of a member's own application: it may upload, and not ask. Photos are ready within seconds.
    session.clock.sleep(BLIND_SECONDS)
    return "AVAILABLE"


def _unreadable() -> Outcome:
    return NotSent(sentence="LinkedIn gave an answer that cannot be read. Nothing was posted; it will be tried again.")
