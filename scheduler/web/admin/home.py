"""The first page after login: what goes out next, what needs a person, and the checklist of a new site."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from scheduler.services.operations.first_steps import first_steps
from scheduler.services.operations.home import overview
from scheduler.web.context import ctx

bp = Blueprint("home", __name__, url_prefix="/admin")


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show the home page."""
    return render_template("admin/home.html", steps=first_steps(ctx()), overview=overview(ctx()))
