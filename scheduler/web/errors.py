"""What a person or a program sees when something goes wrong: a sentence, never a stack trace."""

from __future__ import annotations

import logging
import uuid

from flask import Flask, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from scheduler.domain.problem import Conflict, Invalid, NotFound, Problem

log = logging.getLogger(__name__)

TITLES = {
    400: "That request cannot be answered",
    401: "Please log in",
    403: "That is not allowed",
    404: "This page is not here",
    405: "That is not possible here",
    406: "This answer has another form than you accept",
    409: "Somebody else was faster",
    410: "This page is gone",
    412: "It was changed meanwhile",
    413: "That is too big",
    415: "That is the wrong kind of content",
    422: "Something needs a correction",
    428: "A header is missing",
    429: "Too many tries",
    500: "Something went wrong on our side",
}

KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
"""What an error says to programs, beside its page."""


def configure_errors(app: Flask) -> None:
    """Install the handlers."""
    app.register_error_handler(Invalid, lambda e: _answer(422, "", e.problems))
    app.register_error_handler(NotFound, lambda e: _answer(404, str(e)))
    app.register_error_handler(Conflict, lambda e: _answer(409, str(e)))
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _csrf(_error: CSRFError) -> ResponseReturnValue:
    """Give the words back: the page that they were typed on may be empty when the person returns to it."""
    title, detail = (
        "Nothing was saved",
        "You logged out or in again since this page was opened, so it is not valid now.",
    )
    if request.path.startswith("/api/") or request.headers.get("HX-Request"):
        return _answer(400, f"{title}. {detail} Load the page again.")
    typed = [(name, value) for name, value in request.form.items() if name.split("-")[0] in _WORDS and value.strip()]
    return render_template("errors/stale.html", title=title, detail=detail, typed=typed), 400


_WORDS = frozenset({"title", "body", "text", "variant", "description", "alt", "caption"})
"""The fields that hold what a person wrote; never anything secret."""


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    response = make_response(_answer(error.code, _own_words(error)))
    for name, value in error.get_headers(request.environ):
        if name in KEPT_HEADERS:
            response.headers[name] = value
    return response


def _own_words(error: HTTPException) -> str:
    if error.code == 429:
        return "Wait a minute, then try again."
    return "" if error.description == type(error).description else (error.description or "")


def _unexpected(error: Exception) -> ResponseReturnValue:
    reference = uuid.uuid4().hex[:8]
    log.error("unexpected error %s at %s %s", reference, request.method, request.path, exc_info=error)
    return _answer(500, f"Nothing was changed by halves. The log has the details under {reference}.")


def _answer(status: int, detail: str, problems: tuple[Problem, ...] = ()) -> ResponseReturnValue:
    title = TITLES.get(status, "That did not work")
    if request.path.startswith("/api/"):
        return _problem_json(status, title, detail, problems)
    admin = request.path.startswith("/admin")
    template = "errors/admin.html" if admin else "errors/site.html"
    if request.headers.get("HX-Request"):
        template = "errors/fragment.html"
    return render_template(template, status=status, title=title, detail=detail, problems=problems), status


def _problem_json(status: int, title: str, detail: str, problems: tuple[Problem, ...]) -> ResponseReturnValue:
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if problems:
        body["errors"] = [{"field": p.field, "message": p.message} for p in problems]
    response = jsonify(body)
    response.content_type = "application/problem+json"
    return response, status
