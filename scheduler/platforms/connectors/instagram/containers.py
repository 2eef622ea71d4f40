"""Containers: what is made and processed before the one call that publishes (platform sheet, section 3).

A container is invisible and lives 24 hours. Instagram fetches photos from a public address; videos are sent as bytes.
"""

from __future__ import annotations

import re
from itertools import chain, repeat

from scheduler.domain.outcome import NotSent, Rejected, Throttled, Unauthorized
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.instagram.account import CODES, graph_of
from scheduler.platforms.connectors.instagram.rules import collaborators_of, is_story
from scheduler.platforms.meta import RUPLOAD, VERSION, Kind, config_of, number_of, safe

PROCESSING_SECONDS = 300
POLL_SECONDS = (1, 2, 5, 10, 20, 30)
"""Pauses between the questions whether a container is ready; the last one repeats."""
QUOTA_MS = 3_600_000
"""Posts become free one by one over a day: we ask again every hour."""
_FINISHED, _IN_PROGRESS = "FINISHED", "IN_PROGRESS"
_NUMBER = re.compile(r"\b2207\d{3}\b")


def make_container(session: Session, payload: Payload, caption: str) -> str:
    """Return the id of a container that is ready to be published. Raises `Refused`."""
    _check_quota(session)
    words = {"caption": caption} if caption else {}
    if is_story(payload):
        return _ready(session, _single(session, payload.media[0], {"media_type": "STORIES"}))
    if names := collaborators_of(payload):
        words["collaborators"] = "[" + ",".join(f'"{name}"' for name in names) + "]"
    if len(payload.media) > 1:
        children = [_child(session, item) for item in payload.media]
        for child in children:
            _ready(session, child)
        fields = {"media_type": "CAROUSEL", "children": ",".join(children), **words}
        return _ready(session, _create(session, fields))
    item = payload.media[0]
    if item.is_video:
        feed = "false" if payload.options.get("reel_only") else "true"
        return _ready(session, _single(session, item, {"media_type": "REELS", "share_to_feed": feed, **words}))
    return _ready(session, _single(session, item, {**words, **_alt(item)}))


def quota_of(session: Session) -> tuple[int, int]:
    """Return how many posts were made in 24 hours, and how many may be; 0 for what is not told. Raises `Refused`."""
    path = f"{safe(session.credentials['user_id'])}/content_publishing_limit"
    said = graph_of(session).ask("GET", path, {"fields": "quota_usage,config"}).get("data")
    entry = said[0] if isinstance(said, list) and said and isinstance(said[0], dict) else {}
    config = entry.get("config")
    total = number_of(config.get("quota_total")) if isinstance(config, dict) else 0
    return number_of(entry.get("quota_usage")), total


def _check_quota(session: Session) -> None:
    used, total = quota_of(session)
    if total and used >= total:
        until = session.clock.now_ms() + QUOTA_MS
        sentence = f"Instagram takes {total} posts in 24 hours, and that many were made. The post waits."
        raise Refused(Throttled(sentence=sentence, until=until))


def is_waiting(session: Session) -> bool:
    """Return whether the container of a post that may be live is ready, and so was certainly not published."""
    container = str(session.prepared.get("container") or "")
    if not container:
        return False
    try:
        return _status(session, container)[0] == _FINISHED
    except Refused as refused:
        if isinstance(refused.outcome, Unauthorized):
            raise
        return False


def _child(session: Session, item: MediaItem) -> str:
    if item.is_video:
        return _single(session, item, {"is_carousel_item": "true", "media_type": "VIDEO"})
    return _single(session, item, {"is_carousel_item": "true", **_alt(item)})


def _single(session: Session, item: MediaItem, fields: dict[str, str]) -> str:
    if not item.is_video:
        return _create(session, {**fields, "image_url": session.media_address(item)})
    container = _create(session, {**fields, "upload_type": "resumable"})
    version = config_of(session, "version", VERSION)
    # The address is ours to know: an answer never says where a token goes.
    address = f"{config_of(session, 'upload', RUPLOAD)}/ig-api-upload/{version}/{safe(container)}"
    graph_of(session).send_bytes(address, session.read_media(item.key))
    return container


def _create(session: Session, fields: dict[str, str]) -> str:
    said = graph_of(session).ask("POST", f"{safe(session.credentials['user_id'])}/media", fields)
    number = said.get("id")
    if not isinstance(number, str | int) or isinstance(number, bool) or not number:
        raise Refused(NotSent(sentence="Instagram gave an answer that cannot be read. It will be tried again."))
    return str(number)


def _alt(item: MediaItem) -> dict[str, str]:
    return {"alt_text": item.alt} if item.alt else {}


def _ready(session: Session, container: str) -> str:
    """Ask until a container is ready and return its id. Raises `Refused` when it failed or lasts."""
    clock = session.clock
    deadline = clock.monotonic() + float(session.config.get("media_seconds", PROCESSING_SECONDS))
    pauses = chain(POLL_SECONDS, repeat(POLL_SECONDS[-1]))
    status, words = _status(session, container)
    while status == _IN_PROGRESS and clock.monotonic() < deadline:
        clock.sleep(next(pauses))
        status, words = _status(session, container)
    if status == _FINISHED:
        return container
    if status == "ERROR":
        raise _failed(session, words)
    sentence = "Instagram is still processing the photo or video. It will be tried again."
    raise Refused(NotSent(sentence=sentence))


def _status(session: Session, container: str) -> tuple[str, str]:
    said = graph_of(session).ask("GET", safe(container), {"fields": "status_code,status"})
    return str(said.get("status_code") or ""), str(said.get("status") or "")


def _failed(session: Session, words: str) -> Refused:
    """Return why a container failed: its status is a text with a number, and the number decides."""
    found = _NUMBER.search(words)
    kind = CODES.get(int(found[0])) if found else None
    said = graph_of(session).reader.quoted(words)
    if kind in (Kind.TROUBLE, Kind.AGAIN):
        return Refused(
            NotSent(sentence=f"Instagram could not take the photo or video just now. Once more later.{said}")
        )
    sentence = f"Instagram could not process the photo or video. Change it and try again.{said}"
    return Refused(Rejected(sentence=sentence))
