"""The files of the library as visitors get them: renditions only, never an original.

Names hold a hash of the content, so a file may be kept for ever. The type comes from our table, not from the file.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, send_file

from scheduler.services.library import public_media
from scheduler.services.library.pictures import published_file
from scheduler.web.context import ctx

bp = Blueprint("media_files", __name__)

YEAR_SECONDS = 31_536_000
TYPES = {
    "image/jpeg": "image/jpeg",
    "image/png": "image/png",
    "image/webp": "image/webp",
    "video/mp4": "video/mp4",
    "video/webm": "video/webm",
    "text/vtt": "text/vtt",
}
"""What is served as what; anything else is not served."""


@bp.get("/platform-media/<name>")
def show_to_platform(name: str) -> Response:
    """Send a file to the platform that was given its signed address; nobody else knows it."""
    found = public_media.opened(ctx(), name)
    if found is None or found[1] not in TYPES:
        abort(404)
    try:
        path = ctx().blobs.path(found[0])
    except (FileNotFoundError, ValueError):
        abort(404)
    response = send_file(path, TYPES[found[1]], conditional=True, max_age=0)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/media/<asset_id>/<name>")
def show(asset_id: str, name: str) -> Response:
    """Send one rendition; videos also in parts."""
    rendition = published_file(ctx(), asset_id, name)
    if rendition is None or rendition.mime not in TYPES:
        abort(404)
    try:
        path = ctx().blobs.path(rendition.key)
    except FileNotFoundError:
        abort(404)
    response = send_file(path, TYPES[rendition.mime], conditional=True, max_age=YEAR_SECONDS)
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
