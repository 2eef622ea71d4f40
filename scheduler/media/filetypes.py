"""Which kind of file this is, by its first bytes alone. The name of a file says nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.domain.asset import Kind

HEAD_BYTES = 4096
"""How much of a file's beginning `recognise` wants to see."""
PHOTO_BYTES = 40_000_000
VIDEO_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class FileType:
    """A type that the library accepts; `format` is what Pillow or FFmpeg call it."""

    kind: Kind
    mime: str
    extension: str
    format: str

    @property
    def byte_limit(self) -> int:
        """Return the largest size of an upload of this type, in bytes."""
        return PHOTO_BYTES if self.kind is Kind.PHOTO else VIDEO_BYTES


JPEG = FileType(Kind.PHOTO, "image/jpeg", "jpg", "JPEG")
PNG = FileType(Kind.PHOTO, "image/png", "png", "PNG")
WEBP = FileType(Kind.PHOTO, "image/webp", "webp", "WEBP")
GIF = FileType(Kind.PHOTO, "image/gif", "gif", "GIF")
HEIC = FileType(Kind.PHOTO, "image/heic", "heic", "HEIF")
MP4 = FileType(Kind.VIDEO, "video/mp4", "mp4", "mp4")
MOV = FileType(Kind.VIDEO, "video/quicktime", "mov", "mov")
WEBM = FileType(Kind.VIDEO, "video/webm", "webm", "matroska")

TYPES = (JPEG, PNG, WEBP, GIF, HEIC, MP4, MOV, WEBM)
ACCEPTED = "photos as JPEG, PNG, WebP, GIF or HEIC, and videos as MP4 or WebM"
UPLOAD_MIMES = ",".join((*(t.mime for t in TYPES), ".heic"))
"""The `accept` attribute of a file field."""

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx"}
_AVIF_BRANDS = {b"avif", b"avis"}


def recognise(head: bytes) -> FileType | None:
    """Return the type of a file that begins with `head`, or None when the library does not accept it."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else None
    return _by_brand(head) if head[4:8] == b"ftyp" else None


def _by_brand(head: bytes) -> FileType | None:
    size = min(int.from_bytes(head[:4], "big"), len(head))
    major, brands = head[8:12], {head[at : at + 4] for at in range(8, size, 4)}
    if brands & _AVIF_BRANDS:
        return None
    if major in _HEIC_BRANDS:
        return HEIC
    return MOV if major == b"qt  " else MP4


def refusal(head: bytes) -> str:
    """Return the sentence for a file that `recognise` does not accept: what it is, and the way out."""
    for pattern, sentence in _KNOWN_STRANGERS:
        if re.match(pattern, head, re.IGNORECASE | re.DOTALL):
            return sentence
    return f"This file is not a photo or video that the library can read. It takes {ACCEPTED}."


_KNOWN_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (rb"$", "This file is empty. Choose it again, or export it once more from the program that made it."),
    (
        rb"(\xef\xbb\xbf)?\s*(<\?xml.*?)?(<!--.*?-->\s*)*(<!doctype svg.*?)?<svg",
        "This is an SVG drawing, which can carry programs. Export it as PNG and upload that.",
    ),
    (
        rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body|script|\?php|\?xml)",
        f"This is a text or web page, whatever its name says. The library takes {ACCEPTED}.",
    ),
    (rb"%PDF", "This is a PDF document. Export the page you need as JPEG or PNG and upload that."),
    (rb"II\*\0|MM\0\*", "This is a TIFF or a camera's raw file. Export it as JPEG and upload that."),
    (rb"BM", "This is a bitmap (BMP). Save it as PNG or JPEG and upload that."),
    (rb"....ftypavi[fs]", "This is an AVIF photo. Save it as JPEG, PNG or WebP and upload that."),
    (rb"\x1a\x45\xdf\xa3", "This is a Matroska video (MKV). Export it as MP4 (H.264) or WebM and upload that."),
    (rb"RIFF....AVI ", "This is an AVI video. Export it as MP4 (H.264) and upload that."),
    (rb"PK\x03\x04", "This is a ZIP archive or an office document. Upload the photos and videos themselves."),
    (rb"ID3|OggS|fLaC|RIFF....WAVE", "This is a sound file. The library takes photos and videos only."),
)
