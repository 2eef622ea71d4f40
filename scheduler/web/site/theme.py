"""The style sheet of the theme and the icons of the site."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, request

from scheduler.services.site import icons, theme
from scheduler.theme_rules import Theme
from scheduler.web.assets import YEAR_SECONDS, asset, built_file
from scheduler.web.context import ctx
from scheduler.web.public import public

bp = Blueprint("theme", __name__)

PRELOADED = {
    "figtree": "figtree-latin-wght-normal.woff2",
    "inter": "inter-latin-wght-normal.woff2",
    "nunito": "nunito-latin-wght-normal.woff2",
    "lora": "figtree-latin-wght-normal.woff2",
}


def style_path() -> str:
    """Return the path of the style sheet of every page of the site."""
    return _path(ctx().settings.site.theme, request.script_root)


def _path(chosen: Theme, root: str) -> str:
    return f"/theme/{_digest(_sheet(chosen, root))}.css"


def font_path() -> str:
    """Return the path of the font that nearly every page needs, for the browser to ask for it at once; "" for none."""
    font = ctx().settings.site.theme.font
    name = PRELOADED.get(font, "")
    return asset(name) if name else ""


@bp.get("/theme/<name>.css")
@public(paths=lambda context: [_path(context.settings.site.theme, "")])
def style(name: str) -> Response:
    """Send the present style sheet. One whose name has changed may be kept for ever."""
    sheet = _sheet(ctx().settings.site.theme, request.script_root)
    response = Response(sheet, content_type="text/css; charset=utf-8")
    kept = f"public, max-age={YEAR_SECONDS}, immutable" if name == _digest(sheet) else "no-store"
    response.headers["Cache-Control"] = kept  # an older page gets today's look, and asks again
    return response


def _sheet(chosen: Theme, root: str) -> str:
    return _joined(chosen, root, built_file("site.css"))


@lru_cache(maxsize=8)
def _joined(chosen: Theme, root: str, site: Path) -> str:
    """Return the site's own style sheet, the font of the theme, and what the theme changes: one file, one request."""
    fonts = ""
    if chosen.font != "system":
        fonts = built_file(f"site-fonts-{chosen.font}.css").read_text("utf-8")
    return site.read_text("utf-8") + fonts.replace('url("./', f'url("{root}/static/') + theme.tokens(chosen)


def _digest(sheet: str) -> str:
    return hashlib.sha256(sheet.encode()).hexdigest()[:16]


@bp.get("/favicon.svg")
@public()
def mark() -> Response:
    """Send the first letter of the site's name for a browser's tab, in any size."""
    site = ctx().settings.site
    return Response(icons.mark(site.theme, icons.initial(site.name)), content_type="image/svg+xml")


@bp.get("/favicon.ico", defaults={"name": "favicon.ico"})
@bp.get("/favicon-32.png", defaults={"name": "favicon-32.png"})
@bp.get("/apple-touch-icon.png", defaults={"name": "apple-touch-icon.png"})
@bp.get("/icon-512.png", defaults={"name": "icon-512.png"})
@public(paths=lambda _context: [f"/{name}" for name in icons.SIZES])
def icon(name: str) -> Response:
    """Send an icon of the logo, or the letter for those who want no SVG."""
    return Response(icons.icon(ctx(), name), content_type="image/png" if name.endswith(".png") else "image/x-icon")
