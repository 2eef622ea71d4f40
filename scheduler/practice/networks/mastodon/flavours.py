"""The kin of Mastodon: which servers speak its API, and where each of them differs.

A flavour is a server of its own below `/practice/mastodon/<flavour>`; an account whose handle begins with its name
("pixelfed_clinic") lives there and nowhere else. Facts: the sheet of the Mastodon-compatible servers; where it is
silent a flavour is as Mastodon.
"""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import request

from scheduler.practice.richtext import MASTODON_URL_LENGTH

PHOTOS = ("image/jpeg", "image/png", "image/gif", "image/heic", "image/heif", "image/webp", "image/avif")
VIDEOS = ("video/webm", "video/mp4", "video/quicktime")
VISIBILITIES = ("public", "unlisted", "private", "direct")
DAY_MS = 86_400_000

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SPREAD = 1 << 40  # makes our counters as long as the ids of the real servers


@dataclass(frozen=True)
class Flavour:
    """One software of the family. Sizes in bytes, lengths in characters, times in ms."""

    name: str
    version: str
    software: str
    characters: int = 500
    attachments: int = 4
    link_length: int | None = MASTODON_URL_LENGTH
    """What a link counts; None when it counts in full."""
    image_bytes: int = 16_777_216
    video_bytes: int = 103_809_024
    alt_characters: int = 10_000
    warning_characters: int | None = None
    """The limit of a content warning of its own; None when it shares the text's."""
    media_types: tuple[str, ...] = PHOTOS + VIDEOS
    visibilities: tuple[str, ...] = VISIBILITIES
    second_instance: bool = True
    """Whether `GET /api/v2/instance` exists."""
    configuration: bool = True
    """Whether the instance document has the block of that name."""
    keys: str = "account"
    """What an Idempotency-Key does: "account" and "server" remember it there, "ignored", or "burnt" at first use."""
    processing: bool = True
    """Whether a video is processed after its upload was answered."""
    media_required: bool = False
    budgets: bool = True
    """Whether the server sends X-RateLimit headers."""
    tokens_last_ms: int | None = None
    discovery: bool = False
    """Whether the server describes its sign-in at `/.well-known/oauth-authorization-server`."""
    late_schedule: str = "now"
    """What a `scheduled_at` in the past does: "now", or "backdated": stored and never delivered."""
    ids: str = "number"
    """The look of the ids: "number", "ulid", "flake" or "uuid"."""

    @property
    def path(self) -> str:
        """Where the server is mounted below `/practice/mastodon`."""
        return "" if self.name == "mastodon" else f"/{self.name}"

    def shown_id(self, number: str) -> str:
        """Return one of our numbers as this server writes its ids."""
        return _WRITERS[self.ids](int(number))

    def read_id(self, shown: str) -> str:
        """Return our number behind an id of this server; what is none of its ids comes back as it is."""
        number = _READERS[self.ids](shown)
        return shown if number is None or self.shown_id(str(number)) != shown else str(number)


MASTODON = Flavour("mastodon", "4.7.0+practice", "mastodon", discovery=True)
_GOTOSOCIAL = Flavour(
    "gotosocial",
    "0.20.0+practice",
    "gotosocial",
    characters=5000,
    attachments=6,
    link_length=None,
    image_bytes=40 << 20,
    video_bytes=40 << 20,
    alt_characters=5000,
    visibilities=(*VISIBILITIES, "mutuals_only"),
    keys="ignored",
    processing=False,
    discovery=True,
    late_schedule="backdated",
    ids="ulid",
)
_PLEROMA = Flavour(
    "pleroma",
    "2.7.2 (compatible; Pleroma 2.2.2)",
    "pleroma",
    characters=5000,
    link_length=None,
    alt_characters=5000,
    visibilities=(*VISIBILITIES, "local"),
    second_instance=False,
    configuration=False,
    keys="server",
    processing=False,
    budgets=False,
    tokens_last_ms=30 * DAY_MS,
    ids="flake",
)
_AKKOMA = Flavour(
    "akkoma",
    "2.7.2 (compatible; Akkoma 3.15.2)",
    "akkoma",
    characters=5000,
    link_length=None,
    alt_characters=5000,
    visibilities=(*VISIBILITIES, "local"),
    keys="server",
    processing=False,
    budgets=False,
    tokens_last_ms=30 * DAY_MS,
    ids="flake",
)
_PIXELFED = Flavour(
    "pixelfed",
    "3.5.3 (compatible; Pixelfed 0.12.4)",
    "pixelfed",
    warning_characters=140,
    image_bytes=15_000_000,
    video_bytes=15_000_000,
    alt_characters=1000,
    media_types=("image/jpeg", "image/png", "image/gif"),
    visibilities=("public", "unlisted", "private"),
    keys="burnt",
    media_required=True,
    tokens_last_ms=365 * DAY_MS,
)
_TAKAHE = Flavour("takahe", "takahe/0.11.0", "takahe", keys="ignored", processing=False, budgets=False)
_HOLLO = Flavour(
    "hollo", "0.7.0", "hollo", link_length=None, keys="ignored", processing=False, budgets=False, ids="uuid"
)
_FRIENDICA = Flavour(
    "friendica",
    "2.8.0 (compatible; Friendica 2024.12)",
    "friendica",
    characters=200_000,
    link_length=None,
    keys="ignored",
    processing=False,
    budgets=False,
)
FLAVOURS = {
    flavour.name: flavour
    for flavour in (MASTODON, _GOTOSOCIAL, _PLEROMA, _AKKOMA, _PIXELFED, _TAKAHE, _HOLLO, _FRIENDICA)
}


def flavour_of_handle(handle: str) -> Flavour:
    """Return the server an account lives on, by the beginning of its handle."""
    prefix, underscore, _ = handle.partition("_")
    return FLAVOURS.get(prefix, MASTODON) if underscore else MASTODON


def flavour_here() -> Flavour:
    """Return the server that the present request speaks to."""
    first = request.path.removeprefix("/practice/mastodon/").partition("/")[0]
    return FLAVOURS.get(first, MASTODON)


def _based(number: int, digits: str, width: int) -> str:
    written = ""
    while number:
        number, digit = divmod(number, len(digits))
        written = digits[digit] + written
    return written.rjust(width, digits[0])


def _unbased(shown: str, digits: str) -> int | None:
    if not shown or set(shown) - set(digits):
        return None
    number = 0
    for digit in shown:
        number = number * len(digits) + digits.index(digit)
    return number // _SPREAD


def _read_uuid(shown: str) -> int | None:
    try:
        return uuid.UUID(shown).int >> 64
    except ValueError:
        return None


_WRITERS: dict[str, Callable[[int], str]] = {
    "number": str,
    "ulid": lambda number: _based(number * _SPREAD, _CROCKFORD, 26),
    "flake": lambda number: _based(number * _SPREAD, _BASE62, 18),
    "uuid": lambda number: str(uuid.UUID(int=number << 64 | 0x7000_8000_0000_0000)),
}
_READERS: dict[str, Callable[[str], int | None]] = {
    "number": lambda shown: int(shown) if shown.isdecimal() else None,
    "ulid": lambda shown: _unbased(shown, _CROCKFORD),
    "flake": lambda shown: _unbased(shown, _BASE62),
    "uuid": _read_uuid,
}
