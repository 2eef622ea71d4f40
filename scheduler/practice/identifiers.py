"""Identifiers as the imitated networks make them: CIDs, TIDs, DIDs, app passwords, media types."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets

TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_RAW_CODEC = 0x55
_DAG_CBOR_CODEC = 0x71


def blob_cid(data: bytes) -> str:
    """Return the CID (v1, raw, SHA-256) of a blob; this is exactly what a real server answers."""
    return _cid(_RAW_CODEC, hashlib.sha256(data).digest())


def record_cid(record: object) -> str:
    """Return a CID that depends on the record alone.

    Its shape is right; it hashes canonical JSON where a real server hashes DAG-CBOR.
    """
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _cid(_DAG_CBOR_CODEC, hashlib.sha256(canonical.encode()).digest())


def is_cid(text: str) -> bool:
    """Tell whether a text has the shape of the CIDs made here."""
    return len(text) == 59 and text.startswith("b") and set(text[1:]) <= set(_BASE32)


def tid(microseconds: int) -> str:
    """Return the TID of an instant in microseconds since the epoch, with clock id 0 (13 characters)."""
    number = microseconds << 10
    digits = []
    for _ in range(13):
        digits.append(TID_ALPHABET[number & 31])
        number >>= 5
    return "".join(reversed(digits))


def new_did() -> str:
    """Return a random identifier of the shape `did:plc:` and 24 base32 characters."""
    return "did:plc:" + "".join(secrets.choice(_BASE32) for _ in range(24))


def new_app_password() -> str:
    """Return a random app password of the shape `xxxx-xxxx-xxxx-xxxx`."""
    return "-".join("".join(secrets.choice(_BASE32) for _ in range(4)) for _ in range(4))


def sniff_media_type(data: bytes) -> str | None:
    """Return the media type the first bytes show, or None when they show none that the networks know."""
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)


_BRANDS = {b"avif": "image/avif", b"heic": "image/heic", b"mif1": "image/heif", b"qt  ": "video/quicktime"}
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"WEBVTT", "text/vtt"),
)


def _cid(codec: int, digest: bytes) -> str:
    return "b" + base64.b32encode(bytes([1, codec, 0x12, 32]) + digest).decode().rstrip("=").lower()
