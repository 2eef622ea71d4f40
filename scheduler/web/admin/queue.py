"""The queue: what waits, what needs a person, what went out, by day."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.delivery import State
from scheduler.domain.problem import Conflict, Invalid
from scheduler.services.planning import away
from scheduler.services.planning.overview import OVERDUE, TABS, queue_page
from scheduler.services.planning.shuffling import last_shuffle
from scheduler.web.context import ctx
from scheduler.web.forms import whole

bp = Blueprint("queue", __name__, url_prefix="/admin/queue")


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show one tab of the queue."""
    state = _state(request.args.get("state", ""))
    tab = request.args.get("show", "") or next((name for name, group in TABS.items() if state in group), "waiting")
    if tab not in {*TABS, OVERDUE}:
        return redirect(url_for("queue.show"))
    account_id = request.args.get("account", type=whole)
    shuffled = last_shuffle(ctx(), account_id) if account_id is not None else None
    page = queue_page(ctx(), tab, account_id, state)
    return render_template("admin/queue/index.html", queue=page, shuffled=shuffled)


def _state(word: str) -> State | None:
    return State(word) if word in set(State) else None


@bp.get("/away")
def show_away() -> ResponseReturnValue:
    """Show what was not sent in time: what waits for a decision, and what catches up by itself."""
    return render_template("admin/queue/away.html", away=away.away(ctx()))


@bp.post("/away")
def settle_away() -> ResponseReturnValue:
    """Do one thing with one late post, or with everything that missed its time."""
    choice = request.form.get("do", "")
    if choice not in away.CHOICES:
        flash("Choose what should happen with the late posts.", "bad")
        return redirect(url_for("queue.show_away"))
    done, problems = 0, dict[str, None]()
    for delivery_id, version in _chosen():
        try:
            away.settle(ctx(), choice, delivery_id, version, current_user.user.name)
            done += 1
        except (Conflict, Invalid) as error:
            problems[str(error)] = None
    if done:
        flash(f"{away.CHOICES[choice]}: {done} {'post' if done == 1 else 'posts'}.", "ok")
    for problem in problems:
        flash(problem, "bad")
    return redirect(url_for("queue.show_away") if away.away(ctx()).missed_in_all else url_for("queue.show"))


def _chosen() -> list[tuple[int, int]]:
    """Return id and version of the posts that the button speaks of, as the person saw them."""
    pairs = (each.partition(":") for each in request.form.getlist("post"))
    return [(int(first), int(second)) for first, _, second in pairs if first.isdigit() and second.isdigit()]
