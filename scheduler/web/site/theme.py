"""The style sheet of the theme and the icons of the site."""

from __future__ import annotations

from flask import Blueprint, Response

from scheduler.domain.problem import NotFound
from scheduler.services.context import Context
from scheduler.services.site import theme
from scheduler.web.assets import YEAR_SECONDS
from scheduler.web.context import ctx
from scheduler.web.public import public

bp = Blueprint("theme", __name__)


def _style_paths(context: Context) -> list[str]:
    return [theme.style_path(context.settings.site.theme)]


@bp.get("/theme/<name>.css")
@public(paths=_style_paths)
def style(name: str) -> Response:
    """Send the style sheet of the present theme; it may be kept for ever."""
    chosen = ctx().settings.site.theme
    if f"/theme/{name}.css" != theme.style_path(chosen):
        raise NotFound("There is no style sheet at this address.")
    response = Response(theme.style(chosen), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response


@bp.get("/favicon.svg")
@public()
def mark() -> Response:
    """Send the mark for a browser's tab."""
    return Response(theme.mark(ctx().settings.site.theme), content_type="image/svg+xml")


@bp.get("/favicon.ico", defaults={"name": "favicon.ico"})
@bp.get("/apple-touch-icon.png", defaults={"name": "apple-touch-icon.png"})
@public(paths=lambda _context: [f"/{name}" for name in theme.ICON_SIZES])
def icon(name: str) -> Response:
    """Send an icon for those who want no SVG."""
    site = ctx().settings.site
    data = theme.icon(site.theme, site.name[:1].upper() or "?", name)
    return Response(data, content_type="image/png" if name.endswith(".png") else "image/x-icon")
