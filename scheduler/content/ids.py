"""The identity of an article: a ULID, given once and kept whatever its address becomes."""

from __future__ import annotations

import hashlib
import secrets

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(now_ms: int) -> str:
    """Return a new ULID for the instant `now_ms` (UTC ms)."""
    return _ulid(now_ms, secrets.randbits(80))


def derived_id(folder: str) -> str:
    """Return the id of a file that was made by hand without one: always the same for the same folder.

    It looks like a ULID of the year 1970, and is written into the file at the first save.
    """
    return _ulid(0, int.from_bytes(hashlib.sha256(folder.encode()).digest()[:10]))


def _ulid(milliseconds: int, random: int) -> str:
    number = milliseconds << 80 | random
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
