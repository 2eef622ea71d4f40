"""How a view reaches the parts of the house."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from scheduler.services.context import Context

_KEY = "drumbeat"


def attach_context(app: Flask, context: Context) -> None:
    """Make `context` the one of this application."""
    app.extensions[_KEY] = context
    app.before_request(_look_at_articles)


def ctx() -> Context:
    """Return the context of the application that serves this request."""
    return cast(Context, current_app.extensions[_KEY])


def _look_at_articles() -> None:
    """See edits made outside the admin; the library limits how often it looks."""
    ctx().articles.refresh()
