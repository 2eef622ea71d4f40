"""The server side of resumable uploads: the tus protocol 1.0.0 (tus.io), with creation and termination.

When all bytes are here, the browser asks to `finish`: only then the file is looked at and taken into the library.
"""

from __future__ import annotations

import base64
import binascii

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.problem import Conflict, Invalid, NotFound
from scheduler.media.filetypes import VIDEO_BYTES
from scheduler.services.library import uploads
from scheduler.services.library.pictures import picture
from scheduler.web.context import ctx

bp = Blueprint("uploads", __name__, url_prefix="/admin/uploads")

VERSION = "1.0.0"
PIECE_BYTES = 8 * 1024 * 1024
"""Largest body of one PATCH; our own pages send 5 MB."""


@bp.url_value_preprocessor
def _allow_pieces(_endpoint: str | None, _values: dict[str, str] | None) -> None:
    # This runs before the CSRF check, which already looks at the body.
    if current_user.is_authenticated:
        request.max_content_length = PIECE_BYTES


@bp.before_request
def _check_version() -> ResponseReturnValue | None:
    speaks_tus = request.method in ("HEAD", "PATCH", "DELETE") or request.endpoint == "uploads.create"
    if speaks_tus and request.headers.get("Tus-Resumable") != VERSION:
        return "", 412, {"Tus-Version": VERSION}
    return None


@bp.after_request
def _say_version(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    return response


@bp.route("/", methods=["OPTIONS"], provide_automatic_options=False)
def options() -> ResponseReturnValue:
    """Say what this server can do."""
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,termination",
        "Tus-Max-Size": str(VIDEO_BYTES),
    }
    return "", 204, headers


@bp.post("/")
def create() -> ResponseReturnValue:
    """Announce an upload."""
    length = request.headers.get("Upload-Length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 16):
        return "The Upload-Length header must hold the size of the file in bytes.", 400
    try:
        upload = uploads.begin(ctx(), _owner(), _filename(), int(length))
    except Invalid as error:
        return error.problems[0].message, 413, {"Content-Type": "text/plain; charset=utf-8"}
    return "", 201, {"Location": url_for("uploads.offset", upload_id=upload.id)}


@bp.route("/<upload_id>", methods=["HEAD"])
def offset(upload_id: str) -> ResponseReturnValue:
    """Say how far an upload has come."""
    upload = _upload(upload_id)
    return "", 200, {"Upload-Offset": str(uploads.offset_of(ctx(), upload)), "Upload-Length": str(upload.length)}


@bp.patch("/<upload_id>")
def append(upload_id: str) -> ResponseReturnValue:
    """Take the next piece."""
    if request.mimetype != "application/offset+octet-stream":
        return "", 415
    start = request.headers.get("Upload-Offset", "")
    if not (start.isascii() and start.isdigit()):
        return "The Upload-Offset header must hold a number of bytes.", 400
    try:
        here = uploads.append(ctx(), _upload(upload_id), int(start), request.stream)
    except uploads.Busy:
        return "", 423
    except Conflict:
        return "", 409
    except Invalid as error:
        return error.problems[0].message, 413
    return "", 204, {"Upload-Offset": str(here)}


@bp.delete("/<upload_id>")
def cancel(upload_id: str) -> ResponseReturnValue:
    """Forget an upload."""
    uploads.cancel(ctx(), _upload(upload_id))
    return "", 204


@bp.post("/<upload_id>/finish")
def finish(upload_id: str) -> ResponseReturnValue:
    """Take the uploaded file into the library and answer with its entry in the list of what was uploaded."""
    upload = _upload(upload_id)
    try:
        added = uploads.finish(ctx(), upload)
    except Invalid as error:
        return render_template("admin/media/refused.html", filename=upload.filename, problems=error.problems), 422
    shown = picture(ctx(), added.asset.id)
    return render_template("admin/media/added.html", picture=shown, notes=added.notes, problems=())


def _owner() -> int:
    return int(current_user.user.id)


def _upload(upload_id: str) -> uploads.Upload:
    try:
        return uploads.get(ctx(), _owner(), upload_id)
    except NotFound as error:
        abort(404, str(error))


def _filename() -> str:
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode("utf-8", "replace")
            except binascii.Error:
                return ""
    return ""
