"""What the marketer wrote: a teaser, its variants per account, and the payload that a delivery freezes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class When:
    """When a teaser is to go out: exactly one of a wall time in a zone, the queue, or now."""

    at: str = ""
    """Wall time "2026-11-23T09:00" as the person meant it."""
    zone: str = ""
    """IANA zone of `at`."""
    queue: str = ""
    """"next" for the account's next free slot, "top" for the first one."""
    now: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """A teaser's own text, assets, replies or options for one account; None means "as in the teaser"."""

    text: str | None = None
    assets: tuple[str, ...] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    replies: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Teaser:
    """One teaser. `link` is an address of its own when it is not about an article. `scheduled` is False for a draft."""

    id: int
    text: str
    article_id: str = ""
    link: str = ""
    template: str = ""
    assets: tuple[str, ...] = ()
    accounts: tuple[int, ...] = ()
    variants: Mapping[int, Variant] = field(default_factory=dict)
    replies: tuple[str, ...] = ()
    """What follows under the post, each when the one before it is live: a first comment, or the rest of a thread."""
    when: When = field(default_factory=When)
    late_policy: str = ""
    """What becomes of it when it cannot go out in time (a `LatePolicy`); "" for the rule of each account."""
    scheduled: bool = False
    created_by: int | None = None
    created_at: int = 0
    updated_at: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One file of a payload; `key` finds its bytes in the blob store, `bytes` is its size."""

    key: str
    mime: str
    width: int
    height: int
    bytes: int
    alt: str = ""
    asset: str = ""
    duration_ms: int = 0

    @property
    def is_video(self) -> bool:
        """Return whether this is a video (everything else is a photo)."""
        return self.mime.startswith("video/")


@dataclass(frozen=True, slots=True)
class LinkCard:
    """The card that a platform shows for the link; `image` is a small JPEG."""

    url: str
    title: str = ""
    description: str = ""
    image: MediaItem | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """Exactly what will be sent to one account, frozen when the teaser is scheduled."""

    text: str
    link: LinkCard | None = None
    media: tuple[MediaItem, ...] = ()
    language: str = "en"
    options: Mapping[str, str] = field(default_factory=dict)
    reply_to: str = ""
    """The platform's id of our own post that this one answers; "" for a post of its own."""
    replies: tuple[str, ...] = ()
    """What follows under this post: a delivery of its own, made when this one is live."""

    def to_json(self) -> str:
        """Return the canonical JSON text of the payload: same payload, same text."""
        frozen = {name: value for name, value in asdict(self).items() if value or name not in _SELDOM}
        return json.dumps(frozen, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


_SELDOM = ("reply_to", "replies")
"""Left out of the JSON when empty, as they were before there were replies."""


def payload_from_json(text: str) -> Payload:
    """Return the payload that `Payload.to_json` wrote."""
    data: dict[str, Any] = json.loads(text)
    link = data["link"]
    if link is not None:
        image = link.pop("image")
        link = LinkCard(**link, image=MediaItem(**image) if image else None)
    media = tuple(MediaItem(**item) for item in data["media"])
    reply_to, replies = data.get("reply_to", ""), tuple(data.get("replies", ()))
    return Payload(data["text"], link, media, data["language"], data["options"], reply_to, replies)
