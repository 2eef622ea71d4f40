"""The X imitation: who calls, with which rights, and which call it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges, note_switch
from scheduler.practice.grants import ACCESS
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.x.media import XMedia
from scheduler.practice.networks.x.posts import XPosts, is_premium
from scheduler.practice.networks.x.wire import (
    ME_BUDGET,
    XRefusal,
    fields_of,
    forbidden,
    headers_of,
    invalid,
    iso_time,
    refusal_answer,
    spend,
    unauthorized,
)
from scheduler.practice.oauth import OAuthRefusal, OAuthRules, PracticeOAuth
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.switches import FailureSwitch

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

MAX_BODY_BYTES = 9 * 1024 * 1024
ASKED_SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
SCOPES = (
    *ASKED_SCOPES, "tweet.moderate.write", "users.email", "follows.read", "follows.write", "space.read", "mute.read",
    "mute.write", "like.read", "like.write", "list.read", "list.write", "block.read", "block.write", "bookmark.read",
    "bookmark.write", "dm.read", "dm.write",
)  # fmt: skip
Handler = Callable[..., Response]
_GONE = "We couldn't find what you asked for."


def sign_in(store: PracticeStore) -> PracticeOAuth:
    """Return X's sign-in: PKCE, Basic authentication, two-hour tokens, refresh tokens that are good once."""
    rules = OAuthRules(
        "x",
        "X",
        SCOPES,
        pkce=True,
        client_auth="basic",
        code_seconds=30,
        access_seconds=7200,
        refresh="rotating",
        refresh_seconds=183 * 86_400,
        wants_refresh=lambda asked: "offline.access" in asked.get("scope", "").split(),
        refusal=_token_refusal,
    )
    return PracticeOAuth(store, rules)


class XImitation:
    """The server: sign-in and routes here, media and posts in their own classes."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Serve the accounts of `store`."""
        self._store = store
        self._oauth = sign_in(store)
        media = XMedia(store, self._signed_in)
        posts = XPosts(store, self._signed_in, media, surroundings)
        self._routes: list[tuple[str, str, Handler]] = [
            ("POST", "2/oauth2/token", self._oauth.token),
            ("POST", "2/oauth2/revoke", self._oauth.revoke),
            ("GET", "2/users/me", self._me),
            ("GET", "2/users/<id>/tweets", posts.listing),
            ("POST", "2/tweets", posts.publish),
            ("GET", "2/tweets", posts.batch),
            ("GET", "2/tweets/<id>", posts.show),
            ("DELETE", "2/tweets/<id>", posts.delete),
            ("POST", "2/media/upload", media.upload),
            ("GET", "2/media/upload", media.status),
            ("POST", "2/media/upload/initialize", media.initialize),
            ("POST", "2/media/upload/<id>/append", media.append),
            ("POST", "2/media/upload/<id>/finalize", media.finalize),
            ("POST", "2/media/metadata", media.describe),
        ]

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/x`."""
        blueprint = Blueprint("practice_x", __name__, url_prefix="/practice/x")
        blueprint.add_url_rule("/api/<path:call>", "api", self._call, methods=["GET", "POST", "PUT", "DELETE"])
        blueprint.add_url_rule("/login/i/oauth2/authorize", "authorize", self._oauth.authorize)
        blueprint.add_url_rule("/web/<handle>/status/<post_id>", "post", self._visit)
        blueprint.add_url_rule("/web/i/web/status/<post_id>", "web_post", self._visit)
        serve_pictures(blueprint, self._store, "x")
        log_exchanges(blueprint, self._store, "x")
        return blueprint

    def _call(self, call: str) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        try:
            answer = self._dispatch(call)
        except XRefusal as refusal:
            answer = refusal_answer(refusal)
        except RequestEntityTooLarge:
            drain_body()
            answer = refusal_answer(XRefusal(413, "Payload Too Large", "The media segment is too large."))
        for name, value in headers_of(g.get("practice_budget")).items():
            answer.headers.setdefault(name, value)
        return answer

    def _dispatch(self, call: str) -> Response:
        for verb, pattern, handler in self._routes:
            values = _matched(pattern, call)
            if verb == request.method and values is not None:
                return handler(*values)
        raise XRefusal(404, "Not Found", _GONE)

    def _signed_in(self, *needed: str) -> PracticeAccount:
        grant = self._oauth.grants.look_up(ACCESS, _bearer_token())
        if grant is None or grant.expired:
            raise unauthorized()
        account = grant.account
        g.practice_account_id = account.id
        if switch := self._store.switches.take(account.id, FailureSwitch.REVOKED_APP):
            note_switch(switch)
            raise unauthorized()
        if not grant.scopes.issuperset(needed):
            raise forbidden("You are not permitted to perform this action.", "not-authorized-for-resource")
        if account.status != "active":
            detail = "To protect our users from spam and other malicious activity, this account is temporarily locked."
            raise forbidden(detail, "user-suspended" if account.status == "suspended" else "")
        return account

    def _me(self) -> Response:
        account = self._signed_in("users.read", "tweet.read")
        spend(self._store, ME_BUDGET, account.public_id)
        fields = fields_of("user.fields", ("id", "name", "username"))
        known = {
            "id": account.public_id,
            "name": account.name,
            "username": account.handle,
            "created_at": iso_time(account.created_at),
            "description": "",
            "protected": False,
            "verified": is_premium(account),
            "verified_type": "blue" if is_premium(account) else "none",
            "subscription_type": "Premium" if is_premium(account) else "None",
            "profile_image_url": f"{request.url_root}practice/x/avatar/{account.handle}.png",
            "public_metrics": {"followers_count": 0, "following_count": 0, "tweet_count": 0, "listed_count": 0},
        }
        if unknown := fields - set(known):
            name = sorted(unknown)[0]
            raise invalid(f"The `user.fields` query parameter value [{name}] is not one of those known", name=name)
        return jsonify(data={name: value for name, value in known.items() if name in fields})

    def _visit(self, post_id: str, handle: str = "") -> AnyResponse:
        post = self._store.posts.by_public_id("x", post_id)
        return to_feed("x", post.id) if post else Response("There is no such post.", 404, mimetype="text/plain")


def _token_refusal(refusal: OAuthRefusal) -> Response:
    # The token endpoint words a dead or unknown token as invalid_request.
    error = "invalid_request" if refusal.error == "invalid_grant" else refusal.error
    words = {"unauthorized_client": "Missing valid authorization header"}
    name = "unauthorized_client" if error == "invalid_client" else error
    answer = jsonify(error=name, error_description=words.get(name, refusal.description))
    answer.status_code = refusal.status
    return answer


def _bearer_token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _matched(pattern: str, call: str) -> list[str] | None:
    """Return the values at the `<id>` places of a pattern, or None when the call is another one."""
    parts, given = pattern.split("/"), call.split("/")
    if len(parts) != len(given):
        return None
    pairs = list(zip(parts, given, strict=True))
    fits = all(part in ("<id>", value) for part, value in pairs)
    return [value for part, value in pairs if part == "<id>"] if fits else None
