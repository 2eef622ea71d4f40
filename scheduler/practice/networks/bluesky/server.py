"""An imitation of a Bluesky server (AT Protocol PDS, with the few AppView reads the product uses).

Every call is `<mount>/xrpc/<NSID>`. It refuses what the real server refuses, in its words and codes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges, note_switch
from scheduler.practice.network import FetchMedia
from scheduler.practice.networks.bluesky.dpop import Asked, BadProof
from scheduler.practice.networks.bluesky.oauth import BlueskyOAuth
from scheduler.practice.networks.bluesky.repo import BlueskyRepo
from scheduler.practice.networks.bluesky.tokens import (
    ACCESS_LIFETIME_SECONDS,
    ACCESS_SCOPE,
    REFRESH_LIFETIME_SECONDS,
    REFRESH_SCOPE,
    TokenClaims,
    issue_token,
    read_token,
)
from scheduler.practice.networks.bluesky.video import MAX_VIDEO_BYTES, BlueskyVideo
from scheduler.practice.networks.bluesky.wire import (
    GLOBAL_BUDGET,
    LOGIN_BUDGETS,
    MAX_BLOB_BYTES,
    MAX_JSON_BYTES,
    BlueskyRefusal,
    headers_of,
    json_body,
    mount_url,
    refusal_answer,
    spend,
)
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

Handler = Callable[[], dict[str, Any] | Response]


_LARGEST = {"com.atproto.repo.uploadBlob": MAX_BLOB_BYTES, "app.bsky.video.uploadVideo": MAX_VIDEO_BYTES + 1}


class BlueskyImitation:
    """The server: sessions here, records in `BlueskyRepo`."""

    def __init__(self, store: PracticeStore, fetch: FetchMedia) -> None:
        """Serve the accounts of `store`; `fetch` reads the metadata documents of OAuth clients."""
        self._store = store
        self._oauth = BlueskyOAuth(store, fetch)
        video = BlueskyVideo(store, self._signed_in)
        repo = BlueskyRepo(store, self._signed_in)
        self._methods: dict[str, tuple[str, Handler]] = {
            "com.atproto.server.describeServer": ("GET", self._describe_server),
            "com.atproto.server.createSession": ("POST", self._create_session),
            "com.atproto.server.refreshSession": ("POST", self._refresh_session),
            "com.atproto.server.getSession": ("GET", self._get_session),
            "com.atproto.server.deleteSession": ("POST", self._delete_session),
            "com.atproto.server.getServiceAuth": ("GET", video.service_auth),
            "com.atproto.identity.resolveHandle": ("GET", self._resolve_handle),
            "com.atproto.repo.uploadBlob": ("POST", repo.upload_blob),
            "com.atproto.repo.createRecord": ("POST", repo.create_record),
            "com.atproto.repo.putRecord": ("POST", repo.put_record),
            "com.atproto.repo.getRecord": ("GET", repo.get_record),
            "com.atproto.repo.listRecords": ("GET", repo.list_records),
            "com.atproto.repo.deleteRecord": ("POST", repo.delete_record),
            "app.bsky.actor.getProfile": ("GET", self._get_profile),
            "app.bsky.feed.getPosts": ("GET", repo.get_posts),
            "app.bsky.video.getUploadLimits": ("GET", video.upload_limits),
            "app.bsky.video.uploadVideo": ("POST", video.upload),
            "app.bsky.video.getJobStatus": ("GET", video.job_status),
        }

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/bluesky`."""
        blueprint = Blueprint("practice_bluesky", __name__, url_prefix="/practice/bluesky")
        for key in ("", "service", "appview", "video"):
            path, name = (f"/{key}/xrpc/<nsid>", f"{key}-api") if key else ("/xrpc/<nsid>", "api")
            blueprint.add_url_rule(path, name, self._call, methods=["GET", "POST"])
        blueprint.add_url_rule("/profile/<who>/post/<rkey>", "post", self._visit)
        blueprint.add_url_rule("/web/profile/<who>/post/<rkey>", "web-post", self._visit)
        blueprint.add_url_rule("/directory/<did>", "directory", self._document)
        self._add_sign_in(blueprint)
        serve_pictures(blueprint, self._store, "bluesky")
        log_exchanges(blueprint, self._store, "bluesky")
        return blueprint

    def _add_sign_in(self, blueprint: Blueprint) -> None:
        oauth = self._oauth
        for verb, path, view in (
            ("GET", ".well-known/oauth-protected-resource", oauth.resource),
            ("GET", "service/.well-known/oauth-protected-resource", oauth.resource),
            ("GET", ".well-known/oauth-authorization-server", oauth.metadata),
            ("GET", "oauth/authorize", oauth.authorize),
            ("POST", "oauth/par", oauth.push),
            ("POST", "oauth/token", oauth.token),
            ("POST", "oauth/revoke", oauth.revoke),
        ):
            blueprint.add_url_rule(f"/{path}", path.replace("/", "-").replace(".", ""), view, methods=[verb])

    def _call(self, nsid: str) -> Response:
        upload = nsid == "com.atproto.repo.uploadBlob"
        request.max_content_length = _LARGEST.get(nsid, MAX_JSON_BYTES)
        try:
            spend(self._store, GLOBAL_BUDGET, request.remote_addr or "")
            result = self._find(nsid)()
            answer = result if isinstance(result, Response) else jsonify(result)
        except BlueskyRefusal as refusal:
            answer = refusal_answer(refusal)
        except RequestEntityTooLarge:
            drain_body()
            error = "PayloadTooLarge" if upload else "PayloadTooLargeError"
            answer = refusal_answer(BlueskyRefusal(413, error, "request entity too large"))
        for name, value in headers_of(g.get("practice_budget")).items():
            answer.headers.setdefault(name, value)
        if "DPoP" in request.headers:
            answer.headers["DPoP-Nonce"] = self._oauth.proofs.nonce()
        return answer

    def _find(self, nsid: str) -> Handler:
        if nsid not in self._methods:
            raise BlueskyRefusal(501, "MethodNotImplemented", "Method Not Implemented")
        verb, handler = self._methods[nsid]
        if request.method != verb:
            message = f"Incorrect HTTP method ({request.method}) expected {verb}"
            raise BlueskyRefusal(400, "InvalidRequest", message)
        return handler

    def _describe_server(self) -> dict[str, Any]:
        host = request.host.partition(":")[0]
        return {
            "did": f"did:web:{host}",
            "availableUserDomains": [".practice.test"],
            "inviteCodeRequired": True,
            "blobUploadLimit": MAX_BLOB_BYTES,
            "links": {},
            "contact": {},
        }

    def _create_session(self) -> dict[str, Any]:
        body = json_body("identifier", "password")
        for name in ("identifier", "password"):
            if not isinstance(body[name], str):
                raise BlueskyRefusal(400, "InvalidRequest", f"Input/{name} must be a string")
        for budget in LOGIN_BUDGETS:
            spend(self._store, budget, str(body["identifier"]).lower())
        account = self._store.accounts.with_password("bluesky", body["identifier"], body["password"])
        if account is None or self._revoked(account):
            raise BlueskyRefusal(401, "AuthenticationRequired", "Invalid identifier or password")
        if account.status == "takendown":
            raise BlueskyRefusal(401, "AccountTakedown", "Account has been taken down")
        g.practice_account_id = account.id
        return self._session(account, self._store.accounts.start_session(account.id))

    def _refresh_session(self) -> dict[str, Any]:
        claims = self._claims(REFRESH_SCOPE)
        account = self._owner(claims)
        successor = None if self._revoked(account) else self._store.accounts.rotate_session(claims.jti)
        if successor is None:
            raise BlueskyRefusal(400, "ExpiredToken", "Token has been revoked")
        if account.status == "takendown":
            raise BlueskyRefusal(401, "AccountTakedown", "Account has been taken down")
        return self._session(account, successor)

    def _get_session(self) -> dict[str, Any]:
        return self._who(self._owner_signed_in())

    def _delete_session(self) -> Response:
        claims = self._claims(REFRESH_SCOPE, expired_too=True)
        self._store.accounts.end_session(claims.jti)
        return Response(status=200)

    def _resolve_handle(self) -> dict[str, Any]:
        account = self._store.accounts.find("bluesky", request.args.get("handle", ""))
        if account is None:
            raise BlueskyRefusal(400, "HandleNotFound", "Unable to resolve handle")
        return {"did": account.public_id}

    def _get_profile(self) -> dict[str, Any]:
        account = self._store.accounts.find("bluesky", request.args.get("actor", ""))
        if account is None:
            raise BlueskyRefusal(400, "InvalidRequest", "Profile not found")
        return {
            "did": account.public_id,
            "handle": account.handle,
            "displayName": account.name,
            "avatar": f"{mount_url()}/avatar/{account.handle}.png",
            "followersCount": 0,
            "followsCount": 0,
            "postsCount": len(self._store.posts.of_account(account.id, "app.bsky.feed.post")),
            "labels": [],
        }

    def _visit(self, who: str, rkey: str) -> AnyResponse:
        account = self._store.accounts.find("bluesky", who)
        post = self._store.posts.get(account.id, "app.bsky.feed.post", rkey) if account else None
        return to_feed("bluesky", post.id) if post else Response("There is no such post.", 404, mimetype="text/plain")

    def _signed_in(self) -> PracticeAccount:
        """Return the account that may write; used by the repository calls."""
        account = self._owner_signed_in()
        if account.status != "active":
            name = "AccountTakedown" if account.status == "takendown" else "AccountDeactivated"
            raise BlueskyRefusal(401, name, f"Account is {account.status}")
        return account

    def _owner_signed_in(self) -> PracticeAccount:
        account = self._owner_by_proof() or self._owner(self._claims(ACCESS_SCOPE))
        if self._revoked(account):
            raise BlueskyRefusal(400, "InvalidToken", "Token has been revoked")
        return account

    def _owner_by_proof(self) -> PracticeAccount | None:
        """Return whose OAuth token this is, None when the request carries no such token."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "dpop":
            return None
        asked = Asked(request.method, f"{request.url_root.rstrip('/')}{request.path}", token.strip())
        try:
            session = self._oauth.session_of(token.strip(), request.headers.get("DPoP", ""), asked)
        except BadProof as bad:
            challenge = {"WWW-Authenticate": f'DPoP error="{bad.code}", error_description="{bad.reason}"'}
            raise BlueskyRefusal(401, bad.code, bad.reason, headers=challenge) from bad
        g.practice_account_id, g.practice_oauth_scope = session.account.id, session.scope
        return session.account

    def _document(self, did: str) -> AnyResponse:
        """Answer as the directory of DIDs."""
        account = self._store.accounts.find("bluesky", did)
        if account is None:
            return Response('{"message":"DID not registered"}', 404, mimetype="application/json")
        return jsonify(_did_document(account))

    def _claims(self, scope: str, expired_too: bool = False) -> TokenClaims:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if not token:
            raise BlueskyRefusal(401, "AuthMissing", "Authentication Required")
        claims = read_token(self._store.signing_key, token.strip()) if kind.lower() == "bearer" else None
        if claims is None:
            raise BlueskyRefusal(400, "InvalidToken", "Token could not be verified")
        if claims.scope != scope:
            raise BlueskyRefusal(400, "InvalidToken", "Bad token scope")
        if claims.exp * 1000 <= self._store.clock.now_ms() and not expired_too:
            raise BlueskyRefusal(400, "ExpiredToken", "Token has expired")
        return claims

    def _owner(self, claims: TokenClaims) -> PracticeAccount:
        account = self._store.accounts.find("bluesky", claims.sub)
        if account is None:
            raise BlueskyRefusal(400, "InvalidToken", "Token could not be verified")
        g.practice_account_id = account.id
        return account

    def _revoked(self, account: PracticeAccount) -> bool:
        switch = self._store.switches.take(account.id, FailureSwitch.REVOKED_APP)
        if switch is not None:
            note_switch(switch)
        return switch is not None

    def _session(self, account: PracticeAccount, refresh_id: str) -> dict[str, Any]:
        access = self._token(account, (ACCESS_SCOPE, ACCESS_LIFETIME_SECONDS), secrets.token_urlsafe(12))
        refresh = self._token(account, (REFRESH_SCOPE, REFRESH_LIFETIME_SECONDS), refresh_id)
        return {"accessJwt": access, "refreshJwt": refresh} | self._who(account)

    def _token(self, account: PracticeAccount, kind: tuple[str, int], token_id: str) -> str:
        now = self._store.clock.now_ms() // 1000
        claims = TokenClaims(scope=kind[0], sub=account.public_id, iat=now, exp=now + kind[1], jti=token_id)
        return issue_token(self._store.signing_key, claims)

    def _who(self, account: PracticeAccount) -> dict[str, Any]:
        active = account.status == "active"
        return {
            "did": account.public_id,
            "handle": account.handle,
            "didDoc": _did_document(account),
            "emailConfirmed": True,
            "active": active,
        } | ({} if active else {"status": account.status})


def _did_document(account: PracticeAccount) -> dict[str, Any]:
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": mount_url()}
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": account.public_id,
        "alsoKnownAs": [f"at://{account.handle}"],
        "service": [service],
    }
