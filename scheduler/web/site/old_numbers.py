"""/?p=12 and /?page_id=12: how WordPress's short links name an article. Every other query shows the home page."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from scheduler.services.moving.old_numbers import path_of_number
from scheduler.web.context import ctx

bp = Blueprint("old_numbers", __name__)


@bp.before_app_request
def lead_on() -> ResponseReturnValue | None:
    """Lead on from an article's old number."""
    if request.path != "/" or not request.query_string or request.method not in ("GET", "HEAD"):
        return None
    number = request.args.get("p") or request.args.get("page_id") or ""
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        return None
    path = path_of_number(ctx(), number)
    return redirect(path, 301) if path else None
