"""Signing in with Facebook: the code's exchange, the long-lived token, what was granted, and taking consent back.

The steps are those of the login documentation: dialog -> code -> short user token (1 to 2 h) -> long user token
(60 days) -> `/me/accounts`, whose Page tokens do not expire when the user token is a long one.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify

from scheduler.practice.grants import Grant
from scheduler.practice.meta.access import Caller, MetaAccess
from scheduler.practice.meta.tokens import LONG_MS, SHORT_MS, MetaTokens
from scheduler.practice.meta.wire import GraphRefusal, bad_parameter, bad_token, parameters, text_of
from scheduler.practice.oauth import CLIENT_ID, CLIENT_SECRET, OAuthRefusal, PracticeOAuth


class MetaLogin:
    """The calls around a user token on graph.facebook.com."""

    def __init__(self, access: MetaAccess, oauth: PracticeOAuth) -> None:
        """Issue tokens of `access` for the codes of `oauth`."""
        self._access = access
        self._tokens: MetaTokens = access.tokens
        self._oauth = oauth

    def exchange(self) -> Response:
        """GET or POST /oauth/access_token: a code for a short token, or a living user token for a long one."""
        fields = parameters()
        kind = text_of(fields, "grant_type") or "authorization_code"
        if kind == "authorization_code":
            grant = redeemed(self._oauth, fields)
            return self._token_answer(grant.account.id, sorted(grant.scopes), SHORT_MS)
        if kind != "fb_exchange_token":
            raise bad_parameter("Unsupported grant_type")
        check_app(fields)
        known = self._tokens.read(text_of(fields, "fb_exchange_token"))
        if known.kind != "user":
            raise bad_token(467, "Only user tokens can be exchanged.")
        return self._token_answer(known.account_id, known.scopes, LONG_MS)

    def debug(self) -> Response:
        """GET /debug_token: what a token is good for, asked with the app's own token `id|secret`."""
        fields = parameters()
        app_id, _, secret = text_of(fields, "access_token").partition("|")
        check_app({"client_id": app_id, "client_secret": secret})
        token = self._tokens.parsed(text_of(fields, "input_token"))
        if token is None:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return jsonify(data={"error": error, "is_valid": False, "scopes": []})
        problem = self._tokens.problem(token)
        data: dict[str, Any] = {
            "app_id": CLIENT_ID,
            "type": token.kind.upper(),
            "application": "Practice",
            "issued_at": token.issued_at // 1000,
            "expires_at": token.expires_at // 1000,
            "data_access_expires_at": token.data_until // 1000,
            "is_valid": problem is None,
            "scopes": list(token.scopes),
            "granular_scopes": [{"scope": scope} for scope in token.scopes],
        }
        if problem is not None:
            data["error"] = {"code": 190, "subcode": problem[0], "message": problem[1]}
        return jsonify(data=data)

    def permissions(self) -> Response:
        """GET /me/permissions: what was granted."""
        granted = [{"permission": scope, "status": "granted"} for scope in self.user().token.scopes]
        return jsonify(data=granted)

    def take_back(self) -> Response:
        """DELETE /me/permissions: every token of the account dies."""
        self._tokens.revoke(self.user().account.id)
        return jsonify(success=True)

    def businesses(self) -> Response:
        """GET /me/businesses: a practice person owns no business portfolio."""
        self.user()
        return jsonify(data=[])

    def user(self) -> Caller:
        """Return who calls with a user token. Raises the refusal of another kind."""
        caller = self._access.caller()
        if caller.token.kind != "user":
            raise bad_parameter("Tried accessing nonexisting field (accounts) on node type (Page)")
        return caller

    def _token_answer(self, account_id: int, scopes: Sequence[str], lifetime_ms: int) -> Response:
        token = self._tokens.issue("user", account_id, scopes, lifetime_ms)
        return jsonify(access_token=token, token_type="bearer", expires_in=lifetime_ms // 1000)  # noqa: S106


def redeemed(oauth: PracticeOAuth, fields: Mapping[str, Any]) -> Grant:
    """Return what the code in `fields` stands for. Raises the refusals of the exchange."""
    check_app(fields)
    try:
        return oauth.redeem({name: str(value) for name, value in fields.items()})[0]
    except OAuthRefusal as refusal:
        raise GraphRefusal(100, refusal.description, 36009) from refusal


def person(caller: Caller) -> dict[str, Any]:
    """Return the person behind a user token, who is not the Page."""
    return {"id": f"10{caller.account.public_id}", "name": f"{caller.account.name} (owner)"}


def check_app(fields: Mapping[str, Any]) -> None:
    """Raise the refusal of a wrong client id or secret."""
    if text_of(fields, "client_id") != CLIENT_ID:
        raise GraphRefusal(101, "Error validating application. Cannot get application info due to a system error.")
    if not hmac.compare_digest(text_of(fields, "client_secret").encode(), CLIENT_SECRET.encode()):
        raise GraphRefusal(1, "Error validating client secret.")
