"""Signing in to a practice network as the real ones do it: authorize page, codes, tokens, refreshing, revoking.

A network declares its `OAuthRules` and mounts the views of `PracticeOAuth` under its own paths. What is beyond the
standard (exchanging tokens, several pages of one person) it builds itself on `redeem`, `give` and `grants`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.documents import Place
from scheduler.practice.grants import ACCESS, REFRESH, Grant, PracticeGrants
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

CLIENT_ID = "practice-app"
CLIENT_SECRET = "practice-secret"  # noqa: S105 - the published credentials of an imitation
NEW_ACCOUNT = "new"
LONGEST_STATE = 500
_CODE = "oauth_code"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_DECISION, _ACCOUNT = "practice_decision", "practice_account"

Asked = Mapping[str, str]


@dataclass(eq=False)
class OAuthRefusal(Exception):
    """What an endpoint refuses, in the words of RFC 6749; `status` is that of the token endpoint."""

    error: str
    description: str
    status: int = 400


def standard_refusal(refusal: OAuthRefusal) -> Response:
    """Return a refusal of the token endpoint as RFC 6749 shapes it."""
    answer = jsonify(error=refusal.error, error_description=refusal.description)
    answer.status_code = refusal.status
    if refusal.status == 401 and "Authorization" in request.headers:
        answer.headers["WWW-Authenticate"] = 'Basic realm="oauth"'
    return answer


@dataclass(frozen=True)
class OAuthRules:
    """How one network does OAuth 2. Lifetimes in seconds; None is "never ends"."""

    network: str
    label: str
    scopes: tuple[str, ...]
    """Every scope it knows; an unknown one is refused with `scope_error`."""
    separator: str = " "
    pkce: bool = False
    """Whether an S256 challenge must be sent; one that is sent is always checked."""
    client_auth: str = "body"
    """Where client id and secret are expected: "body" or "basic" (the Authorization header)."""
    response_type: bool = True
    """Whether `response_type=code` must be sent (Slack has no such parameter)."""
    code_seconds: int = 600
    access_seconds: int | None = 3600
    refresh: str = "none"
    """"none", "stable" (the same token again and again) or "rotating" (single use; a replay ends the sign-in)."""
    refresh_seconds: int | None = None
    wants_refresh: Callable[[Asked], bool] = lambda _asked: True
    """Whether the authorize request (its parameters) asks for a refresh token: X by a scope, Google by a parameter."""
    tells_refresh_end: bool = False
    """Whether the token answer holds `refresh_token_expires_in`."""
    repeats_refresh: bool = False
    """Whether a stable refresh token stands in the answer to its own use, with the time it has left."""
    scope_error: str = "invalid_scope"
    denied: str = "access_denied"
    token_type: str = "bearer"  # noqa: S105
    more: Callable[[Grant], dict[str, Any]] = field(default=lambda _grant: {})
    """Further fields of the token answer (`user_id`, say)."""
    refusal: Callable[[OAuthRefusal], Response] = standard_refusal
    """How the token endpoint words a refusal."""


class PracticeOAuth:
    """The sign-in of one network. `authorize`, `token` and `revoke` are views, to be mounted where it has them."""

    def __init__(self, store: PracticeStore, rules: OAuthRules) -> None:
        """Sign people in to the accounts of `store`."""
        self._store = store
        self.rules = rules
        self.grants = PracticeGrants(store, rules.network)

    def authorize(self) -> AnyResponse:
        """GET: show the page, or act on what was clicked on it."""
        asked = {name: value for name, value in request.args.items() if name not in (_DECISION, _ACCOUNT)}
        try:
            _check_client(asked)
            _check_redirect(asked)
        except OAuthRefusal as refusal:
            return Response(self._page({}, refusal.description), 400)
        try:
            scopes = self._checked_request(asked)
        except OAuthRefusal as refusal:
            return _back(asked, {"error": refusal.error, "error_description": refusal.description})
        return self._decided(asked, scopes) if _DECISION in request.args else Response(self._page(asked))

    def token(self) -> Response:
        """POST: a code or a refresh token against new tokens."""
        try:
            asked = _parameters()
            self.check_app(asked)
            if asked.get("grant_type") == "authorization_code":
                grant, refreshing = self.redeem(asked)
                return self.give(grant, REFRESH if refreshing else "")
            if asked.get("grant_type") == "refresh_token" and self.rules.refresh != "none":
                return self._renewed(asked.get("refresh_token", ""))
            raise OAuthRefusal("unsupported_grant_type", "This grant type is not supported.")
        except OAuthRefusal as refusal:
            return self.rules.refusal(refusal)

    def revoke(self) -> Response:
        """POST: end a token; always 200 for a known application (RFC 7009)."""
        try:
            asked = _parameters()
            self.check_app(asked)
        except OAuthRefusal as refusal:
            return self.rules.refusal(refusal)
        self.grants.revoke(asked.get("token", ""))
        return jsonify(revoked=True)

    def check_app(self, asked: Asked) -> None:
        """Check client id and secret where this network expects them. Raises OAuthRefusal (401)."""
        given = (asked.get("client_id", ""), asked.get("client_secret", ""))
        if self.rules.client_auth == "basic":
            header = request.authorization
            given = (header.username or "", header.password or "") if header and header.type == "basic" else ("", "")
        if not (given[0] == CLIENT_ID and hmac.compare_digest(given[1].encode(), CLIENT_SECRET.encode())):
            raise OAuthRefusal("invalid_client", "Client authentication failed.", 401)

    def redeem(self, asked: Asked) -> tuple[Grant, bool]:
        """Return what a code stands for, and whether a refresh token was asked for. The code is then used up.

        Raises OAuthRefusal for a used, expired or foreign code, another redirect address or a wrong verifier.
        """
        found = self._store.documents.take(Place(self.rules.network, _CODE, asked.get("code", "")))
        account = self._store.accounts.get(found.account_id or 0) if found else None
        if found is None or account is None:
            raise OAuthRefusal("invalid_grant", "The authorization code is invalid, used or expired.")
        if asked.get("redirect_uri", "") != found.body["redirect_uri"]:
            raise OAuthRefusal("invalid_grant", "redirect_uri differs from that of the authorization request.")
        _check_verifier(found.body["code_challenge"], asked.get("code_verifier", ""))
        self._refuse_revoked(account.id)
        scopes = frozenset(found.body["scopes"])
        return Grant(account, scopes, self.grants.new_family(), found.body["facts"]), bool(found.body["refresh"])

    def give(self, grant: Grant, refresh: str = "") -> Response:
        """Answer with new tokens for what was granted. `refresh` is "" for none, "refresh_token" for a new one, or
        the refresh token that stays good."""
        return jsonify(self.token_fields(grant, refresh))

    def token_fields(self, grant: Grant, refresh: str = "") -> dict[str, Any]:
        """Return the fields of a token answer, the tokens stored."""
        rules = self.rules
        said: dict[str, Any] = {
            "token_type": rules.token_type,
            "access_token": self.grants.issue(ACCESS, grant, rules.access_seconds),
            "scope": rules.separator.join(sorted(grant.scopes)),
        }
        if rules.access_seconds is not None:
            said["expires_in"] = rules.access_seconds
        if refresh == REFRESH and rules.refresh != "none":
            said["refresh_token"] = self.grants.issue(REFRESH, grant, rules.refresh_seconds)
            if rules.tells_refresh_end:
                said["refresh_token_expires_in"] = rules.refresh_seconds
        return said | rules.more(grant)

    def credentials(
        self, account: PracticeAccount, scopes: tuple[str, ...], facts: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """Return the sign-in of a fresh account under the connector's names, as if a person had just allowed it."""
        grant = Grant(account, frozenset(scopes), self.grants.new_family(), facts or {})
        said, now = self.token_fields(grant, REFRESH), self._store.clock.now_ms()
        kept = {"access_token": str(said["access_token"]), "scopes": " ".join(scopes)}
        if "refresh_token" in said:
            kept["refresh_token"] = str(said["refresh_token"])
        if self.rules.access_seconds is not None:
            kept["expires_at"] = str(now + self.rules.access_seconds * 1000)
        return kept

    def _checked_request(self, asked: Asked) -> frozenset[str]:
        if self.rules.response_type and asked.get("response_type") != "code":
            raise OAuthRefusal("unsupported_response_type", "response_type must be code.")
        if len(asked.get("state", "")) > LONGEST_STATE:
            raise OAuthRefusal("invalid_request", f"state may have {LONGEST_STATE} characters.")
        challenged = asked.get("code_challenge", "")
        if (self.rules.pkce or challenged) and not (challenged and asked.get("code_challenge_method") == "S256"):
            raise OAuthRefusal("invalid_request", "A code_challenge with the method S256 is required.")
        scopes = frozenset(asked.get("scope", "").replace(self.rules.separator, " ").split())
        if unknown := sorted(scopes - set(self.rules.scopes)):
            raise OAuthRefusal(self.rules.scope_error, f"Unknown or not approved: {', '.join(unknown)}.")
        return scopes

    def _decided(self, asked: Asked, scopes: frozenset[str]) -> AnyResponse:
        if request.args[_DECISION] != "allow":
            return _back(asked, {"error": self.rules.denied, "error_description": "The person said no."})
        account = self._chosen()
        if account is None:
            return Response(self._page(asked, "Choose an account."), 400)
        code = secrets.token_urlsafe(32)
        body = {
            "redirect_uri": asked["redirect_uri"],
            "code_challenge": asked.get("code_challenge", ""),
            "scopes": sorted(scopes),
            "refresh": self.rules.wants_refresh(asked),
            "facts": {},
        }
        until = self._store.clock.now_ms() + self.rules.code_seconds * 1000
        self._store.documents.put(Place(self.rules.network, _CODE, code), body, account.id, until)
        return _back(asked, {"code": code})

    def _chosen(self) -> PracticeAccount | None:
        wish = request.args.get(_ACCOUNT, "")
        if wish == NEW_ACCOUNT:
            return self._new_account()
        mine = self._store.accounts.all(self.rules.network)
        return next((one for one in mine if str(one.id) == wish), None)

    def _new_account(self) -> PracticeAccount | None:
        taken = {account.name for account in self._store.accounts.all(self.rules.network)}
        number = next(number for number in count(1) if f"Practice {number}" not in taken)
        handle = f"practice{secrets.token_hex(3)}" if number > 1 else "practice"
        made = self._store.create_account(self.rules.network, handle, f"Practice {number}")
        return self._store.accounts.get(made.account_id)

    def _renewed(self, token: str) -> Response:
        rotating = self.rules.refresh == "rotating"
        grant = self.grants.spend(token) if rotating else self.grants.look_up(REFRESH, token)
        if grant is None or grant.expired:
            raise OAuthRefusal("invalid_grant", "The refresh token is invalid, expired or was used before.")
        self._refuse_revoked(grant.account.id)
        answer = self.token_fields(grant, REFRESH if rotating else "")
        if self.rules.repeats_refresh and not rotating:
            left = ((grant.expires_at or 0) - self._store.clock.now_ms()) // 1000
            answer |= {"refresh_token": token, "refresh_token_expires_in": max(0, left)}
        return jsonify(answer)

    def _refuse_revoked(self, account_id: int) -> None:
        switch = self._store.switches.take(account_id, FailureSwitch.REVOKED_APP)
        if switch is not None:
            note_switch(switch)
            raise OAuthRefusal("invalid_grant", "Access was revoked.")

    def _page(self, asked: Asked, problem: str = "") -> str:
        return render_template(
            "practice/authorize.html",
            rules=self.rules,
            asked=asked,
            scopes=asked.get("scope", "").replace(self.rules.separator, " ").split(),
            accounts=self._store.accounts.all(self.rules.network),
            problem=problem,
            path=request.path,
        )


def _parameters() -> dict[str, str]:
    """Return the parameters of a request to the token endpoint; a repeated one is refused (RFC 6749, 3.2)."""
    if any(len(values) > 1 for _, values in request.form.lists()):
        raise OAuthRefusal("invalid_request", "A parameter is repeated.")
    return {**request.args.to_dict(), **request.form.to_dict()}


def _check_client(asked: Asked) -> None:
    if asked.get("client_id") != CLIENT_ID:
        raise OAuthRefusal("invalid_client", f"No application has this client id. Here it is “{CLIENT_ID}”.")


def _check_redirect(asked: Asked) -> None:
    # Whatever is registered with a real network is an address of the product: the same site, or this machine.
    address = urlsplit(asked.get("redirect_uri", ""))
    near = address.netloc == request.host or address.hostname in _LOOPBACK
    if address.scheme not in ("http", "https") or not near or address.fragment:
        raise OAuthRefusal("invalid_request", "redirect_uri is not an address that is registered for the application.")


def _check_verifier(challenge: str, verifier: str) -> None:
    if not challenge:
        return
    digest = hashlib.sha256(verifier.encode()).digest()
    if not hmac.compare_digest(base64.urlsafe_b64encode(digest).decode().rstrip("="), challenge):
        raise OAuthRefusal("invalid_grant", "code_verifier does not fit the code_challenge.")


def _back(asked: Asked, said: Mapping[str, str]) -> AnyResponse:
    values = dict(said) | ({"state": asked["state"]} if "state" in asked else {})
    address = asked["redirect_uri"]
    return redirect(f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(values)}")
