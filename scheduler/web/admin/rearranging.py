"""What will move when the zone or the posting times change: shown first, done only as it was shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from scheduler.domain.problem import Conflict, Invalid, refuse
from scheduler.domain.rearranging import Choice, Own, Queued
from scheduler.services.operations import configuration
from scheduler.services.operations.configuration import CALENDAR
from scheduler.services.planning import closing_days, rearranging
from scheduler.services.planning.closing_days import Affected
from scheduler.services.planning.rearranging import Preview, Proposal, Stale
from scheduler.services.planning.rearranging_page import page_of
from scheduler.web.admin import closing_form
from scheduler.web.context import ctx

# Below /admin/settings: only owners change what stands in config/.
bp = Blueprint("rearranging", __name__, url_prefix="/admin/settings/rearranging")

_KEY = re.compile(r"zone|default\.[a-z_]+|accounts\.[A-Za-z0-9_-]+\.[a-z_]+")
OUT_OF_DATE = "This page is out of date. Nothing was changed: make your changes again."


@bp.get("/")
def outside() -> ResponseReturnValue:
    """Show the queued posts that stand outside of the slots, after calendar.toml was changed by hand say."""
    found = rearranging.preview(ctx(), Proposal({}, configuration.seen(ctx(), CALENDAR)), Choice())
    return _page(found, url_for("calendar.show"), 200)


@bp.post("/")
def change() -> ResponseReturnValue:
    """Make the change that was shown; with another choice, or when something changed meanwhile, show it again."""
    back = _back(request.form.get("back", ""))
    try:
        proposal, choice = _proposal(), _choice()
        if request.form.get("do") != "apply" or _chose_otherwise(choice):
            return _page(rearranging.preview(ctx(), proposal, choice), back, 200)
        return _applied(proposal, choice, request.form.get("shown", ""), back)
    except (Invalid, Conflict) as error:
        flash(f"{error} Nothing was changed.", "bad")
        return redirect(back)


def save_or_show(changes: Mapping[str, object], seen: str, back: str) -> ResponseReturnValue:
    """Save changes of the calendar and go `back`; when they could move what waits, show that first.

    Raises `Invalid` by key of calendar.toml, `Conflict` when the file is no longer what `seen` names.
    """
    found = rearranging.preview(ctx(), Proposal(changes, seen), Choice())
    if rearranging.touches(ctx(), found):
        return _page(found, back, 200)
    return _applied(found.proposal, found.choice, found.shown, back)


def closing_by(changes: Mapping[str, object], seen: str) -> list[Affected]:
    """Return the posts whose day the changes make a blackout day. Raises as `save_or_show`."""
    return closing_days.affected(ctx(), rearranging.preview(ctx(), Proposal(changes, seen), Choice()).after)


def _applied(proposal: Proposal, choice: Choice, shown: str, back: str) -> ResponseReturnValue:
    closing = closing_by(proposal.changes, proposal.seen)
    try:
        plan = rearranging.apply(ctx(), proposal, choice, shown, current_user.user.name)
    except Stale as stale:
        flash(str(stale), "warn")
        return _page(stale.preview, back, 409)
    flash(_done(plan), "ok")
    if not closing_form.undecided(closing):
        # After saving: should this be cut short, the gate holds them on their day. What moved just now is left alone.
        closing_form.carry_out(closing)
    return redirect(back)


def _page(found: Preview, back: str, status: int) -> ResponseReturnValue:
    page, changes = page_of(ctx(), found), json.dumps(dict(found.proposal.changes))
    return render_template("admin/outlook/rearranging.html", found=found, page=page, changes=changes, back=back), status


def _proposal() -> Proposal:
    try:
        changes = json.loads(request.form.get("changes", ""))
    except ValueError:
        raise refuse("", OUT_OF_DATE) from None
    if not isinstance(changes, dict) or not all(_KEY.fullmatch(key) for key in changes):
        raise refuse("", OUT_OF_DATE)
    return Proposal(changes, request.form.get("seen", ""))


def _choice() -> Choice:
    queued, own = request.form.get("queued", Queued.MOVE), request.form.get("own", Own.MOMENT)
    if queued not in set(Queued) or own not in set(Own):
        raise refuse("", OUT_OF_DATE)
    return Choice(Queued(queued), Own(own))


def _chose_otherwise(choice: Choice) -> bool:
    """Return whether the choice is another one than the list on the page was made for, and say so."""
    shown_for = request.form.get("shown_for", "")
    otherwise = shown_for != f"{choice.queued} {choice.own}"
    if otherwise and shown_for:
        flash("Below is what your choice means. Nothing was saved or moved yet: look at it, then save.", "info")
    return otherwise


def _back(path: str) -> str:
    """Return where the page came from; anything but one of our own addresses is the calendar's settings."""
    return path if re.fullmatch(r"/admin/[A-Za-z0-9/_-]*", path) else url_for("settings.calendar")


def _done(plan: Preview) -> str:
    moved = len(plan.moves)
    saved = "Saved. " if plan.proposal.changes else ""
    if moved:
        return f"{saved}{moved} {'post' if moved == 1 else 'posts'} moved."
    return f"{saved}{'No post moved.' if plan.concerned else ''}".strip()
