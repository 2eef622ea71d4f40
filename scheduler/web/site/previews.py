"""The public side of a preview link: the article as it is now, for whoever holds the link, and for no cache."""

from __future__ import annotations

from flask import Blueprint, Response, request

from scheduler.services.editorial.previews import previewed
from scheduler.services.site.pages import article_page
from scheduler.web.context import ctx
from scheduler.web.security import limiter
from scheduler.web.site.pages import with_films

bp = Blueprint("previews", __name__)


@bp.get("/preview/<token>")
@limiter.limit("60 per minute")
def show(token: str) -> Response:
    """Show the article that a token opens; 404 for every other token."""
    page = article_page(ctx(), previewed(ctx(), token), preview=True)
    return with_films(page, preview=True)


@bp.after_app_request
def keep_private(response: Response) -> Response:
    """Mark everything below /preview/ as not to be kept, listed or named to other sites; refusals too."""
    if request.path.startswith("/preview/"):
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.pop("ETag", None)
    return response
