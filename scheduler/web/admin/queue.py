"""The queue: what waits, what needs a person, what went out, by day."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.delivery import State
from scheduler.domain.problem import Conflict, Invalid
from scheduler.domain.teaser import When
from scheduler.services.delivery import decisions
from scheduler.services.planning import moving
from scheduler.services.planning.overview import TABS, queue_page
from scheduler.services.planning.shuffling import last_shuffle
from scheduler.web.context import ctx
from scheduler.web.forms import whole

bp = Blueprint("queue", __name__, url_prefix="/admin/queue")

SETTLED = {"send": "On the way now", "slot": "Moved to the next free slots", "drop": "Dropped"}
"""What the buttons of "While we were away" do, by their value, as it is said afterwards."""


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show one tab of the queue."""
    state = _state(request.args.get("state", ""))
    tab = request.args.get("show", "") or next((name for name, group in TABS.items() if state in group), "waiting")
    if tab not in TABS:
        return redirect(url_for("queue.show"))
    account_id = request.args.get("account", type=whole)
    shuffled = last_shuffle(ctx(), account_id) if account_id is not None else None
    page = queue_page(ctx(), tab, account_id, state)
    return render_template("admin/queue/index.html", queue=page, shuffled=shuffled)


def _state(word: str) -> State | None:
    return State(word) if word in set(State) else None


@bp.post("/missed")
def settle_missed() -> ResponseReturnValue:
    """Do the same with everything that missed its time: send it now, put it into the next slots, or drop it."""
    what = request.form.get("do", "")
    if what not in SETTLED:
        flash("Choose what should happen with the missed posts.", "bad")
        return redirect(url_for("queue.show", show="needs-you"))
    missed = queue_page(ctx(), "needs-you", None, State.MISSED).missed
    done, problems = 0, dict[str, None]()
    for row in missed:
        try:
            _settle(what, row.delivery.id, row.delivery.version)
            done += 1
        except (Conflict, Invalid) as error:
            problems[str(error)] = None
    if done:
        flash(f"{SETTLED[what]}: {done} missed {'post' if done == 1 else 'posts'}.", "ok")
    for problem in problems:
        flash(problem, "bad")
    return redirect(url_for("queue.show", show="needs-you"))


def _settle(what: str, delivery_id: int, version: int) -> None:
    if what == "send":
        decisions.retry(ctx(), delivery_id, _who())
    elif what == "slot":
        moving.move(ctx(), delivery_id, When(queue="next"), version, _who())
    else:
        decisions.cancel(ctx(), delivery_id, _who())


def _who() -> str:
    name: str = current_user.user.name
    return name
