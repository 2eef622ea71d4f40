"""The record of a post: text with facets, the one embed, content warning, and what it answers (platform sheet, 4)."""

from __future__ import annotations

from typing import Any

from scheduler.domain.outcome import Rejected
from scheduler.domain.problem import Problem
from scheduler.domain.teaser import LinkCard, MediaItem, Payload
from scheduler.platforms.answers import attempt
from scheduler.platforms.base import Refused
from scheduler.platforms.connectors.bluesky import video as video_service
from scheduler.platforms.connectors.bluesky.atproto import Pds
from scheduler.platforms.connectors.bluesky.facets import facets
from scheduler.platforms.http import Answer

COLLECTION = "app.bsky.feed.post"
THUMB_BYTES = 1_000_000
UPLOAD_BYTES = 50_000_000
"""What Bluesky's own servers take by uploadBlob; larger videos go through the video service."""
PHOTOS_IN_A_ROW = 4
LABELS = (
    ("sexual", "Suggestive"),
    ("nudity", "Nudity"),
    ("porn", "Adult content"),
    ("graphic-media", "Graphic media"),
)
"""The content warnings that an author can set (sheet, 4.7)."""


def record_of(pds: Pds, payload: Payload) -> dict[str, Any]:
    """Return the post record without its time; it depends on the payload only, so that a repeat writes the same."""
    record: dict[str, Any] = {"$type": COLLECTION, "text": payload.text, "langs": [payload.language]}
    marked = facets(payload.text, pds.did_of)
    embed = _embed(pds, payload)
    if label := payload.options.get("label"):
        record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": label}]}
    return record | ({"facets": marked} if marked else {}) | ({"embed": embed} if embed else {})


def reply_of(pds: Pds, parent: str) -> dict[str, Any]:
    """Return what a post answers: the one before it, and the first one of the thread (sheet, 4.6). Raises `Refused`."""
    repo, collection, rkey = parent.removeprefix("at://").split("/")
    params = {"repo": repo, "collection": collection, "rkey": rkey}
    answer = attempt(lambda: pds.get("com.atproto.repo.getRecord", params, open_to_all=True))
    if not isinstance(answer, Answer) or not answer.ok:
        if isinstance(answer, Answer) and answer.object().get("error") == "RecordNotFound":
            raise Refused(Rejected(sentence="The post that this one answers is no longer on Bluesky."))
        raise pds.refused(answer)
    found = answer.object()
    if not isinstance(found.get("cid"), str):
        raise Refused(pds.reader.harmless().unreadable(answer))
    here = {"uri": parent, "cid": found.get("cid")}
    before = found.get("value", {}).get("reply") if isinstance(found.get("value"), dict) else None
    return {"root": before["root"] if isinstance(before, dict) and before.get("root") else here, "parent": here}


def _embed(pds: Pds, payload: Payload) -> dict[str, Any] | None:
    """Return the one embed that a post can have: its video, its photos, or the card of its link."""
    if payload.media and payload.media[0].is_video:
        video = payload.media[0]
        blob = video_service.upload(pds, video) if video.bytes > UPLOAD_BYTES else pds.upload(video)
        return {"$type": "app.bsky.embed.video", "video": blob, **_described(video)}
    if payload.media:
        images = [{"image": pds.upload(item), **_described(item)} for item in payload.media]
        if len(images) > PHOTOS_IN_A_ROW:
            kind = "app.bsky.embed.gallery"
            return {"$type": kind, "items": [{"$type": f"{kind}#image", **image} for image in images]}
        return {"$type": "app.bsky.embed.images", "images": images}
    return _card(pds, payload.link) if payload.link else None


def _described(item: MediaItem) -> dict[str, Any]:
    ratio = {"aspectRatio": {"width": item.width, "height": item.height}} if item.width and item.height else {}
    return {"alt": item.alt, **ratio}


def _card(pds: Pds, link: LinkCard) -> dict[str, Any]:
    external: dict[str, Any] = {"uri": link.url, "title": link.title, "description": link.description}
    if link.image and link.image.bytes <= THUMB_BYTES:
        external["thumb"] = pds.upload(link.image)
    return {"$type": "app.bsky.embed.external", "external": external}


def label_problems(payload: Payload) -> list[Problem]:
    """Return the problem of a content warning that Bluesky does not know."""
    label = payload.options.get("label", "")
    if not label or label in dict(LABELS):
        return []
    message = f"“{label}” is no content warning. Choose one of {', '.join(dict(LABELS))}."
    return [Problem("options.label", message)]


def link_warnings(payload: Payload) -> list[Problem]:
    """Return what is to be said of a link that nobody would see as it was meant."""
    link = payload.link
    if link is None:
        return []
    if payload.media and link.url not in payload.text:
        files = "a video" if payload.media[0].is_video else "photos"
        message = f"The link is not in the text, and with {files} Bluesky shows no card. Put the link into the text."
        return [Problem("link", message, "warning")]
    if not payload.media and link.image and link.image.bytes > THUMB_BYTES:
        return [Problem("link", "The card's image is larger than 1 MB; the card goes out without it.", "warning")]
    return []
