"""Who we are at platforms that read it from our own site instead of registering us: a public document for each."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, url_for
from flask.typing import ResponseReturnValue

from scheduler.domain.problem import NotFound
from scheduler.platforms.registry import platform
from scheduler.services.accounts.sign_in import redirect_uri
from scheduler.web.context import ctx

bp = Blueprint("oauth_clients", __name__, url_prefix="/oauth-client")


@bp.get("/<name>.json")
def document(name: str) -> ResponseReturnValue:
    """Show the document of one platform."""
    try:
        connector = platform(name)
    except NotFound:
        abort(404)
    address = ctx().settings.base_url + url_for("oauth_clients.document", name=name)
    found = connector.client_document(address, redirect_uri(ctx(), name))
    if found is None:
        abort(404)
    return jsonify(found)
