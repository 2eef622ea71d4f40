"""Google's sign-in, as Business Profile and YouTube share it.

Access tokens last an hour; the refresh token stays the same, and comes only when it is asked for with
`access_type=offline` and `prompt=consent` (without the latter Google gives it at the first consent alone).
Mounted as `login/o/oauth2/v2/auth` (accounts.google.com), `token/token` and `token/revoke` (oauth2.googleapis.com).
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, g, jsonify, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.google_answers import forbidden, outside_scopes, unauthenticated
from scheduler.practice.grants import ACCESS, REFRESH
from scheduler.practice.oauth import Asked, OAuthRefusal, OAuthRules, PracticeOAuth
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

ACCESS_SECONDS = 3599
CODE_SECONDS = 600
HALF_A_YEAR_SECONDS = 183 * 86_400
"""A refresh token that nobody used for six months is dead."""
OTHER_SCOPES = ("openid", "email", "profile")


@dataclass(frozen=True)
class GoogleApi:
    """One imitated API: the network's name, what a person reads, and the scopes it knows."""

    network: str
    label: str
    scopes: tuple[str, ...]


class GoogleSignIn:
    """Authorize page, tokens and bearer check of one Google API."""

    def __init__(self, store: PracticeStore, api: GoogleApi) -> None:
        """Sign people in to the practice accounts of `api.network`."""
        self._store = store
        self._api = api
        rules = OAuthRules(
            api.network,
            api.label,
            (*api.scopes, *OTHER_SCOPES),
            code_seconds=CODE_SECONDS,
            access_seconds=ACCESS_SECONDS,
            refresh="stable",
            refresh_seconds=HALF_A_YEAR_SECONDS,
            wants_refresh=_wants_refresh,
            token_type="Bearer",  # noqa: S106 - the kind of token, no secret
            refusal=_refusal,
        )
        self.oauth = PracticeOAuth(store, rules)

    def mount(self, blueprint: Blueprint) -> None:
        """Serve the pages and calls of the sign-in."""
        blueprint.add_url_rule("/login/o/oauth2/v2/auth", "authorize", self.oauth.authorize)
        blueprint.add_url_rule("/token/token", "token", self.oauth.token, methods=["POST"])
        blueprint.add_url_rule("/token/revoke", "revoke", self._revoke, methods=["POST"])

    def credentials(self, account: PracticeAccount) -> dict[str, str]:
        """Return the sign-in of a fresh account with every scope of the API."""
        return self.oauth.credentials(account, self._api.scopes)

    def signed_in(self, *scopes: str) -> PracticeAccount:
        """Return the account of the request when its token has one of `scopes`, else raise GoogleRefusal."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = self.oauth.grants.look_up(ACCESS, token.strip()) if kind.lower() == "bearer" else None
        if grant is None:
            raise unauthenticated()
        g.practice_account_id = grant.account.id
        if grant.expired:
            raise unauthenticated("ACCESS_TOKEN_EXPIRED")
        switch = self._store.switches.take(grant.account.id, FailureSwitch.REVOKED_APP)
        if switch is not None:
            note_switch(switch)
            raise unauthenticated("ACCESS_TOKEN_REVOKED")
        if not grant.scopes & set(scopes):
            raise outside_scopes(" ".join(scopes))
        if grant.account.status != "active":
            raise forbidden()
        return grant.account

    def _revoke(self) -> Response:
        """POST /revoke?token=: no application need be named; an unknown token is refused."""
        token, grants = request.values.get("token", ""), self.oauth.grants
        if grants.look_up(ACCESS, token) is None and grants.look_up(REFRESH, token) is None:
            return _refusal(OAuthRefusal("invalid_token", "Token expired or revoked"))
        grants.revoke(token)
        return jsonify({})


def _wants_refresh(asked: Asked) -> bool:
    return asked.get("access_type") == "offline" and "consent" in asked.get("prompt", "").split()


def _refusal(refusal: OAuthRefusal) -> Response:
    """Return a refusal as Google words it: a code that is no good is a "Malformed auth code.", a token "revoked"."""
    words = refusal.description
    if refusal.error == "invalid_grant" and request.values.get("grant_type") == "refresh_token":
        words = "Token has been expired or revoked."
    answer = jsonify(error=refusal.error, error_description=words)
    answer.status_code = refusal.status
    return answer
