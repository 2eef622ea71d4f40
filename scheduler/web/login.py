"""Logging in and out, and the set-up link that creates the owner."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField

from scheduler.domain.problem import Invalid
from scheduler.services.operations import users as people
from scheduler.storage.users import User
from scheduler.web.context import ctx
from scheduler.web.forms import show_problems
from scheduler.web.security import limiter

bp = Blueprint("login", __name__)

SINCE = "since"
"""The member of a session that holds the instant of its login (UTC ms)."""
LONGEST_MS = 60 * 86_400_000
"""How long a session lasts at most, however much it is used; unused ones end after `SESSION_DAYS`."""


class Person(UserMixin):  # type: ignore[misc]
    """A logged-in user, as Flask-Login wants one."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """Return what the session carries: the user and the epoch that ends old sessions."""
        return f"{self.user.id}.{self.user.session_epoch}"


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Who are you?"""

    email = EmailField("E-mail")
    password = PasswordField("Password")


class OwnerForm(FlaskForm):  # type: ignore[misc]
    """The first person, who owns this site."""

    name = StringField(
        "Your name", description="For this admin; visitors see the author that you choose for each article."
    )
    email = EmailField("E-mail", description="You log in with it.")
    password = PasswordField("Password", description=f"At least {people.PASSWORD_LENGTH} characters.")


@bp.get("/setup/<token>")
def setup(token: str) -> ResponseReturnValue:
    """Show the form that creates the owner, once."""
    if not people.setup_link_works(ctx(), token):
        return render_template("admin/setup_gone.html"), 404
    return render_template("admin/setup.html", form=OwnerForm())


@bp.post("/setup/<token>")
@limiter.limit("20/minute")
def create_owner(token: str) -> ResponseReturnValue:
    """Create the owner and log in."""
    form = OwnerForm()
    try:
        user = people.create_owner(
            ctx(),
            token,
            email=form.email.data or "",
            name=form.name.data or "",
            password=form.password.data or "",
        )
    except Invalid as error:
        show_problems(form, error)
        return render_template("admin/setup.html", form=form), 422
    _begin_session(user)
    return redirect(url_for("home.show"))


@bp.get("/admin/login")
def show_login() -> ResponseReturnValue:
    """Show the login form."""
    return render_template("admin/login.html", form=LoginForm())


@bp.post("/admin/login")
@limiter.limit("30/minute")
@limiter.limit("8/minute", key_func=lambda: (request.form.get("email") or "").strip().lower())
def log_in() -> ResponseReturnValue:
    """Log in, or say that address or password is wrong without saying which."""
    form = LoginForm()
    user = people.log_in(ctx(), form.email.data or "", form.password.data or "")
    if user is None:
        form.password.errors = ["This address and password do not belong together. Try again."]
        return render_template("admin/login.html", form=form), 422
    _begin_session(user)
    return redirect(_own_path(request.args.get("next", "")) or url_for("home.show"))


@bp.post("/admin/logout")
def log_out() -> ResponseReturnValue:
    """End this session."""
    logout_user()
    session.clear()
    flash("You are logged out.", "ok")
    return redirect(url_for("login.show_login"))


def _begin_session(user: User) -> None:
    session.clear()
    session.permanent = True
    session[SINCE] = ctx().clock.now_ms()
    login_user(Person(user))


def _own_path(target: str) -> str:
    parts = urlsplit(target)
    own = target.startswith("/admin") and not parts.netloc and not parts.scheme and "\\" not in target
    return target if own else ""


def configure_login(app: Flask) -> None:
    """Install the login manager and its pages."""
    manager = LoginManager(app)
    manager.login_view = "login.show_login"
    manager.login_message = ""
    manager.session_protection = None

    def _load(session_id: str) -> Person | None:
        fresh = ctx().clock.now_ms() - session.get(SINCE, 0) < LONGEST_MS
        user = people.user_for_session(ctx(), session_id) if fresh else None
        return Person(user) if user else None

    def _to_login() -> ResponseReturnValue:
        if request.headers.get("HX-Request"):
            return "", 401, {"HX-Redirect": url_for("login.show_login")}
        if request.method != "GET":
            abort(401)
        return redirect(url_for("login.show_login", next=request.full_path.rstrip("?")))

    manager.user_loader(_load)
    manager.unauthorized_handler(_to_login)
    app.register_blueprint(bp)
