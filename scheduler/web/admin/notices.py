"""The notices in the app: what is new, what was seen and still lasts, and what is over."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from scheduler.services.operations import notices
from scheduler.services.operations.channels import channels, half_set_up
from scheduler.web.context import ctx

bp = Blueprint("notices", __name__, url_prefix="/admin/notices")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the notices, and who else is told."""
    return render_template(
        "admin/notices/index.html",
        listing=notices.listing(ctx()),
        ways=channels(ctx()),
        half_set_up=half_set_up(ctx()),
    )


@bp.post("/<int:notice_id>/read")
def read(notice_id: int) -> ResponseReturnValue:
    """Note that somebody has seen a notice."""
    notices.mark_read(ctx(), notice_id)
    return redirect(url_for("notices.index"))


@bp.post("/read")
def read_all() -> ResponseReturnValue:
    """Note that somebody has seen all of them."""
    count = notices.mark_read(ctx(), None)
    flash(f"{count} {'notice is' if count == 1 else 'notices are'} marked as read.", "ok")
    return redirect(url_for("notices.index"))
