"""The host that takes bytes: how it is told where they belong, and how it words a refusal.

The real headers are called `file_size` and `file_url`. Web servers drop names with an underscore before a program sees
them, so this host takes them with a hyphen too, and believes a body without a size to be the rest of the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, jsonify, request

from scheduler.practice.network import FetchMedia


@dataclass(eq=False)
class UploadRefused(Exception):
    """What the upload host refuses; its errors have a shape of their own."""

    kind: str
    message: str
    retriable: bool = False


@dataclass(frozen=True)
class Bytes:
    """A part of a file, whose whole is `size` bytes."""

    data: bytes
    size: int


def received(offset: int, fetch_media: FetchMedia) -> Bytes:
    """Return the bytes that were sent, or those behind `file_url`; `offset` many are here already."""
    url = request.headers.get("file-url", "")
    if url:
        fetched = fetch_media(url)
        if fetched is None:
            raise UploadRefused("ProcessingFailedError", "The file could not be fetched")
        return Bytes(fetched, len(fetched))
    given, size = request.headers.get("offset", ""), request.headers.get("file-size", "")
    if not given.isdecimal():
        raise UploadRefused("InvalidRequestError", "The headers offset and file_size are required")
    if int(given) != offset:
        raise UploadRefused("OffsetInvalidError", "Request starting offset is invalid")
    data = request.get_data()
    return Bytes(data, int(size) if size.isdecimal() else offset + len(data))


def upload_refused(refusal: UploadRefused) -> Response:
    """Return a refusal as the upload host words it."""
    said = {"retriable": refusal.retriable, "type": refusal.kind, "message": refusal.message}
    answer = jsonify(debug_info=said)
    answer.status_code = 400
    return answer
