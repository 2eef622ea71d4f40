"""Articles, Export: everything as a zip, or as a file that WordPress takes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.clock import to_datetime
from scheduler.services.context import Context
from scheduler.services.moving.takeout import write_zip
from scheduler.services.moving.takeout_wxr import write_wxr
from scheduler.web.context import ctx

bp = Blueprint("exporting", __name__, url_prefix="/admin/articles/export")


@bp.get("")
def index() -> ResponseReturnValue:
    """Say what can be taken out."""
    return render_template("admin/articles/exporting.html", may_all=_is_owner(), count=len(ctx().articles.all()))


@bp.post("/everything.zip")
def everything() -> ResponseReturnValue:
    """Send articles, photos and settings as one zip. The settings are the owner's."""
    if not _is_owner():
        abort(403, "Only the owner may take out everything, settings included. Ask the owner of this site to do it.")
    return _sent(write_zip, "zip", "application/zip")


@bp.post("/wordpress.xml")
def wordpress() -> ResponseReturnValue:
    """Send the articles as WordPress's importer takes them."""
    return _sent(write_wxr, "xml", "application/xml")


def _is_owner() -> bool:
    return bool(current_user.user.role == "owner")


def _sent(write: Callable[[Context, Path], None], ending: str, mime: str) -> Response:
    context = ctx()
    day = to_datetime(context.clock.now_ms()).date().isoformat()
    # The name is gone at once, the bytes stay until they are sent: nothing is left behind, whatever happens.
    with tempfile.TemporaryDirectory(prefix="takeout-", dir=context.settings.data) as folder:
        path = Path(folder) / "file"
        write(context, path)
        return send_file(path.open("rb"), mimetype=mime, as_attachment=True, download_name=f"drumbeat-{day}.{ending}")
