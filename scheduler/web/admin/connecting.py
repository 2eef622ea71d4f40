"""Connecting an account: choose a platform, register our application where it asks for one, sign in, choose."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from scheduler.domain.account import Account
from scheduler.domain.problem import Invalid, NotFound
from scheduler.platforms.base import AppSetup, CredentialField, Platform, Way
from scheduler.platforms.registry import all_platforms, platform
from scheduler.services.accounts import apps, practice, sign_in
from scheduler.services.accounts import connect as connecting
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems

bp = Blueprint("connecting", __name__, url_prefix="/admin/accounts")


@bp.get("/connect")
def choose() -> ResponseReturnValue:
    """Offer the platforms, the practice networks first."""
    return render_template("admin/accounts/choose.html", platforms=all_platforms())


@bp.get("/connect/<name>")
def show(name: str) -> ResponseReturnValue:
    """Show one way to connect, with the others beside it."""
    connector = platform(name)
    return _page(connector, _way(connector), 200)


@bp.post("/connect/<name>")
def connect(name: str) -> ResponseReturnValue:
    """Connect by a form, or begin to sign in at the platform."""
    connector = platform(name)
    way = _way(connector)
    form = _fields_form(way.fields)()
    typed = {field.name: form[field.name].data or "" for field in way.fields}
    try:
        if way.redirects:
            return _leave(connector, way, typed)
        account = connecting.connect(ctx(), name, typed)
    except Invalid as error:
        show_problems(form, error)
        return _page(connector, way, 422, form=form)
    if made := connecting.made_for(ctx(), account, typed):
        return render_template("admin/accounts/made.html", account=account, made=made)
    return _connected([account])


def _leave(connector: Platform, way: Way, typed: dict[str, str]) -> ResponseReturnValue:
    """Send the person to the platform. By a page and not by a redirect: our form may only lead to ourselves."""
    practising = "practice" in request.args
    again = request.args.get("account", 0, type=int)
    wish = sign_in.Wish(connector.name, way.name, current_user.user.id, practising, again)
    address = sign_in.begin(ctx(), wish, typed)
    return render_template("admin/accounts/leave.html", platform=connector, address=address)


@bp.post("/connect/<name>/app")
def save_app(name: str) -> ResponseReturnValue:
    """Keep what the owner registered at the platform; it is in force at once."""
    connector = platform(name)
    way = _way(connector)
    if way.app is None:
        raise NotFound(f"{connector.label} needs no application of ours.")
    form = _fields_form(way.app.fields)()
    try:
        apps.save(ctx(), way.app, {field.name: form[field.name].data or "" for field in way.app.fields})
    except Invalid as error:
        show_problems(form, error)
        return _page(connector, way, 422, app_form=form)
    flash(f"Saved. Now sign in at {connector.label}.", "ok")
    return redirect(url_for("connecting.show", name=name, **_kept_arguments()))


@bp.get("/connect/<name>/back")
def back(name: str) -> ResponseReturnValue:
    """Take a person back from the platform. What it put into the address is used once and not shown."""
    connector = platform(name)
    _require_owner()
    try:
        opened = sign_in.come_back(ctx(), name, request.args.to_dict(), current_user.user.id)
    except Invalid as error:
        sentences = [problem.message for problem in error.problems]
        return render_template("admin/accounts/not_connected.html", platform=connector, sentences=sentences), 422
    if len(opened.connections) == 1 and not opened.account_id:
        return _connected(sign_in.choose(ctx(), opened.key, [0], current_user.user.id))
    return redirect(url_for("connecting.show_choice", key=opened.key))


def _require_owner() -> None:
    """Refuse anybody else: coming back connects accounts, although a browser gets there by a mere link."""
    if current_user.user.role != "owner":
        abort(403, "Only the owner may connect accounts. Ask the owner of this site to do it.")


@bp.get("/choice/<key>")
def show_choice(key: str) -> ResponseReturnValue:
    """Show what a sign-in opened: pages, locations, boards, channels."""
    return _choice_page(sign_in.choice(ctx(), key, current_user.user.id), 200)


@bp.post("/choice/<key>")
def choice(key: str) -> ResponseReturnValue:
    """Connect what was chosen."""
    numbers = [int(number) for number in request.form.getlist("chosen") if number.isascii() and number.isdecimal()]
    try:
        return _connected(sign_in.choose(ctx(), key, numbers, current_user.user.id))
    except Invalid as error:
        sentences = [problem.message for problem in error.problems]
        return _choice_page(sign_in.choice(ctx(), key, current_user.user.id), 422, sentences)


def _choice_page(opened: sign_in.Choice, status: int, sentences: list[str] | None = None) -> ResponseReturnValue:
    return render_template("admin/accounts/opened.html", opened=opened, sentences=sentences or []), status


@bp.post("/practice/<name>")
def practise(name: str) -> ResponseReturnValue:
    """Make an account on a practice network and connect it."""
    return _connected([connecting.connect(ctx(), name, {practice.ADDRESS_FIELDS[0]: practice.WORD})])


def _connected(accounts: list[Account]) -> ResponseReturnValue:
    names = ", ".join(account.name for account in accounts)
    flash(f"{names} {'is' if len(accounts) == 1 else 'are'} connected.", "ok")
    if len(accounts) == 1:
        return redirect(url_for("accounts.show", account_id=accounts[0].id))
    return redirect(url_for("accounts.index"))


def _way(connector: Platform) -> Way:
    wanted = request.args.get("way", "")
    return sign_in.way_of(connector, wanted) if wanted else connector.ways[0]


def _page(
    connector: Platform, way: Way, status: int, *, form: FlaskForm | None = None, app_form: FlaskForm | None = None
) -> ResponseReturnValue:
    practising = "practice" in request.args and way.redirects
    page = render_template(
        "admin/accounts/connect.html",
        platform=connector,
        way=way,
        others=[other for other in connector.ways if other.name != way.name],
        form=form or _fields_form(way.fields)(formdata=None),
        app_form=app_form or (_app_form(way.app) if way.app and not practising else None),
        entered=practising or way.app is None or apps.is_entered(ctx(), way.app),
        practising=practising,
        redirect_uri=sign_in.redirect_uri(ctx(), connector.name, practising=practising),
        arguments=_kept_arguments(),
    )
    return page, status


def _kept_arguments() -> dict[str, Any]:
    """Return what the steps of the wizard hand on: the way, the account to connect again, whether it is practice."""
    return {name: request.args[name] for name in ("way", "account", "practice") if name in request.args}


def _app_form(setup: AppSetup) -> FlaskForm:
    """Return the form of our application with what was entered; secrets are never sent back to the browser."""
    stored = apps.stored(ctx(), setup.name)
    shown = {field.name: stored.get(field.name, "") for field in setup.fields if not field.secret}
    return _fields_form(setup.fields)(formdata=None, data=shown)


def _fields_form(fields: tuple[CredentialField, ...]) -> type[FlaskForm]:
    """Return a form with these fields; what is secret is never sent back to the browser."""
    return type("FieldsForm", (FlaskForm,), {field.name: _control(field) for field in fields})


def _control(field: CredentialField) -> StringField:
    kind = PasswordField if field.secret else StringField
    plain = {"placeholder": field.placeholder, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    return kind(field.label if field.required else f"{field.label} (optional)", description=field.hint, render_kw=plain)
