"""A pin as it is sent: its fields and its media, photos as bytes and a video that was uploaded (sheet, section 4)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from itertools import chain, repeat
from typing import Any

from scheduler.domain.outcome import NotSent, Rejected
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.pinterest.wire import ask, reader_of, safe
from scheduler.platforms.http import Answer

TITLE_CHARACTERS = 100
ALT_CHARACTERS = 500
PROCESSING_SECONDS = 300
POLL_SECONDS = (2, 5, 10, 20, 30)
"""Pauses between the questions whether a video is processed; the last one repeats."""
COVER_SECOND = 1
"""Which moment of a video becomes its cover when nobody chose one; the very first picture is often black."""


def words_of(payload: Payload) -> dict[str, str]:
    """Return the words of a pin; what is empty is left out."""
    words = {
        "title": title_of(payload),
        "description": payload.text.strip(),
        "link": payload.link.url if payload.link else "",
        "alt_text": alt_of(payload),
    }
    return {name: value for name, value in words.items() if value}


def title_of(payload: Payload) -> str:
    """Return the title: the one that was chosen, else that of the linked page, cut at a word where it is too long."""
    chosen = payload.options.get("title", "").strip()
    title = chosen or (payload.link.title.strip() if payload.link else "")
    if len(title) <= TITLE_CHARACTERS or chosen:
        return title
    head = title[: TITLE_CHARACTERS - 1]
    return (head.rpartition(" ")[0].rstrip(" ,;:") or head) + "…"


def alt_of(payload: Payload) -> str:
    """Return the one alternative text of a pin: those of several photos follow each other."""
    texts = [item.alt.strip() for item in payload.media if item.alt.strip()]
    if len(texts) < 2:
        return "".join(texts)
    return " ".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def media_source(session: Session, payload: Payload, media_id: str) -> dict[str, Any]:
    """Return where the pin's media come from: the bytes of photos, or the upload of a video."""
    if media_id:
        cover = int(payload.options.get("cover_second") or COVER_SECOND)
        return {"source_type": "video_id", "media_id": media_id, "cover_image_key_frame_time": cover}
    photos = [_encoded(session, item) for item in payload.media]
    if len(photos) == 1:
        return {"source_type": "image_base64", **photos[0]}
    own = {"link": payload.link.url} if payload.link else {}
    return {"source_type": "multiple_image_base64", "items": [photo | own for photo in photos], "index": 0}


def upload_video(session: Session, item: MediaItem) -> str:
    """Upload a video and return its media id as soon as a pin can be made of it. Raises `Refused`."""
    registered = ask(session, "POST", "media", {"media_type": "video"})
    media_id, url, form = (registered.get(name) for name in ("media_id", "upload_url", "upload_parameters"))
    if not (isinstance(media_id, str) and isinstance(url, str) and isinstance(form, dict) and media_id):
        raise Refused(NotSent(sentence="Pinterest gave no address for the video. It will be tried again."))
    _send(session, url, {str(name): str(value) for name, value in form.items()}, item)
    _wait_for(session, media_id)
    return media_id


def _encoded(session: Session, item: MediaItem) -> dict[str, str]:
    return {"content_type": item.mime, "data": base64.b64encode(session.read_media(item.key)).decode()}


def _send(session: Session, url: str, form: Mapping[str, str], item: MediaItem) -> None:
    """Send the form that Pinterest gave, the file last and no sign-in beside it: the store takes one of both only."""
    files = {"file": (f"file.{item.mime.partition('/')[2]}", session.read_media(item.key), item.mime)}
    result = attempt(lambda: session.http.request("POST", url, form=form, files=files))
    if isinstance(result, Answer) and result.ok:
        return
    reader = reader_of(session).harmless()
    sentence = "Pinterest's store did not take the video. It will be tried again."
    raise Refused(NotSent(sentence=sentence, evidence=reader.evidence(result)))


def _wait_for(session: Session, media_id: str) -> None:
    """Ask until a video is processed. Raises `Refused` when it failed or lasts."""
    clock = session.clock
    deadline = clock.monotonic() + float(session.config.get("media_seconds", PROCESSING_SECONDS))
    pauses = chain(POLL_SECONDS, repeat(POLL_SECONDS[-1]))
    while clock.monotonic() < deadline:
        status = ask(session, "GET", f"media/{safe(media_id)}").get("status")
        if status == "succeeded":
            return
        if status == "failed":
            sentence = "Pinterest could not process the video: MP4 or MOV with H.264 or H.265, 4 seconds to 15 minutes."
            raise Refused(Rejected(sentence=sentence))
        clock.sleep(next(pauses))
    raise Refused(NotSent(sentence="Pinterest is still processing the video. It will be tried again."))
