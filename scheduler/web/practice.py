"""Mounts the practice networks into the web process."""

from __future__ import annotations

from functools import partial

from flask import Flask, abort, request
from flask_login import current_user

from scheduler.practice.blueprints import create_practice_blueprints
from scheduler.services.accounts.practice import describe_link, fetch_media, practice_store
from scheduler.web.context import ctx
from scheduler.web.security import csrf, from_this_machine

UPLOAD_BYTES = 110_000_000
"""The largest body they take: a video of 100 MB and the form around it."""


def register_practice(app: Flask) -> None:
    """Serve the practice networks under /practice/; they ask for bearer tokens, as the real ones do."""
    with app.app_context():
        context = ctx()
    app.before_request(_keep_inside)
    store = practice_store(context)
    describe, fetch = partial(describe_link, context), partial(fetch_media, context)
    for blueprint in create_practice_blueprints(store, describe, fetch):
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)


def _keep_inside() -> None:
    """Answer our own worker on this machine, and whoever is logged in and only looks; nobody on the internet."""
    if not request.path.startswith("/practice/"):
        return
    looking = request.method in ("GET", "HEAD") and current_user.is_authenticated
    if not (from_this_machine() or looking):
        abort(404)
    request.max_content_length = UPLOAD_BYTES
