"""The first page after login: what goes out next, what needs a person, and the checklist of a new site."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

bp = Blueprint("home", __name__, url_prefix="/admin")


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show the home page."""
    return render_template("admin/home.html")
