"""Accounts: which there are and how they are, how their sign-ins are, and the page of each."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import BooleanField

from scheduler.domain.problem import Conflict, Invalid, NotFound, Problem
from scheduler.services.accounts import health, overview, pausing, pictures
from scheduler.services.operations import configuration
from scheduler.services.operations.configuration import BLACKOUT, CALENDAR
from scheduler.services.planning.closing_days import Affected
from scheduler.web.admin import closing_form
from scheduler.web.admin.rearranging import closing_by, save_or_show
from scheduler.web.admin.settings import RulesForm, rules_values, show_stale, typed_rules
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems

bp = Blueprint("accounts", __name__, url_prefix="/admin/accounts")


@bp.get("/")
def index() -> ResponseReturnValue:
    """List the accounts."""
    return render_template("admin/accounts/index.html", views=overview.all_views(ctx()))


@bp.get("/sign-ins")
def sign_ins() -> ResponseReturnValue:
    """Show how every sign-in is: who, which rights, until when, last and next renewal."""
    return render_template("admin/accounts/sign_ins.html", rows=overview.sign_ins(ctx()))


@bp.get("/<int:account_id>")
def show(account_id: int) -> ResponseReturnValue:
    """Show one account."""
    view = overview.view(ctx(), account_id)
    return _account_page(view, _rules_form(view), 200)


@bp.post("/<int:account_id>/rules")
def save_rules(account_id: int) -> ResponseReturnValue:
    """Save the account's own posting times, or go back to those of the calendar; first show what would move."""
    view, form = overview.view(ctx(), account_id), AccountRulesForm()
    key, rules, seen = view.account.key, _own_rules(view, form), form.seen.data or ""
    try:
        changes = configuration.account_changes(ctx(), key, rules)
        closing = closing_by(changes, seen)
        if closing_form.undecided(closing):
            return _account_page(view, form, 200, closing)
        return save_or_show(changes, seen, url_for("accounts.show", account_id=account_id))
    except Invalid as error:
        show_problems(form, Invalid(_by_field(view.account.key, problem) for problem in error.problems))
        return _account_page(view, form, 422)
    except Conflict as error:
        view = overview.view(ctx(), account_id)
        show_stale(form, error, _shown_rules(view))
        form.seen.data = configuration.seen(ctx(), CALENDAR)
        return _account_page(view, form, 409)


def _own_rules(view: overview.AccountView, form: AccountRulesForm) -> dict[str, str] | None:
    """Return the account's own rules, None for those of the calendar. Changing what was shown means own ones."""
    typed, shown = typed_rules(form), _shown_rules(view)
    changed = any(typed[name].split() != shown[name].split() for name in shown)
    return typed if form.own.data or (changed and not view.has_own_rules) else None


class AccountRulesForm(RulesForm):
    """The posting rules of one account."""

    own = BooleanField("This account has posting times of its own")


def _rules_form(view: overview.AccountView) -> AccountRulesForm:
    form = AccountRulesForm(formdata=None, data={"own": view.has_own_rules, **_shown_rules(view)})
    form.seen.data = configuration.seen(ctx(), CALENDAR)
    return form


def _shown_rules(view: overview.AccountView) -> dict[str, str]:
    """Return the rules as the form shows them. Blackout days of all accounts are not repeated among its own."""
    shown = rules_values(view.rules)
    return shown if view.has_own_rules else shown | {BLACKOUT: ""}


def _by_field(key: str, problem: Problem) -> Problem:
    return Problem(problem.field.removeprefix(f"accounts.{key}."), problem.message)


def _account_page(
    view: overview.AccountView, form: AccountRulesForm, status: int, closing: list[Affected] | None = None
) -> ResponseReturnValue:
    limits = overview.limits(view.platform, view.account)
    cancelled = pausing.waiting(ctx(), view.account.id)
    page = render_template(
        "admin/accounts/show.html",
        view=view,
        form=form,
        limits=limits,
        cancelled=cancelled,
        options=overview.post_options(view),
        sign_in=overview.sign_in(view, ctx().clock.now_ms()),
        closing=closing or [],
        closing_seen=closing_form.seen(closing or []),
        default_blackout=ctx().settings.calendar.default.blackout,
    )
    return page, status


@bp.post("/<int:account_id>/options")
def save_options(account_id: int) -> ResponseReturnValue:
    """Keep the choices that a new post to this account begins with."""
    typed = {name.removeprefix("option-"): request.form.getlist(name)[-1] for name in request.form}
    try:
        health.save_post_options(ctx(), account_id, typed)
    except Invalid as error:
        flash(" ".join(problem.message for problem in error.problems), "bad")
    else:
        flash("Saved. New posts begin with these choices.", "ok")
    return redirect(url_for("accounts.show", account_id=account_id))


@bp.get("/<int:account_id>/picture")
def picture(account_id: int) -> ResponseReturnValue:
    """Send the account's picture."""
    return Response(pictures.picture(ctx(), account_id), content_type="image/webp")


@bp.post("/<int:account_id>/check")
def check(account_id: int) -> ResponseReturnValue:
    """Ask the platform now."""
    checked = health.check(ctx(), account_id)
    flash(checked.trouble or f"{checked.account.name} works.", "bad" if checked.trouble else "ok")
    if request.form.get("next") == "sign-ins":
        return redirect(url_for("accounts.sign_ins"))
    return redirect(url_for("accounts.show", account_id=account_id))


@bp.post("/<int:account_id>/pause")
def pause(account_id: int) -> ResponseReturnValue:
    """Hold everything of this account back."""
    account = pausing.pause(ctx(), account_id, request.form.get("reason", ""), current_user.user.name)
    flash(f"{account.name} is paused. Nothing goes out there until you resume.", "ok")
    return redirect(url_for("accounts.show", account_id=account_id))


@bp.post("/<int:account_id>/resume")
def resume(account_id: int) -> ResponseReturnValue:
    """Let it publish again."""
    account = pausing.resume(ctx(), account_id)
    flash(f"{account.name} publishes again.", "ok")
    return redirect(url_for("accounts.show", account_id=account_id))


@bp.get("/<int:account_id>/disconnect")
def ask_disconnect(account_id: int) -> ResponseReturnValue:
    """Ask whether to give the account up; for browsers in which the dialog does not open."""
    view = overview.view(ctx(), account_id)
    return render_template("admin/accounts/disconnect.html", view=view, cancelled=pausing.waiting(ctx(), account_id))


@bp.post("/<int:account_id>/disconnect")
def disconnect(account_id: int) -> ResponseReturnValue:
    """Give the account up, with as many waiting posts as the person was shown."""
    name = health.account(ctx(), account_id).name
    if request.form.get("queue") == "keep":
        pausing.sign_out(ctx(), account_id, current_user.user.name)
        flash(f"{name} is signed out. Its queue waits until you connect it again.", "ok")
        return redirect(url_for("accounts.show", account_id=account_id))
    pausing.disconnect(ctx(), account_id, _whole_number(request.form.get("waiting", "")), current_user.user.name)
    flash(f"{name} is disconnected, and its sign-in is deleted here.", "ok")
    return redirect(url_for("accounts.index"))


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise NotFound("This page is out of date. Open the account again.")
    return int(text)
