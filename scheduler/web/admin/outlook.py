"""The outlook: what goes out in the next 90 days, what would after a change, and what new zone rules moved."""

from __future__ import annotations

import json
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField

from scheduler.domain.problem import Invalid
from scheduler.services.planning import calendar_view, outlook_page, rederiving, what_if
from scheduler.services.planning.comparing import compared
from scheduler.services.planning.outlook import outlook, read_stock
from scheduler.services.planning.outlook_page import PILLS
from scheduler.services.planning.what_if import FIELDS, Typed
from scheduler.web.admin.settings import zone_choices
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems, whole

bp = Blueprint("outlook", __name__, url_prefix="/admin/outlook")


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show the weeks, and the posts of one of them."""
    account_id = request.args.get("account", type=whole)
    found = outlook(read_stock(ctx()))
    page = outlook_page.page_of(ctx(), found, _date(request.args.get("week", "")), account_id)
    accounts = found.stock.accounts
    return render_template("admin/outlook/index.html", page=page, accounts=accounts, account_id=account_id, pills=PILLS)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@bp.get("/what-if")
def try_out() -> ResponseReturnValue:
    """Show now beside then for the change that the form holds; nothing is applied."""
    typed = Typed(**{name: request.args.get(name, "").strip() for name in FIELDS})
    form = _form(typed)
    try:
        trial = what_if.try_out(ctx(), typed)
    except Invalid as error:
        show_problems(form, error)
        return render_template("admin/outlook/what_if.html", form=form, trial=None), 422
    changes, found = json.dumps(dict(trial.changes)), compared(ctx(), trial)
    return render_template("admin/outlook/what_if.html", form=form, trial=trial, found=found, changes=changes)


class TryForm(FlaskForm):  # type: ignore[misc]
    """A change to try out. It only looks, so it is sent as an address and needs no token."""

    class Meta:
        """Switch the token off."""

        csrf = False

    zone = SelectField("Time zone", validate_choice=False)
    target = SelectField("Posting times of", validate_choice=False)
    shown_target = HiddenField()
    slots = TextAreaField("Posting times", render_kw={"rows": 5, "spellcheck": "false"})
    pause = SelectField("Pause an account", validate_choice=False)
    pause_until = StringField("Paused until", render_kw={"type": "datetime-local"})
    everything_until = StringField("Pause everything until", render_kw={"type": "datetime-local"})
    blackout = StringField(
        "Days without posts",
        description="Like 2026-12-25, or 2026-12-24..2026-12-26 for several.",
        render_kw={"autocomplete": "off"},
    )


def _form(typed: Typed) -> TryForm:
    """Return the form as it was typed; for another account than the one it showed, with that one's slots."""
    known = [(each.key, f"{each.name} ({each.handle})") for each in calendar_view.known_accounts(ctx())]
    slots = [str(slot) for slot in what_if.shown_rules(ctx(), typed.target).slots]
    kept = typed.slots if typed.slots and typed.shown_target == typed.target else "\n".join(slots)
    values = {name: getattr(typed, name) for name in FIELDS} | {"slots": kept, "shown_target": typed.target}
    form = TryForm(formdata=None, data=values | {"zone": typed.zone or ctx().settings.calendar.zone})
    form.zone.choices = zone_choices(form.zone.data, ctx().clock.now_ms())
    form.target.choices = [("", "every account without times of its own"), *known]
    form.pause.choices = [("", "none"), *known]
    return form


@bp.get("/moved")
def moved() -> ResponseReturnValue:
    """List what moved because the rules of a time zone changed."""
    return render_template("admin/outlook/moved.html", runs=rederiving.runs(ctx()), instants=rederiving.instants)


@bp.post("/moved/seen")
def seen() -> ResponseReturnValue:
    """Close the notice about what moved."""
    rederiving.seen(ctx())
    flash("Noted.", "ok")
    return redirect(url_for("outlook.moved"))
