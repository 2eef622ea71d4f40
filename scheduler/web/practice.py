"""Mounts the practice networks into the web process."""

from __future__ import annotations

from flask import Flask, request

from scheduler.practice.blueprints import create_practice_blueprints
from scheduler.services.accounts.practice import describe_link, practice_store
from scheduler.web.context import ctx
from scheduler.web.security import csrf

UPLOAD_BYTES = 110_000_000
"""The largest body they take: a video of 100 MB and the form around it."""


def register_practice(app: Flask) -> None:
    """Serve the practice networks under /practice/; they ask for bearer tokens, as the real ones do."""
    with app.app_context():
        context = ctx()
    app.before_request(_take_uploads)
    store = practice_store(context)
    for blueprint in create_practice_blueprints(store, lambda url: describe_link(context, url)):
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)


def _take_uploads() -> None:
    if request.path.startswith("/practice/"):
        request.max_content_length = UPLOAD_BYTES
