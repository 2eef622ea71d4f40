"""The short address that rides in a teaser: it counts a click and leads to the article."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from scheduler.domain.problem import NotFound
from scheduler.services.delivery import links
from scheduler.web.context import ctx

bp = Blueprint("short_links", __name__)


@bp.get("/x/<code>")
def follow(code: str) -> ResponseReturnValue:
    """Lead to the link of a delivery. The answer is kept nowhere, so that every click is counted."""
    target = links.follow(ctx(), code)
    if not target:
        raise NotFound("This short address leads nowhere.")
    response = redirect(target, 302)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
