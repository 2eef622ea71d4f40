"""Signing in to the Pinterest imitation: tokens for 30 days, refresh tokens for 60 that change with every use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, g, has_request_context, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.grants import ACCESS, Grant
from scheduler.practice.networks.pinterest.wire import (
    NETWORK,
    PinterestRefusal,
    bad_token,
    lacks_scope,
    refusal_answer,
)
from scheduler.practice.oauth import OAuthRefusal, OAuthRules, PracticeOAuth
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

ACCESS_SECONDS = 30 * 86_400
REFRESH_SECONDS = 60 * 86_400
FULL_SCOPES = ("boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read")
SECRET_SCOPES = ("boards:read_secret", "boards:write_secret", "pins:read_secret", "pins:write_secret")


def new_credentials(store: PracticeStore, account: PracticeAccount) -> dict[str, str]:
    """Return a sign-in of the account under the connector's names."""
    dies_at = store.clock.now_ms() + REFRESH_SECONDS * 1000
    return _oauth(store).credentials(account, FULL_SCOPES) | {"dies_at": str(dies_at)}


def _oauth(store: PracticeStore) -> PracticeOAuth:
    def more(_grant: Grant) -> dict[str, Any]:
        kind = request.form.get("grant_type", "") if has_request_context() else ""
        ends_at = store.clock.now_ms() // 1000 + REFRESH_SECONDS
        return {"response_type": kind, "refresh_token_expires_at": ends_at}

    rules = OAuthRules(
        NETWORK,
        "Pinterest",
        (*FULL_SCOPES, *SECRET_SCOPES),
        separator=",",
        client_auth="basic",
        access_seconds=ACCESS_SECONDS,
        refresh="rotating",
        refresh_seconds=REFRESH_SECONDS,
        tells_refresh_end=True,
        more=more,
        refusal=_refusal,
    )
    return PracticeOAuth(store, rules)


def _refusal(refusal: OAuthRefusal) -> Response:
    if refusal.error == "invalid_client":
        return refusal_answer(bad_token())
    if refusal.error == "invalid_grant":
        return refusal_answer(PinterestRefusal(400, 283, "The authorization grant is invalid"))
    return refusal_answer(PinterestRefusal(400, 1, refusal.description))


class PinterestTokens:
    """Token calls, and who a request comes from."""

    def __init__(self, store: PracticeStore) -> None:
        """Keep the tokens in `store`."""
        self._store = store
        self._oauth = _oauth(store)
        self.token = self._oauth.token
        self.revoke = self._oauth.revoke

    def serve_authorize_page(self, blueprint: Blueprint) -> None:
        """Add the page that the browser visits."""
        blueprint.add_url_rule("/login/oauth/", "authorize", self._oauth.authorize)

    def account_of_request(self, scopes: Iterable[str]) -> PracticeAccount:
        """Return the account whose token came with the request and has all scopes. Raises PinterestRefusal."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = self._oauth.grants.look_up(ACCESS, token.strip()) if kind.lower() == "bearer" else None
        if grant is None or grant.expired:
            raise bad_token()
        g.practice_account_id = grant.account.id
        switch = self._store.switches.take(grant.account.id, FailureSwitch.REVOKED_APP)
        if switch is not None:
            note_switch(switch)
            raise bad_token()
        if grant.account.status != "active":
            raise PinterestRefusal(403, 3, "Your account is suspended.")
        if not set(scopes) <= grant.scopes:
            raise lacks_scope()
        g.practice_scopes = grant.scopes
        return grant.account
