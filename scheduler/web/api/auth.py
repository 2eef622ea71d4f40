"""Who is calling: a bearer token with scopes, and never a cookie."""

from __future__ import annotations

from typing import Any, Never

from flask import g, request
from flask_limiter.util import get_remote_address
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from scheduler.services.operations.users import token_for
from scheduler.storage.tokens import Token
from scheduler.web.api.calls import present_call
from scheduler.web.context import ctx
from scheduler.web.security import limiter

CALLS_PER_MINUTE = 300
REALM = "Drumbeat"


def let_in() -> None:
    """Before every call: count it, and end it with 401 or 403 unless its token allows it."""
    count_call()
    if request.method == "OPTIONS" or not (scope := present_call().scope):
        return
    token = _token()
    if token is None:
        _ask_for_a_token()
    if not token.allows(scope):
        raise MissingScope(scope)


def caller() -> Token:
    """Return the token of this call, which has been let in."""
    token = _token()
    assert token is not None
    return token


def _token() -> Token | None:
    """Return the token that came with this request, looked up once."""
    if "api_token" not in g:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        g.api_token = token_for(ctx(), value.strip()) if kind.lower() == "bearer" and value.strip() else None
    found: Token | None = g.api_token
    return found


def _who() -> str:
    token = _token()
    return f"token {token.id}" if token else f"address {get_remote_address()}"


@limiter.limit(f"{CALLS_PER_MINUTE}/minute", key_func=_who)
def count_call() -> None:
    """Count this call of its token (of its address without one); ends it with 429 when there were too many."""


def _ask_for_a_token() -> Never:
    sentence, error = "Send an API token: Authorization: Bearer <token>.", {}
    if "Authorization" in request.headers:
        sentence, error = "This API token is not known here, or was revoked.", {"error": "invalid_token"}
    make = "Make one with: python -m scheduler token create --name NAME --scope read"
    raise Unauthorized(f"{sentence} {make}", www_authenticate=WWWAuthenticate("bearer", {"realm": REALM, **error}))


class MissingScope(Forbidden):
    """A known token that may not do this; the header says which scope it lacks (RFC 6750)."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This call needs a token with the scope “{scope}”; yours does not have it.")
        self.scope = scope

    def get_headers(self, *given: Any, **named: Any) -> list[tuple[str, str]]:
        """Return the headers of the answer."""
        challenge = WWWAuthenticate("bearer", {"realm": REALM, "error": "insufficient_scope", "scope": self.scope})
        return [*super().get_headers(*given, **named), ("WWW-Authenticate", str(challenge))]
