"""Signing in to the Mastodon imitation: applications that register themselves, the authorize page, tokens, revoking.

Mastodon's tokens never end; those of Pleroma, Akkoma and Pixelfed do and come with a refresh token, which Pixelfed
replaces at every use. Facts: the sheet of Mastodon, section 2, and that of its kin.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from flask import Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Document, Place
from scheduler.practice.networks.mastodon.flavours import MASTODON, Flavour, flavour_here, flavour_of_handle
from scheduler.practice.networks.mastodon.wire import (
    MastodonRefusal,
    parameters,
    service_url,
    spend,
    text_of,
    unprocessable,
)
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CODE_MS = 600_000
APPS_BUDGET = Budget("mastodon-apps", 5, 600)
_NETWORK = "mastodon"
_TOP = ("read", "write", "follow", "push", "profile")
_BOTH = ("accounts", "blocks", "bookmarks", "favourites", "filters", "follows", "lists", "mutes", "notifications")
_READ = (*_BOTH, "search", "statuses")
_WRITE = (*_BOTH, "conversations", "media", "reports", "statuses")
SCOPES = (*_TOP, *(f"read:{one}" for one in _READ), *(f"write:{one}" for one in _WRITE))
_DECISION, _ACCOUNT, _NEW = "practice_decision", "practice_account", "new"


class _Label(NamedTuple):
    """What the authorize page shows of the network."""

    label: str


class OAuthRefusal(Exception):
    """A refusal of an OAuth endpoint in the words of RFC 6749."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(description)


class MastodonOAuth:
    """The sign-in of every server of the family, each with its own applications."""

    def __init__(self, store: PracticeStore) -> None:
        """Keep applications, codes and tokens in `store`."""
        self._store = store

    def metadata(self) -> dict[str, Any]:
        """GET /.well-known/oauth-authorization-server."""
        base = service_url()
        return {
            "issuer": f"{base}/",
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "userinfo_endpoint": f"{base}/oauth/userinfo",
            "app_registration_endpoint": f"{base}/api/v1/apps",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }

    def register(self) -> Response:
        """POST /api/v1/apps."""
        spend(self._store, APPS_BUDGET, request.remote_addr or "")
        fields = parameters()
        name, back = text_of(fields, "client_name").strip(), _redirects(fields)
        scopes = text_of(fields, "scopes").split() or ["read"]
        if not name:
            raise unprocessable("Application name can't be blank")
        if not back or not all(_is_redirect(one) for one in back):
            raise unprocessable("Redirect URI must be an absolute URI.")
        if set(scopes) - set(SCOPES):
            raise unprocessable("Scopes doesn't match configured on the server.")
        client_id, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        body: dict[str, Any] = {"name": name, "secret": secret, "redirect_uris": back, "scopes": scopes}
        body["website"] = text_of(fields, "website") or None
        self._store.documents.put(_place("app", client_id), body)
        return jsonify(_app_json(client_id, body) | {"client_secret": secret})

    def verify_app(self) -> Response:
        """GET /api/v1/apps/verify_credentials, with the token of an application or of a person."""
        token = request.headers.get("Authorization", "").partition(" ")[2].strip()
        found = self._store.documents.get(_place("token", _digest(token))) if token else None
        app = self._app(str(found.body["client_id"])) if found else None
        if app is None:
            raise MastodonRefusal(401, "The access token is invalid", _CHALLENGE)
        return jsonify(_app_json(app.id, app.body))

    def is_app_token(self, token: str) -> bool:
        """Tell whether a token speaks for an application alone."""
        found = self._store.documents.get(_place("token", _digest(token))) if token else None
        return found is not None and found.account_id is None

    def has_ended(self, token: str) -> bool:
        """Tell whether a token was given for a time that is over."""
        found = self._store.documents.get(_place("token", _digest(token)))
        until = found.body.get("until") if found else None
        return until is not None and until <= self._store.clock.now_ms()

    def authorize(self) -> AnyResponse:
        """GET /oauth/authorize: the page, or what was clicked on it."""
        asked = {name: value for name, value in request.args.items() if name not in (_DECISION, _ACCOUNT)}
        app = self._app(asked.get("client_id", ""))
        if app is None:
            return self._page({}, "Client authentication failed due to unknown client.", 401)
        if asked.get("redirect_uri") not in app.body["redirect_uris"]:
            return self._page({}, "The requested redirect uri is malformed or doesn't match client redirect URI.", 400)
        try:
            _check_request(asked, app.body["scopes"])
        except OAuthRefusal as refusal:
            return _back(asked, {"error": refusal.error, "error_description": refusal.description})
        return self._decided(asked) if _DECISION in request.args else self._page(asked)

    def native(self) -> Response:
        """GET /oauth/authorize/native: the code, to be copied."""
        return Response(f"Copy this code: {request.args.get('code', '')}", mimetype="text/plain")

    def token(self) -> Response:
        """POST /oauth/token."""
        try:
            asked = _token_parameters()
            app = self._checked_app(asked)
            return jsonify(self._granted(app, asked))
        except OAuthRefusal as refusal:
            return _refused(refusal)

    def revoke(self) -> Response:
        """POST /oauth/revoke: 200 for unknown tokens too, 403 for those of another application."""
        try:
            asked = _token_parameters()
            app = self._checked_app(asked)
            token = asked.get("token", "")
            found = self._store.documents.get(_place("token", _digest(token)))
            if found is not None and found.body["client_id"] != app.id:
                raise OAuthRefusal("unauthorized_client", "You are not authorized to revoke this token", 403)
            self._store.documents.take(_place("token", _digest(token)))
            self._store.accounts.revoke_token(token)
            return jsonify({})
        except OAuthRefusal as refusal:
            return _refused(refusal)

    def _granted(self, app: Document, asked: Mapping[str, str]) -> dict[str, Any]:
        kind = asked.get("grant_type")
        if kind == "authorization_code":
            return self._redeemed(app, asked)
        if kind == "refresh_token" and flavour_here().tokens_last_ms is not None:
            return self._renewed(app, asked)
        if kind == "client_credentials":
            return self._issued(app, None, app.body["scopes"])
        raise OAuthRefusal("unsupported_grant_type", "The authorization grant type is not supported.")

    def _redeemed(self, app: Document, asked: Mapping[str, str]) -> dict[str, Any]:
        found = self._store.documents.take(_place("code", asked.get("code", "")))
        fits = found is not None and found.body["client_id"] == app.id
        if found is None or not fits or found.body["redirect_uri"] != asked.get("redirect_uri"):
            raise _invalid_grant()
        challenge = found.body["code_challenge"]
        if challenge and not hmac.compare_digest(_s256(asked.get("code_verifier", "")), challenge):
            raise _invalid_grant()
        return self._issued(app, found.account_id, found.body["scopes"])

    def _renewed(self, app: Document, asked: Mapping[str, str]) -> dict[str, Any]:
        token, rotates = asked.get("refresh_token", ""), flavour_here().name == "pixelfed"
        place = _place("refresh", _digest(token))
        found = self._store.documents.take(place) if rotates else self._store.documents.get(place)
        if found is None or found.body["client_id"] != app.id:
            raise _invalid_grant()
        said = self._issued(app, found.account_id, found.body["scopes"])
        return said if rotates else said | {"refresh_token": token}

    def _issued(self, app: Document, account_id: int | None, scopes: list[str]) -> dict[str, Any]:
        granted, flavour, now = " ".join(scopes), flavour_here(), self._store.clock.now_ms()
        person = account_id is not None
        token = self._store.accounts.add_token(account_id or 0, granted) if person else secrets.token_urlsafe(32)
        until = now + flavour.tokens_last_ms if person and flavour.tokens_last_ms else None
        body = {"client_id": app.id, "scopes": scopes, "until": until}
        self._store.documents.put(_place("token", _digest(token)), body, account_id)
        said = {"access_token": token, "token_type": "Bearer", "scope": granted, "created_at": now // 1000}
        if until is not None:
            refresh = secrets.token_urlsafe(32)
            self._store.documents.put(_place("refresh", _digest(refresh)), body, account_id)
            said |= {"refresh_token": refresh, "expires_in": (until - now) // 1000}
        return said

    def _decided(self, asked: Mapping[str, str]) -> AnyResponse:
        if request.args[_DECISION] != "allow":
            return _back(
                asked, {"error": "access_denied", "error_description": "The resource owner denied the request."}
            )
        account = self._chosen()
        if account is None:
            return self._page(asked, "Choose an account.", 400)
        code = secrets.token_urlsafe(32)
        kept = {name: asked.get(name, "") for name in ("client_id", "redirect_uri", "code_challenge")}
        body = kept | {"scopes": asked.get("scope", "read").split()}
        until = self._store.clock.now_ms() + CODE_MS
        self._store.documents.put(_place("code", code), body, account.id, until)
        return _back(asked, {"code": code})

    def _chosen(self) -> PracticeAccount | None:
        wish, flavour = request.args.get(_ACCOUNT, ""), flavour_here()
        if wish == _NEW:
            number = len(self._store.accounts.all(_NETWORK)) + 1
            prefix = "" if flavour is MASTODON else f"{flavour.name}_"
            made = self._store.create_account(_NETWORK, f"{prefix}practice{number}", f"Practice {number}")
            return self._store.accounts.get(made.account_id)
        return next((one for one in self._mine(flavour) if str(one.id) == wish), None)

    def _mine(self, flavour: Flavour) -> list[PracticeAccount]:
        accounts = self._store.accounts.all(_NETWORK)
        return [one for one in accounts if flavour_of_handle(one.handle) is flavour]

    def _page(self, asked: Mapping[str, str], problem: str = "", status: int = 200) -> Response:
        page = render_template(
            "practice/authorize.html",
            rules=_Label(f"Mastodon ({flavour_here().name})"),
            asked=asked,
            scopes=asked.get("scope", "").split(),
            accounts=self._mine(flavour_here()),
            problem=problem,
            path=request.path,
        )
        return Response(page, status)

    def _app(self, client_id: str) -> Document | None:
        return self._store.documents.get(_place("app", client_id)) if client_id else None

    def _checked_app(self, asked: Mapping[str, str]) -> Document:
        header = request.authorization
        basic = header is not None and header.type == "basic"
        given = (header.username, header.password) if header and basic else None
        client_id, secret = given or (asked.get("client_id", ""), asked.get("client_secret", ""))
        app = self._app(client_id or "")
        if app is None or not hmac.compare_digest((secret or "").encode(), str(app.body["secret"]).encode()):
            raise OAuthRefusal("invalid_client", "Client authentication failed due to unknown client.", 401)
        return app


_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Doorkeeper", error="invalid_token"'}


def _place(kind: str, name: str) -> Place:
    return Place(_NETWORK, f"oauth-{kind}-{flavour_here().name}", name)


def _redirects(fields: Mapping[str, Any]) -> list[str]:
    """Return the redirect addresses, one to a line or as a list."""
    wish = fields.get("redirect_uris")
    return [str(one) for one in wish] if isinstance(wish, list) else str(wish or "").split()


def _is_redirect(address: str) -> bool:
    parts = urlsplit(address)
    return address == OUT_OF_BAND or (parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.fragment)


def _app_json(client_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": client_id[:8],
        "name": body["name"],
        "website": body["website"],
        "scopes": body["scopes"],
        "redirect_uris": body["redirect_uris"],
        "redirect_uri": "\n".join(body["redirect_uris"]),
        "client_id": client_id,
        "client_secret_expires_at": 0,
        "vapid_key": "",
    }


def _check_request(asked: Mapping[str, str], allowed: list[str]) -> None:
    if asked.get("response_type") != "code":
        raise OAuthRefusal("unsupported_response_type", "The authorization server does not support this response type.")
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        raise OAuthRefusal("invalid_code_challenge_method", "The code challenge method must be S256.")
    scopes = set(asked.get("scope", "read").split())
    within = set(allowed) | {one for one in SCOPES if one.partition(":")[0] in allowed}
    if not scopes <= within:
        raise OAuthRefusal("invalid_scope", "The requested scope is invalid, unknown, or malformed.")


def _token_parameters() -> dict[str, str]:
    try:
        return {name: str(value) for name, value in parameters().items()}
    except MastodonRefusal as refusal:
        raise OAuthRefusal("invalid_request", refusal.error) from refusal


def _invalid_grant() -> OAuthRefusal:
    return OAuthRefusal("invalid_grant", "The provided authorization grant is invalid, expired, revoked or was used.")


def _refused(refusal: OAuthRefusal) -> Response:
    answer = jsonify(error=refusal.error, error_description=refusal.description)
    answer.status_code = refusal.status
    return answer


def _back(asked: Mapping[str, str], said: Mapping[str, str]) -> AnyResponse:
    values = dict(said) | ({"state": asked["state"]} if "state" in asked else {})
    address = asked["redirect_uri"]
    if address == OUT_OF_BAND:
        address = f"{service_url()}/oauth/authorize/native"
    return redirect(f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(values)}")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
