"""The JSON API under /api/v1: the same services as the pages, for programs with a bearer token."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, request

from scheduler.web.api import accounts, articles, assets, deliveries, openapi, pause, teasers
from scheduler.web.api.auth import let_in
from scheduler.web.api.calls import present_call
from scheduler.web.api.idempotency import answer_again, keep_answer
from scheduler.web.security import csrf

RESOURCES = (articles.bp, assets.bp, accounts.bp, teasers.bp, deliveries.bp, pause.bp, openapi.bp)
LARGEST_ID = 2**31 - 1
JSON = "application/json"


def register_api(app: Flask) -> None:
    """Register every resource. No CSRF token is asked for, because no cookie opens anything here."""
    api = Blueprint("api", __name__, url_prefix=openapi.PREFIX)
    for step in (let_in, _check_accept, _check_ids, _allow_size, answer_again):
        api.before_request(step)
    api.after_request(keep_answer)
    api.after_request(_add_headers)
    for resource in RESOURCES:
        csrf.exempt(resource)
        api.register_blueprint(resource)
    app.register_blueprint(api)


def _check_accept() -> None:
    if request.accept_mimetypes and not request.accept_mimetypes.quality(JSON):
        abort(406, f"The answer is {JSON}, which this request does not accept.")


def _check_ids() -> None:
    """What no database column can hold is nobody's id."""
    for value in (request.view_args or {}).values():
        if value > LARGEST_ID if isinstance(value, int) else "\x00" in value:
            abort(404, "There is nothing with this id.")


def _allow_size() -> None:
    request.max_content_length = present_call().most_bytes


def _add_headers(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers["X-Robots-Tag"] = "noindex"
    response.vary.add("Authorization")
    return response
