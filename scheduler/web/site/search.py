"""Searching the public articles, and what helps a visitor whose address leads nowhere."""

from __future__ import annotations

import json

from flask import Blueprint, Response, make_response, render_template, request

from scheduler.services.site import search_list, searching
from scheduler.services.site.cards import Link
from scheduler.services.site.searching import SearchAway, SearchPage
from scheduler.web.context import OWN, ctx
from scheduler.web.public import public
from scheduler.web.security import limiter
from scheduler.web.site.page_number import page_number

bp = Blueprint("search", __name__)


@bp.get("/search/")
@limiter.limit("120/minute")
def show() -> Response:
    """Show the form, and one page of what was found."""
    typed = request.args.get("q", "")
    try:
        page, status = searching.search_page(ctx(), typed, page_number("These results have no such page.")), 200
    except SearchAway:
        page, status = SearchPage(typed.strip()[:200]), 503
    response = make_response(render_template("site/search.html", page=page, away=status == 503), status)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get(search_list.PATH)
@public()
def everything() -> Response:
    """Send what a browser searches by itself on the host of a static export."""
    listed = json.dumps(search_list.search_list(ctx()), ensure_ascii=False, separators=(",", ":"))
    response = Response(listed.encode("utf-8", "replace"), content_type="application/json")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.app_context_processor
def helping() -> dict[str, object]:
    """Give the pages of errors what they need to suggest articles."""
    return {"lookalikes": _lookalikes, "categories_of_the_site": _categories}


def _lookalikes() -> list[Link]:
    if OWN in request.environ:  # a page that is asked for by ourselves, to be kept, is thrown away when it is not there
        return []
    return searching.lookalikes(ctx(), request.path)


def _categories() -> list[Link]:
    return searching.categories(ctx())
