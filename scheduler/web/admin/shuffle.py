"""Shuffling an account's queue: the new order is shown first, then applied, and can be undone."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.problem import Conflict, Invalid
from scheduler.services.accounts.health import account
from scheduler.services.planning import shuffling
from scheduler.services.planning.overview import rows_of
from scheduler.services.planning.shuffling import Standing
from scheduler.web.context import ctx

bp = Blueprint("shuffle", __name__, url_prefix="/admin/queue/shuffle")


@bp.get("/<int:account_id>")
def show(account_id: int) -> ResponseReturnValue:
    """Show a new order; a reload draws another one."""
    found = account(ctx(), account_id)
    try:
        proposal = shuffling.propose(ctx(), account_id)
    except Invalid as error:
        flash(" ".join(problem.message for problem in error.problems), "info")
        return redirect(url_for("queue.show", account=account_id))
    with ctx().database.reading() as tx:
        rows = rows_of(ctx(), tx, proposal.after)
    lines = list(zip(proposal.before, rows, strict=True))
    order = " ".join(f"{key}.{version}" for key, version in proposal.order)
    return render_template("admin/queue/shuffle.html", account=found, lines=lines, order=order)


@bp.post("/<int:account_id>")
def apply(account_id: int) -> ResponseReturnValue:
    """Carry out the order that was shown."""
    try:
        moved = shuffling.apply(ctx(), account_id, _order(request.form.get("order", "")), current_user.user.name)
    except Conflict as error:
        flash(str(error), "bad")
        return redirect(url_for("shuffle.show", account_id=account_id))
    flash(f"Shuffled: {moved} posts have another time now.", "ok")
    return redirect(url_for("queue.show", account=account_id))


@bp.post("/<int:account_id>/undo")
def undo(account_id: int) -> ResponseReturnValue:
    """Take the last shuffle back."""
    try:
        moved = shuffling.undo(ctx(), account_id, current_user.user.name)
    except Conflict as error:
        flash(str(error), "bad")
    else:
        flash(f"Undone: {moved} posts have their former times again.", "ok")
    return redirect(url_for("queue.show", account=account_id))


def _order(text: str) -> list[Standing]:
    """Return the order that a form names; what names nothing fits no queue."""
    pairs = [part.partition(".") for part in text.split()]
    return [(_number(key), _number(version)) for key, _, version in pairs]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1
