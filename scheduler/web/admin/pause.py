"""The big red button and its page: what is in flight, what is late, and what resuming does."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.problem import Conflict, Invalid
from scheduler.services.operations import pause as pausing
from scheduler.services.planning.overview import rows_of
from scheduler.web.context import ctx

bp = Blueprint("pause", __name__, url_prefix="/admin/pause")


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show what a pause holds back and what it cannot, and ask for the reason of a new one."""
    return _page()


@bp.post("/")
def press() -> ResponseReturnValue:
    """Hold everything back."""
    reason = request.form.get("reason", "")
    try:
        pausing.pause(ctx(), reason, current_user.user.name)
    except Invalid as error:
        return _page(reason, " ".join(problem.message for problem in error.problems)), 422
    except Conflict as error:
        flash(str(error), "warn")
    return redirect(url_for("pause.show"))


@bp.post("/end")
def resume() -> ResponseReturnValue:
    """Let everything go again, and say what is late and what becomes of it."""
    try:
        backlog = pausing.resume(ctx(), current_user.user.name)
    except Conflict as error:
        flash(str(error), "warn")
        return redirect(url_for("queue.show"))
    flash(" ".join(["Drumbeat publishes again.", *(backlog.sentences or ("Nothing is late.",))]), "ok")
    return redirect(url_for("queue.show"))


def _page(reason: str = "", problem: str = "") -> str:
    found = pausing.standstill(ctx())
    with ctx().database.reading() as tx:
        rows = rows_of(ctx(), tx, found.in_flight)
    return render_template("admin/pause/show.html", page=found, rows=rows, reason=reason, problem=problem)
