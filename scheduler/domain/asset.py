"""What an asset and a rendition are: one photo or video of the media library, and the files derived from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The two kinds of asset."""

    PHOTO = "photo"
    VIDEO = "video"


class Purpose(StrEnum):
    """What a rendition is for."""

    WIDTH = "width"
    """One width of a photo for `srcset`, in WebP or in the photo's own format."""
    POST = "post"
    """A JPEG small enough for every platform (2048 px, 1.9 MB at most)."""
    CARD = "card"
    """A 1200x630 JPEG for link cards and Open Graph."""
    THUMB = "thumb"
    """A 480 px WebP for the library grid."""
    POSTER = "poster"
    """A JPEG still of a video, its full size."""
    PLAY = "play"
    """The video that visitors play: free of location data, ready to stream."""
    CAPTIONS = "captions"
    """A WebVTT file that belongs to a video."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One photo or video. `bytes` is the size of the original, `duration_ms` is 0 for photos."""

    id: str
    kind: Kind
    filename: str
    mime: str
    sha256: str
    bytes: int
    width: int
    height: int
    duration_ms: int
    alt: str
    caption: str
    credit: str
    created_at: int
    updated_at: int
    version: int = 1


@dataclass(frozen=True, slots=True)
class Rendition:
    """One derived file; `key` finds its bytes in the blob store."""

    asset_id: str
    purpose: Purpose
    mime: str
    width: int
    height: int
    bytes: int
    key: str
    label: str = ""
    """The language tag of captions; empty otherwise."""
