"""How a view reaches the parts of the house."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app, has_request_context, request

from scheduler.services.context import Context

_KEY = "drumbeat"
OWN = "drumbeat.context"
"""The key of a request's environment under which its maker may bring a context of his own; no visitor can."""


def attach_context(app: Flask, context: Context) -> None:
    """Make `context` the one of this application."""
    app.extensions[_KEY] = context
    app.before_request(_look_at_articles)


def ctx() -> Context:
    """Return the context of the application that serves this request, or the one that the request brought along."""
    if has_request_context() and (own := request.environ.get(OWN)):
        return cast(Context, own)
    return cast(Context, current_app.extensions[_KEY])


def _look_at_articles() -> None:
    """See edits made outside the admin; the library limits how often it looks."""
    ctx().articles.refresh()
