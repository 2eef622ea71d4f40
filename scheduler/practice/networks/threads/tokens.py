"""Signing in to the Threads imitation: a code for an hour's token, that for 60 days, and again before they end."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, g, jsonify, request

from scheduler.clock import to_datetime
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.grants import ACCESS, Grant
from scheduler.practice.networks.threads.wire import (
    NETWORK,
    ThreadsRefusal,
    bad_token,
    invalid,
    lacks_permission,
    parameters,
)
from scheduler.practice.oauth import CLIENT_SECRET, OAuthRefusal, OAuthRules, PracticeOAuth
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

SHORT_SECONDS = 3600
LONG_SECONDS = 60 * 86_400
YOUNGEST_REFRESHED_SECONDS = 86_400
FULL_SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_manage_insights",
    "threads_delete",
)
SCOPES = (
    *FULL_SCOPES,
    "threads_location_tagging",
    "threads_keyword_search",
    "threads_manage_mentions",
    "threads_profile_discovery",
    "threads_share_to_instagram",
)
_LONG = {"kind": "long"}


def new_credentials(store: PracticeStore, account: PracticeAccount) -> dict[str, str]:
    """Return a 60-day sign-in of the account under the connector's names."""
    oauth = _oauth(store)
    grant = Grant(account, frozenset(FULL_SCOPES), oauth.grants.new_family(), _LONG)
    ends_at = str(store.clock.now_ms() + LONG_SECONDS * 1000)
    return {
        "access_token": oauth.grants.issue(ACCESS, grant, LONG_SECONDS),
        "expires_at": ends_at,
        "dies_at": ends_at,
        "scopes": " ".join(FULL_SCOPES),
        "user_id": account.public_id,
    }


def _oauth(store: PracticeStore) -> PracticeOAuth:
    rules = OAuthRules(NETWORK, "Threads", SCOPES, separator=",", access_seconds=SHORT_SECONDS)
    return PracticeOAuth(store, rules)


class ThreadsTokens:
    """Token calls, and who a request comes from."""

    def __init__(self, store: PracticeStore) -> None:
        """Keep the tokens in `store`."""
        self._store = store
        self._oauth = _oauth(store)

    def serve_authorize_page(self, blueprint: Blueprint) -> None:
        """Add the page that the browser visits."""
        blueprint.add_url_rule("/login/oauth/authorize", "authorize", self._oauth.authorize)

    def account_of_request(self, scope: str) -> PracticeAccount:
        """Return the account whose token came with the request and has the scope. Raises ThreadsRefusal."""
        if "practice_grant" not in g:
            g.practice_grant = self._grant_of_request()
        grant: Grant = g.practice_grant
        if scope not in grant.scopes:
            raise lacks_permission(scope)
        return grant.account

    def from_code(self) -> Response:
        """POST /oauth/access_token: a code against a token for an hour."""
        asked = parameters()
        try:
            self._oauth.check_app(asked)
            if asked.get("grant_type") != "authorization_code":
                raise OAuthRefusal("unsupported_grant_type", "grant_type must be authorization_code.")
            grant, _ = self._oauth.redeem(asked)
        except OAuthRefusal as refusal:
            if refusal.error == "invalid_client":
                raise ThreadsRefusal(400, 101, "Error validating client secret.") from refusal
            raise invalid(refusal.description) from refusal
        token = self._oauth.grants.issue(ACCESS, grant, SHORT_SECONDS)
        return jsonify(access_token=token, user_id=int(grant.account.public_id))

    def exchange(self) -> Response:
        """GET /access_token: an hour's token against one for 60 days."""
        asked = parameters()
        if asked.get("grant_type") != "th_exchange_token":
            raise invalid("grant_type must be th_exchange_token.")
        if not hmac.compare_digest(asked.get("client_secret", "").encode(), CLIENT_SECRET.encode()):
            raise ThreadsRefusal(400, 101, "Error validating client secret.")
        grant = self._grant_of(asked.get("access_token", ""))
        if grant.facts == _LONG:
            raise bad_token("The token is long-lived already.", 452)
        return self._long_lived(grant)

    def refresh(self) -> Response:
        """GET /refresh_access_token: a new token for 60 days; the old one must be a day old and still good."""
        asked = parameters()
        if asked.get("grant_type") != "th_refresh_token":
            raise invalid("grant_type must be th_refresh_token.")
        grant = self._grant_of(asked.get("access_token", ""))
        if grant.facts != _LONG:
            raise bad_token("Only long-lived tokens can be refreshed.", 452)
        if self._issued_at(grant) + YOUNGEST_REFRESHED_SECONDS * 1000 > self._store.clock.now_ms():
            raise invalid("The access token must be at least 24 hours old to be refreshed.")
        return self._long_lived(grant)

    def debug(self) -> Response:
        """GET /debug_token: what is known about `input_token`."""
        self.account_of_request("threads_basic")
        found = self._oauth.grants.look_up(ACCESS, request.args.get("input_token", ""))
        if found is None:
            return jsonify(data={"is_valid": False, "scopes": [], "error": {"code": 190, "message": "Malformed token"}})
        return jsonify(
            data={
                "type": "USER",
                "application": "Practice",
                "is_valid": not found.expired,
                "expires_at": (found.expires_at or 0) // 1000,
                "issued_at": self._issued_at(found) // 1000,
                "scopes": sorted(found.scopes),
                "user_id": found.account.public_id,
            }
        )

    def _long_lived(self, grant: Grant) -> Response:
        again = Grant(grant.account, grant.scopes, grant.family, _LONG)
        token = self._oauth.grants.issue(ACCESS, again, LONG_SECONDS)
        return jsonify(access_token=token, token_type="bearer", expires_in=LONG_SECONDS)  # noqa: S106

    def _issued_at(self, grant: Grant) -> int:
        lifetime = LONG_SECONDS if grant.facts == _LONG else SHORT_SECONDS
        return (grant.expires_at or 0) - lifetime * 1000

    def _grant_of_request(self) -> Grant:
        kind, _, header = request.headers.get("Authorization", "").partition(" ")
        token = parameters().get("access_token", "") or (header.strip() if kind.lower() == "bearer" else "")
        if not token:
            message = "An active access token must be used to query information about the current user."
            raise ThreadsRefusal(400, 2500, message)
        return self._grant_of(token)

    def _grant_of(self, token: str) -> Grant:
        grant = self._oauth.grants.look_up(ACCESS, token)
        if grant is None:
            raise bad_token("The session is invalid because the user logged out.", 467)
        g.practice_account_id = grant.account.id
        switch = self._store.switches.take(grant.account.id, FailureSwitch.REVOKED_APP)
        if switch is not None:
            note_switch(switch)
            raise bad_token("The user has not authorized application 1.", 458)
        if grant.expired:
            ended = to_datetime(grant.expires_at or 0).strftime("%A, %d-%b-%y %H:%M:%S UTC")
            raise bad_token(f"Session has expired on {ended}.", 463)
        if grant.account.status != "active":
            raise ThreadsRefusal(403, 10, "The account is restricted.", 4279013, "Account restricted", "Log in to see.")
        return grant
