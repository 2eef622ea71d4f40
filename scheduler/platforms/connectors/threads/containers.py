"""Containers: what is made and processed before the one call that publishes (platform sheet, section 4).

A container is invisible and dies after 24 hours. Photos and videos are fetched by Threads from a public address.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, repeat

from scheduler.domain.outcome import NotSent, Rejected, Unauthorized
from scheduler.domain.teaser import MediaItem, Payload
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.threads.graph import ask, reader_of, safe

PROCESSING_SECONDS = 300
POLL_SECONDS = (2, 5, 10, 20, 30, 60)
"""Pauses between the questions whether a container is ready; the last one repeats. Threads asks for a minute."""
FINISHED, PUBLISHED, IN_PROGRESS = "FINISHED", "PUBLISHED", "IN_PROGRESS"
TAKEN_OPTIONS = ("reply_control", "topic_tag")

_PASSING = frozenset({"FAILED_DOWNLOADING_VIDEO", "FAILED_PROCESSING_VIDEO", "FAILED_PROCESSING_AUDIO", "UNKNOWN", ""})
_FAULTS = {
    "INVALID_ASPEC_RATIO": "the ratio of its sides",
    "INVALID_ASPECT_RATIO": "the ratio of its sides",
    "INVALID_BIT_RATE": "its bit rate (at most 100 Mbit/s)",
    "INVALID_DURATION": "its length (at most 300 seconds)",
    "INVALID_FRAME_RATE": "its frame rate (23 to 60 pictures a second)",
    "INVALID_AUDIO_CHANNELS": "its sound (one or two channels)",
    "INVALID_AUDIO_CHANNEL_LAYOUT": "its sound (one or two channels)",
}


def make_container(session: Session, payload: Payload, text: str) -> str:
    """Return the id of a container that is ready to be published. Raises `Refused`."""
    fields = _shared(payload, text) | _content(session, payload)
    container = _create(session, fields)
    wait_until_ready(session, container)
    return container


def status_of(session: Session, container: str) -> tuple[str, str]:
    """Return where a container stands, and the name of its error. Raises `Refused`."""
    said = ask(session, "GET", safe(container), {"fields": "status,error_message"})
    return str(said.get("status") or ""), str(said.get("error_message") or "")


def standing_of(session: Session) -> str:
    """Return where the container of a post that may be live stands, "" where that is not known (any more)."""
    container = str(session.prepared.get("container") or "")
    if not container:
        return ""
    try:
        return status_of(session, container)[0]
    except Refused as refused:
        if isinstance(refused.outcome, Unauthorized):
            raise
        return ""


def wait_until_ready(session: Session, container: str) -> None:
    """Ask until Threads has fetched and processed everything. Raises `Refused` when it failed or lasts."""
    clock = session.clock
    deadline = clock.monotonic() + float(session.config.get("media_seconds", PROCESSING_SECONDS))
    pauses = chain(POLL_SECONDS, repeat(POLL_SECONDS[-1]))
    status, error = status_of(session, container)
    while status == IN_PROGRESS and clock.monotonic() < deadline:
        clock.sleep(next(pauses))
        status, error = status_of(session, container)
    if status == IN_PROGRESS:
        raise Refused(NotSent(sentence="Threads is still processing the file. It will be tried again."))
    if status not in (FINISHED, PUBLISHED):
        raise Refused(_failure(session, status, error))


def _shared(payload: Payload, text: str) -> dict[str, str]:
    fields = {"text": text} if text else {}
    if payload.reply_to:
        fields["reply_to_id"] = payload.reply_to
    options = {name: payload.options.get(name, "").strip().removeprefix("#") for name in TAKEN_OPTIONS}
    if payload.options.get("spoiler") == "1" and payload.media:
        options["is_spoiler_media"] = "true"
    return fields | {name: value for name, value in options.items() if value}


def _content(session: Session, payload: Payload) -> dict[str, str]:
    """Return what kind of post it is, with its files: several become containers of their own first."""
    if not payload.media:
        link = {"link_attachment": payload.link.url} if payload.link else {}
        return {"media_type": "TEXT", **link}
    if len(payload.media) == 1:
        return _file(session, payload.media[0])
    children = [_create(session, _file(session, item) | {"is_carousel_item": "true"}) for item in payload.media]
    for child in children:
        wait_until_ready(session, child)
    return {"media_type": "CAROUSEL", "children": ",".join(children)}


def _file(session: Session, item: MediaItem) -> dict[str, str]:
    kind, name = ("VIDEO", "video_url") if item.is_video else ("IMAGE", "image_url")
    alt = {"alt_text": item.alt} if item.alt else {}
    return {"media_type": kind, name: session.media_address(item), **alt}


def _create(session: Session, fields: Mapping[str, str]) -> str:
    said = ask(session, "POST", f"{safe(session.credentials['user_id'])}/threads", fields)
    container = said.get("id")
    if not isinstance(container, str | int) or not container:
        raise Refused(NotSent(sentence="Threads gave no container for the post. It will be tried again."))
    return str(container)


def _failure(session: Session, status: str, error: str) -> NotSent | Rejected:
    if status == "ERROR" and error not in _PASSING:
        fault = _FAULTS.get(error, f"it{reader_of(session).quoted(error)}")
        return Rejected(sentence=f"Threads does not take the file because of {fault}. Change it and try again.")
    return NotSent(sentence="Threads could not fetch or process the file. It will be tried again from the start.")
