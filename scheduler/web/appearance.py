"""What every page may ask for without a login: the icon in the browser's tab, and the choice of colours."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, redirect, request
from flask.typing import ResponseReturnValue

from scheduler.web.context import ctx

THEMES = ("light", "dark", "system")
YEAR_SECONDS = 31_536_000
DAY_SECONDS = 86_400

bp = Blueprint("appearance", __name__)

_ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#4f46e5"/>
<g fill="none" stroke="#fff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round">
<ellipse cx="16" cy="12.5" rx="9" ry="3.6"/><path d="M7 12.5v8c0 2 4 3.6 9 3.6s9-1.6 9-3.6v-8"/>
<path d="M9 4.5l5 5M23 4.5l-5 5"/></g></svg>"""


def register_appearance(app: Flask) -> None:
    """Serve the icon and the choice of colours."""
    app.register_blueprint(bp)


@bp.get("/icon.svg")
def icon() -> Response:
    """Send the icon of the admin; the public site has its own."""
    response = Response(_ICON, content_type="image/svg+xml")
    response.cache_control.public = True
    response.cache_control.max_age = DAY_SECONDS
    return response


@bp.post("/theme")
def theme() -> ResponseReturnValue:
    """Keep the choice in a cookie and go back to where it was made (without JavaScript; with it, nothing reloads)."""
    response = redirect(_where_from())
    wanted = request.form.get("theme", "")
    if wanted in THEMES:
        secure = ctx().settings.base_url.startswith("https://")
        response.set_cookie("theme", wanted, max_age=YEAR_SECONDS, samesite="Lax", secure=secure)
    return response


def _where_from() -> str:
    parts = urlsplit(request.referrer or "")
    own = parts.netloc == request.host and parts.path.startswith("/admin")
    return parts.path + (f"?{parts.query}" if parts.query else "") if own else "/admin/"
