"""Signing in to the Bluesky imitation by OAuth: pushed requests, PKCE, DPoP, single-use refresh tokens, revoking.

The flow of the platform sheet, section 3. The issuer is the address of the imitation itself, so a client finds
everything from there, as it would from a real server.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from flask import Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Document, Place
from scheduler.practice.network import FetchMedia
from scheduler.practice.networks.bluesky.clients import BadClient, Client, client_of
from scheduler.practice.networks.bluesky.dpop import Asked, BadProof, ProofReader, s256
from scheduler.practice.networks.bluesky.scopes import may_be_asked
from scheduler.practice.networks.bluesky.wire import mount_url
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

PUSHED_MS = 300_000
CODE_MS = 60_000
ACCESS_MS = 3_600_000
PUBLIC_SESSION_MS = 14 * 86_400_000
CONFIDENTIAL_SESSION_MS = 730 * 86_400_000
CONFIDENTIAL_REFRESH_MS = 90 * 86_400_000
REQUEST_URI = "urn:ietf:params:oauth:request_uri:"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_NETWORK = "bluesky"
_DECISION, _ACCOUNT, _NEW = "practice_decision", "practice_account", "new"
_PUSHED = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "login_hint")


class _Label(NamedTuple):
    """What the authorize page shows of the network."""

    label: str


class OAuthRefusal(Exception):
    """A refusal in the words of RFC 6749."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(description)


@dataclass(frozen=True)
class OAuthSession:
    """What an access token opens: `scope` space separated, `key` the thumbprint it is bound to."""

    account: PracticeAccount
    scope: str
    key: str


class BlueskyOAuth:
    """The authorization server. `proofs` is shared with the resource server, which checks the same nonces."""

    def __init__(self, store: PracticeStore, fetch: FetchMedia) -> None:
        """Keep requests, codes and tokens in `store`; `fetch` reads the metadata documents of clients."""
        self._store = store
        self._fetch = fetch
        self.proofs = ProofReader(store)

    def resource(self) -> dict[str, Any]:
        """GET /.well-known/oauth-protected-resource."""
        base = mount_url()
        return {
            "resource": base,
            "authorization_servers": [base],
            "scopes_supported": [],
            "bearer_methods_supported": ["header"],
            "resource_documentation": "https://atproto.com",
        }

    def metadata(self) -> dict[str, Any]:
        """GET /.well-known/oauth-authorization-server."""
        base = mount_url()
        return {
            "issuer": base,
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "pushed_authorization_request_endpoint": f"{base}/oauth/par",
            "require_pushed_authorization_requests": True,
            "scopes_supported": ["atproto", "transition:email", "transition:generic", "transition:chat.bsky"],
            "subject_types_supported": ["public"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
            "dpop_signing_alg_values_supported": ["ES256"],
            "authorization_response_iss_parameter_supported": True,
            "client_id_metadata_document_supported": True,
            "protected_resources": [base],
        }

    def push(self) -> Response:
        """POST /oauth/par."""
        return self._answered(self._pushed, 201)

    def token(self) -> Response:
        """POST /oauth/token."""
        return self._answered(self._granted, 200)

    def revoke(self) -> Response:
        """POST /oauth/revoke: the session of the token ends; unknown ones are no error."""
        return self._answered(self._revoked, 200)

    def authorize(self) -> AnyResponse:
        """GET /oauth/authorize: the page for a pushed request, or what was clicked on it."""
        name = request.args.get("request_uri", "").removeprefix(REQUEST_URI)
        pushed = self._store.documents.get(_place("pushed", name))
        if pushed is None or pushed.body["client_id"] != request.args.get("client_id"):
            return self._page(None, "This request is unknown or has expired; it must be pushed first (PAR).", 400)
        if _DECISION not in request.args:
            return self._page(pushed)
        if request.args[_DECISION] != "allow":
            self._store.documents.take(_place("pushed", name))
            return _back(pushed.body, {"error": "access_denied", "error_description": "Access denied"})
        account = self._chosen()
        if account is None:
            return self._page(pushed, "Choose an account.", 400)
        if self._store.documents.take(_place("pushed", name)) is None:
            return self._page(None, "This request was answered already.", 400)
        code = secrets.token_urlsafe(32)
        until = self._store.clock.now_ms() + CODE_MS
        self._store.documents.put(_place("code", code), pushed.body, account.id, until)
        return _back(pushed.body, {"code": code})

    def session_of(self, token: str, proof: str, asked: Asked) -> OAuthSession:
        """Return what an access token opens for a proof made with its key; raise BadProof."""
        key = self.proofs.key_of(proof, asked)
        found = self._store.documents.get(_place("access", _digest(token)))
        account = self._store.accounts.get(found.account_id or 0) if found else None
        if found is None or account is None or self._session(found.body["session"]) is None:
            raise BadProof("invalid_token", "The access token is unknown, expired or revoked")
        if found.body["key"] != key:
            raise BadProof("invalid_token", "Invalid DPoP key binding")
        return OAuthSession(account, found.body["scope"], key)

    def _answered(self, act: Any, status: int) -> Response:
        try:
            answer = jsonify(act(dict(request.form.items())))
            answer.status_code = status
        except OAuthRefusal as refusal:
            answer = jsonify(error=refusal.error, error_description=refusal.description)
            answer.status_code = refusal.status
        except BadProof as bad:
            answer = jsonify(error=bad.code, error_description=bad.reason)
            answer.status_code = 401 if bad.code == "invalid_client" else 400
        except BadClient as bad_client:
            answer = jsonify(error="invalid_client_metadata", error_description=str(bad_client))
            answer.status_code = 400
        answer.headers["DPoP-Nonce"] = self.proofs.nonce()
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _pushed(self, asked: Mapping[str, str]) -> dict[str, Any]:
        client, key = self._checked_client(asked), self._proven() if "DPoP" in request.headers else ""
        _check_request(client, asked)
        name = "req-" + secrets.token_hex(16)
        body = {field: asked.get(field, "") for field in _PUSHED} | {"key": key, "client_name": client.name}
        self._store.documents.put(_place("pushed", name), body, None, self._store.clock.now_ms() + PUSHED_MS)
        return {"request_uri": REQUEST_URI + name, "expires_in": PUSHED_MS // 1000}

    def _granted(self, asked: Mapping[str, str]) -> dict[str, Any]:
        client, key = self._checked_client(asked), self._proven()
        if asked.get("grant_type") == "authorization_code":
            return self._redeemed(client, asked, key)
        if asked.get("grant_type") == "refresh_token":
            return self._renewed(client, asked, key)
        raise OAuthRefusal("unsupported_grant_type", "Grant type not supported")

    def _redeemed(self, client: Client, asked: Mapping[str, str], key: str) -> dict[str, Any]:
        found = self._store.documents.take(_place("code", asked.get("code", "")))
        if found is None or found.body["client_id"] != client.client_id:
            raise OAuthRefusal("invalid_grant", "Invalid code")
        if found.body["redirect_uri"] != asked.get("redirect_uri"):
            raise OAuthRefusal("invalid_grant", "The redirect_uri does not match that of the request")
        if not hmac.compare_digest(found.body["code_challenge"], s256(asked.get("code_verifier", ""))):
            raise OAuthRefusal("invalid_grant", "Invalid code_verifier")
        if found.body["key"] not in ("", key):
            raise OAuthRefusal("invalid_dpop_key_binding", "The DPoP key differs from that of the pushed request")
        account = self._account(found)
        lasts = CONFIDENTIAL_SESSION_MS if client.confidential else PUBLIC_SESSION_MS
        session = secrets.token_hex(16)
        body = {"client_id": client.client_id, "scope": found.body["scope"], "key": key}
        until = self._store.clock.now_ms() + lasts
        self._store.documents.put(_place("session", session), body, account.id, until)
        return self._tokens(account, session, body, client)

    def _renewed(self, client: Client, asked: Mapping[str, str], key: str) -> dict[str, Any]:
        place = _place("refresh", _digest(asked.get("refresh_token", "")))
        found = self._store.documents.get(place)
        session = self._session(found.body["session"]) if found else None
        if found is None or session is None or session.body["client_id"] != client.client_id:
            raise OAuthRefusal("invalid_grant", "Invalid refresh token")
        if session.body["key"] != key:
            raise OAuthRefusal("invalid_grant", "The DPoP key differs from that of the session")
        if found.body.get("used"):
            self._store.documents.take(_place("session", session.id))
            raise OAuthRefusal("invalid_grant", "Refresh token replayed")
        account = self._account(found)
        self._store.documents.put(place, found.body | {"used": True}, account.id, found.expires_at)
        return self._tokens(account, session.id, session.body, client)

    def _tokens(
        self, account: PracticeAccount, session: str, granted: Mapping[str, Any], client: Client
    ) -> dict[str, Any]:
        access, refresh, now = secrets.token_urlsafe(40), secrets.token_urlsafe(40), self._store.clock.now_ms()
        body = {"session": session, "scope": granted["scope"], "key": granted["key"]}
        lasts = CONFIDENTIAL_REFRESH_MS if client.confidential else PUBLIC_SESSION_MS
        self._store.documents.put(_place("access", _digest(access)), body, account.id, now + ACCESS_MS)
        self._store.documents.put(_place("refresh", _digest(refresh)), body, account.id, now + lasts)
        return {
            "access_token": access,
            "token_type": "DPoP",
            "refresh_token": refresh,
            "expires_in": ACCESS_MS // 1000,
            "scope": granted["scope"],
            "sub": account.public_id,
        }

    def _revoked(self, asked: Mapping[str, str]) -> dict[str, Any]:
        for kind in ("access", "refresh"):
            found = self._store.documents.get(_place(kind, _digest(asked.get("token", ""))))
            if found is not None:
                self._store.documents.take(_place("session", found.body["session"]))
        return {}

    def _checked_client(self, asked: Mapping[str, str]) -> Client:
        client = client_of(asked.get("client_id", ""), self._fetch)
        if not client.confidential:
            return client
        if asked.get("client_assertion_type") != ASSERTION_TYPE:
            raise OAuthRefusal("invalid_client", "client_assertion is required", 401)
        expected = {"iss": client.client_id, "sub": client.client_id, "aud": mount_url()}
        try:
            self.proofs.check_assertion(asked.get("client_assertion", ""), client.keys, expected)
        except BadProof as bad:
            raise OAuthRefusal("invalid_client", bad.reason, 401) from bad
        return client

    def _proven(self) -> str:
        proof = request.headers.get("DPoP", "")
        return self.proofs.key_of(proof, Asked(request.method, f"{request.url_root.rstrip('/')}{request.path}"))

    def _session(self, name: str) -> Document | None:
        return self._store.documents.get(_place("session", name))

    def _account(self, found: Document) -> PracticeAccount:
        account = self._store.accounts.get(found.account_id or 0)
        revoked = account and self._store.switches.take(account.id, FailureSwitch.REVOKED_APP)
        if account is None or revoked or account.status == "takendown":
            raise OAuthRefusal("invalid_grant", "Account access was revoked")
        return account

    def _chosen(self) -> PracticeAccount | None:
        wish = request.args.get(_ACCOUNT, "")
        if wish == _NEW:
            number = len(self._store.accounts.all(_NETWORK)) + 1
            made = self._store.create_account(_NETWORK, f"practice{number}", f"Practice {number}")
            return self._store.accounts.get(made.account_id)
        return next((one for one in self._store.accounts.all(_NETWORK) if str(one.id) == wish), None)

    def _page(self, pushed: Document | None, problem: str = "", status: int = 200) -> Response:
        asked = {name: request.args.get(name, "") for name in ("client_id", "request_uri")} if pushed else {}
        body = pushed.body if pushed else {}
        accounts = self._store.accounts.all(_NETWORK)
        hint = str(body.get("login_hint", "")).removeprefix("@").lower()
        accounts.sort(key=lambda account: hint not in (account.handle, account.public_id))
        page = render_template(
            "practice/authorize.html",
            rules=_Label("Bluesky"),
            asked=asked | ({"redirect_uri": body["redirect_uri"]} if pushed else {}),
            scopes=str(body.get("scope", "")).split(),
            accounts=accounts,
            problem=problem,
            path=request.path,
        )
        return Response(page, status)


def _check_request(client: Client, asked: Mapping[str, str]) -> None:
    scopes = asked.get("scope", "").split()
    if asked.get("response_type") != "code":
        raise OAuthRefusal("unsupported_response_type", "response_type must be code")
    if not client.may_return_to(asked.get("redirect_uri", "")):
        raise OAuthRefusal("invalid_request", "Invalid redirect_uri: it is not among those of the client")
    if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
        raise OAuthRefusal("invalid_request", "code_challenge with code_challenge_method S256 is required")
    if not asked.get("state"):
        raise OAuthRefusal("invalid_request", "state is required")
    if "atproto" not in scopes:
        raise OAuthRefusal("invalid_scope", 'The "atproto" scope is required')
    foreign = [scope for scope in scopes if scope not in client.scopes or not may_be_asked(scope)]
    if foreign:
        raise OAuthRefusal("invalid_scope", f"Scope {foreign[0]} is not declared in the client metadata")


def _back(asked: Mapping[str, Any], said: Mapping[str, str]) -> AnyResponse:
    values = {"iss": mount_url(), "state": str(asked["state"]), **said}
    address = str(asked["redirect_uri"])
    return redirect(f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(values)}")


def _place(kind: str, name: str) -> Place:
    return Place(_NETWORK, f"oauth-{kind}", name)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
