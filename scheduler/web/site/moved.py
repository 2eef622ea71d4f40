"""Old addresses: they lead on only where no page answers; what leads nowhere is counted, and shown to the marketer."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoSuchAddress

from scheduler.domain.redirects import GONE, location
from scheduler.services.site import moved as service
from scheduler.web.context import OWN, ctx

bp = Blueprint("moved", __name__)


@bp.before_app_request
def follow_old_address() -> ResponseReturnValue | None:
    """Lead on from an address that no route knows."""
    return moved() if isinstance(request.routing_exception, NoSuchAddress) else None


@bp.after_app_request
def lead_on_or_count(response: Response) -> Response:
    """Lead on from an address whose page is not there, or count it."""
    if response.status_code != 404 or request.method not in ("GET", "HEAD"):
        return response
    found = None if g.get(_ASKED) else _answer()
    if found is None:
        if _is_a_visitor():
            service.miss(ctx(), request.path)
    elif found.status == GONE:
        response.status_code = GONE
    else:
        return _led(found)
    return response


def moved() -> ResponseReturnValue | None:
    """Return the way on from the address of this request, or None when there is none."""
    if request.method not in ("GET", "HEAD"):
        return None
    found = _answer()
    if found is None:
        return None
    if found.status == GONE:
        abort(GONE, "This page was taken off the site for good.")
    return _led(found)


_ASKED = "asked_where_it_moved"


def _answer() -> service.Answer | None:
    g.setdefault(_ASKED, True)
    found = service.answer(ctx(), request.path)
    if found and _is_a_visitor():
        service.follow(ctx(), request.path)
    return found


def _is_a_visitor() -> bool:
    """Return whether somebody asks from outside; we ask ourselves for pages to keep them ready."""
    return OWN not in request.environ


def _led(found: service.Answer) -> Response:
    target = found.target
    query = request.query_string.decode("ascii", "ignore")
    if query and "?" not in target and "#" not in target:
        target += f"?{query}"
    response = redirect(location(target), found.status)
    assert isinstance(response, Response)
    return response
