"""Resumable uploads to YouTube: all but the last piece ahead of time, the last one is what makes the video.

Nothing becomes a video before the last byte of a session has arrived (platform sheet of YouTube, sections 4 and 8). So
`begin` and `fill` may be repeated freely, and `finish` is the one irreversible call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from scheduler.domain.outcome import NotSent
from scheduler.platforms.answers import Result, attempt
from scheduler.platforms.base import Refused, Session
from scheduler.platforms.connectors.youtube.answers import LABEL, UPLOAD, meaning
from scheduler.platforms.google import bearer, reader_of
from scheduler.platforms.http import Answer

PIECE = 8 * 1024 * 1024
UNIT = 256 * 1024
"""Every piece but the last is a multiple of this."""
_RANGE = re.compile(r"bytes=0-(\d+)")
STATUS_MORE = 308


def begin(session: Session, video: Mapping[str, Any], size: int, params: Mapping[str, str]) -> str:
    """Announce a video and return the address of its upload session, which is a secret. Raises `Refused`."""
    reader = reader_of(session, LABEL).harmless()
    headers = {
        **bearer(session),
        "Content-Type": "application/json; charset=UTF-8",
        "X-Upload-Content-Type": "video/*",
        "X-Upload-Content-Length": str(size),
    }
    url, body = f"{session.config.get('upload', UPLOAD)}/youtube/v3/videos", json.dumps(video).encode()
    asked = {"uploadType": "resumable", "part": "snippet,status", **params}
    result = attempt(lambda: session.http.request("POST", url, headers=headers, params=asked, body=body))
    if not isinstance(result, Answer) or not result.ok:
        raise Refused(meaning(reader, result))
    location = result.header("location")
    if not _is_at_home(location, url):
        raise Refused(reader.unreadable(result))
    return location


def fill(session: Session, address: str, data: bytes) -> int:
    """Send everything before the last piece and return where that begins. Raises `Refused`."""
    at, last = 0, last_piece(session, len(data))
    reader = reader_of(session, LABEL, address).harmless()
    while at < last:
        end = min(at + _piece(session), last)
        result = send(session, address, data[at:end], (at, len(data)))
        if not isinstance(result, Answer) or result.status != STATUS_MORE:
            raise Refused(meaning(reader, result))
        reached = received(result)
        if reached <= at:
            raise Refused(NotSent(sentence=f"{LABEL} did not keep what was uploaded. It will be tried again."))
        at = min(reached, last)
    return at


def last_piece(session: Session, size: int) -> int:
    """Return where the last piece of `size` bytes begins: never empty, and a whole number of units before it."""
    piece = _piece(session)
    return max(0, (size - 1) // piece * piece)


def send(session: Session, address: str, piece: bytes, place: tuple[int, int]) -> Result:
    """Send one piece: `place` is where it begins, and the size of the whole file."""
    start, total = place
    headers = {**bearer(session), "Content-Range": f"bytes {start}-{start + len(piece) - 1}/{total}"}
    return attempt(lambda: session.http.request("PUT", address, headers=headers, body=piece))


def what_became_of(session: Session, address: str, size: int) -> Result:
    """Ask a session of `size` bytes, without sending any, what it has: 308 proves that it made no video yet."""
    headers = {**bearer(session), "Content-Range": f"bytes */{size}"}
    return attempt(lambda: session.http.request("PUT", address, headers=headers, body=b""))


def received(answer: Answer) -> int:
    """Return how many bytes the session has by now."""
    found = _RANGE.fullmatch(answer.header("range"))
    return int(found[1]) + 1 if found else 0


def _is_at_home(location: str, asked: str) -> bool:
    """Return whether a session lies where we asked, or at Google: it gets our file and our sign-in."""
    found = urlsplit(location)
    at_google = found.scheme == "https" and (found.hostname or "").endswith(".googleapis.com")
    return at_google or (found.scheme, found.netloc) == urlsplit(asked)[:2]


def _piece(session: Session) -> int:
    wanted = int(session.config.get("upload_bytes", PIECE))
    return max(UNIT, wanted // UNIT * UNIT)
