"""Settings, Backups: which there are, how the last try ended, and one made now."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.problem import Conflict
from scheduler.services.operations import backup
from scheduler.web.context import ctx

bp = Blueprint("backups", __name__, url_prefix="/admin/settings/backups")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the backups; the part that changes alone when htmx asks for it."""
    page = "list" if request.headers.get("HX-Request") else "index"
    values = {"found": backup.overview(ctx()), "rules": ctx().settings.backup, "folder": backup.folder_of(ctx())}
    return render_template(f"admin/backups/{page}.html", **values)


@bp.post("/")
def make() -> ResponseReturnValue:
    """Begin a backup; it is made while the page shows how far it is."""
    try:
        backup.start(ctx())
    except Conflict as error:
        flash(str(error), "warn")
    return redirect(url_for("backups.index"))
