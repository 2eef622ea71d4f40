"""Uploading files to X: photos in one call, GIFs and videos in segments; alternative texts (platform sheet, section 4).

Nothing here is public: an upload without a post is forgotten after a day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scheduler.domain.outcome import NotSent, Rejected
from scheduler.domain.teaser import MediaItem
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.x.server import address, bearer, call, outcome_of, reader_of, safe
from scheduler.platforms.http import Answer

SEGMENT_BYTES = 4 * 1024 * 1024
MEDIA_SECONDS = 600
LONGEST_PAUSE = 15.0


def upload(session: Session, item: MediaItem) -> str:
    """Upload one file with its alternative text and return its id when it can be posted. Raises `Refused`."""
    data = session.read_media(item.key)
    media_id = _in_segments(session, item, data) if _category(item) != "tweet_image" else _at_once(session, item, data)
    # X shows alternative texts of photos and GIFs only.
    if item.alt.strip() and not item.is_video:
        described = {"id": media_id, "metadata": {"alt_text": {"text": item.alt}}}
        _asked(session, lambda: call(session, "POST", "/2/media/metadata", described))
    return media_id


def _category(item: MediaItem) -> str:
    if item.is_video:
        return "tweet_video"
    return "tweet_gif" if item.mime == "image/gif" else "tweet_image"


def _at_once(session: Session, item: MediaItem, data: bytes) -> str:
    files = {"media": (f"file.{item.mime.partition('/')[2]}", data, item.mime)}
    url, form = address(session, "/2/media/upload"), {"media_category": "tweet_image"}
    said = _asked(session, lambda: session.http.request("POST", url, headers=bearer(session), form=form, files=files))
    return _id_of(session, said)


def _in_segments(session: Session, item: MediaItem, data: bytes) -> str:
    begin = {"media_type": item.mime, "total_bytes": len(data), "media_category": _category(item)}
    said = _asked(session, lambda: call(session, "POST", "/2/media/upload/initialize", begin))
    media_id = _id_of(session, said)
    for index, start in enumerate(range(0, len(data), SEGMENT_BYTES)):
        _append(session, media_id, index, data[start : start + SEGMENT_BYTES])
    said = _asked(session, lambda: call(session, "POST", f"/2/media/upload/{safe(media_id)}/finalize"))
    _wait(session, media_id, said)
    return media_id


def _append(session: Session, media_id: str, index: int, segment: bytes) -> None:
    url = address(session, f"/2/media/upload/{safe(media_id)}/append")
    files, form = {"media": ("segment", segment, "application/octet-stream")}, {"segment_index": str(index)}
    result = attempt(lambda: session.http.request("POST", url, headers=bearer(session), form=form, files=files))
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader_of(session).harmless(), result))


def _wait(session: Session, media_id: str, said: dict[str, Any]) -> None:
    """Ask until X has processed the file, as often as X says. Raises `Refused` when it failed or lasts."""
    deadline = session.clock.monotonic() + float(session.config.get("media_seconds", MEDIA_SECONDS))
    asked = {"command": "STATUS", "media_id": media_id}
    while (state := _state(said)) != "succeeded":
        if state == "failed":
            sentence = "X cannot process this video. Save it as MP4 (H.264 and AAC) and try again."
            raise Refused(Rejected(sentence=sentence))
        if session.clock.monotonic() >= deadline:
            raise Refused(NotSent(sentence="X is still processing the uploaded file. It will be tried again."))
        session.clock.sleep(_pause(said))
        said = _asked(session, lambda: call(session, "GET", "/2/media/upload", params=asked))


def _state(said: dict[str, Any]) -> str:
    """Return the state of processing; a file that needs none is ready."""
    info = said.get("processing_info")
    return str(info.get("state")) if isinstance(info, dict) else "succeeded"


def _pause(said: dict[str, Any]) -> float:
    info = said.get("processing_info")
    seconds = info.get("check_after_secs") if isinstance(info, dict) else None
    return min(max(float(seconds), 1.0), LONGEST_PAUSE) if isinstance(seconds, int | float) else 2.0


def _asked(session: Session, ask: Callable[[], Answer]) -> dict[str, Any]:
    """Return the `data` of an answer. Raises `Refused`."""
    reader, result = reader_of(session).harmless(), attempt(ask)
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(outcome_of(reader, result))
    data = result.object().get("data")
    if not isinstance(data, dict):
        raise Refused(reader.unreadable(result))
    return data


def _id_of(session: Session, said: dict[str, Any]) -> str:
    media_id = said.get("id")
    if not isinstance(media_id, str) or not media_id.isdecimal():
        raise Refused(NotSent(sentence="X gave an answer that cannot be read. Nothing was posted; it is tried again."))
    return media_id
