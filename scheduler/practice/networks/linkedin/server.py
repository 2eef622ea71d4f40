"""The LinkedIn imitation: who calls, with which scopes and version, and which call it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges, note_switch
from scheduler.practice.grants import ACCESS, Grant
from scheduler.practice.networks.linkedin.assets import LinkedInAssets
from scheduler.practice.networks.linkedin.comments import LinkedInComments
from scheduler.practice.networks.linkedin.posts import LinkedInPosts
from scheduler.practice.networks.linkedin.wire import (
    LinkedInRefusal,
    check_version,
    dead_token,
    denied,
    not_found,
    organization_of,
    refusal_answer,
)
from scheduler.practice.oauth import OAuthRefusal, OAuthRules, PracticeOAuth
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.switches import FailureSwitch

if TYPE_CHECKING:
    from scheduler.practice.store import PracticeStore

MAX_BODY_BYTES = 110 * 1024 * 1024
MEMBER_SCOPES = ("openid", "profile", "email", "w_member_social")
ORGANIZATION_SCOPES = (
    "r_basicprofile", "w_organization_social", "r_organization_social", "rw_organization_admin",
    "w_member_social_feed", "w_organization_social_feed", "r_organization_social_feed", "r_member_postAnalytics",
)  # fmt: skip
ALL_SCOPES = (*MEMBER_SCOPES, *ORGANIZATION_SCOPES)
Handler = Callable[..., Response]


def sign_in(store: PracticeStore) -> PracticeOAuth:
    """Return LinkedIn's sign-in: no PKCE needed, sixty-day tokens, a refresh token only for vetted applications."""
    rules = OAuthRules(
        "linkedin",
        "LinkedIn",
        ALL_SCOPES,
        code_seconds=1800,
        access_seconds=5_184_000,
        refresh="stable",
        refresh_seconds=365 * 86_400,
        wants_refresh=lambda asked: "w_organization_social" in asked.get("scope", "").split(),
        tells_refresh_end=True,
        repeats_refresh=True,
        scope_error="unauthorized_scope_error",
        denied="user_cancelled_authorize",
    )
    return PracticeOAuth(store, rules)


class LinkedInImitation:
    """The server: sign-in, people and routes here; uploads, posts and comments in their own classes."""

    def __init__(self, store: PracticeStore) -> None:
        """Serve the accounts of `store`."""
        self._store = store
        self._oauth = sign_in(store)
        self._assets = LinkedInAssets(store, self._signed_in)
        posts = LinkedInPosts(store, self._signed_in, self._assets)
        comments = LinkedInComments(store, self._signed_in)
        self._routes: list[tuple[str, str, Handler]] = [
            ("GET", "v2/userinfo", self._userinfo),
            ("GET", "rest/organizationAcls", self._acls),
            ("GET", "rest/organizations", self._organizations),
            ("GET", "rest/organizations/<id>", self._organization),
            ("POST", "rest/images", lambda: self._assets.act("image")),
            ("GET", "rest/images/<id>", lambda urn: self._assets.show("image", urn)),
            ("POST", "rest/videos", lambda: self._assets.act("video")),
            ("GET", "rest/videos/<id>", lambda urn: self._assets.show("video", urn)),
            ("POST", "rest/documents", lambda: self._assets.act("document")),
            ("GET", "rest/documents/<id>", lambda urn: self._assets.show("document", urn)),
            ("POST", "rest/posts", posts.publish),
            ("GET", "rest/posts", posts.find),
            ("GET", "rest/posts/<id>", posts.show),
            ("POST", "rest/posts/<id>", posts.update),
            ("DELETE", "rest/posts/<id>", posts.delete),
            ("POST", "rest/socialActions/<id>/comments", comments.add),
            ("GET", "rest/socialActions/<id>/comments", comments.listing),
            ("DELETE", "rest/socialActions/<id>/comments/<id>", comments.delete),
            ("GET", "rest/socialMetadata/<id>", comments.metadata),
            ("GET", "rest/organizationalEntityShareStatistics", comments.statistics),
            ("GET", "rest/memberCreatorPostAnalytics", comments.member_analytics),
        ]

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/linkedin`."""
        blueprint = Blueprint("practice_linkedin", __name__, url_prefix="/practice/linkedin")
        blueprint.add_url_rule("/api/<path:call>", "api", self._call, methods=["GET", "POST", "PUT", "DELETE"])
        blueprint.add_url_rule("/upload/<token>", "receive", self._receive, methods=["PUT", "POST"])
        blueprint.add_url_rule("/login/oauth/v2/authorization", "authorize", self._oauth.authorize)
        blueprint.add_url_rule("/login/oauth/v2/accessToken", "token", self._oauth.token, methods=["POST"])
        blueprint.add_url_rule("/login/oauth/v2/revoke", "revoke", self._oauth.revoke, methods=["POST"])
        blueprint.add_url_rule("/login/oauth/v2/introspectToken", "introspect", self._introspect, methods=["POST"])
        blueprint.add_url_rule("/web/feed/update/<urn>/", "post", self._visit)
        serve_pictures(blueprint, self._store, "linkedin")
        log_exchanges(blueprint, self._store, "linkedin")
        return blueprint

    def _call(self, call: str) -> Response:
        return self._guarded(lambda: self._dispatch(call))

    def _receive(self, token: str) -> Response:
        return self._guarded(lambda: self._assets.receive(token))

    def _guarded(self, answer: Callable[[], Response]) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        try:
            return answer()
        except LinkedInRefusal as refusal:
            return refusal_answer(refusal)
        except RequestEntityTooLarge:
            drain_body()
            return refusal_answer(LinkedInRefusal(413, "", "Request Entity Too Large"))

    def _dispatch(self, call: str) -> Response:
        for verb, pattern, handler in self._routes:
            values = _matched(pattern, call)
            if verb == request.method and values is not None:
                if call.startswith("rest/"):
                    check_version(self._store.clock.now_ms())
                return handler(*values)
        raise LinkedInRefusal(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for /{call}")

    def _signed_in(self, *one_of: str) -> Grant:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise dead_token("EMPTY_ACCESS_TOKEN")
        grant = self._oauth.grants.look_up(ACCESS, token.strip())
        if grant is None:
            raise dead_token("INVALID_ACCESS_TOKEN")
        g.practice_account_id = grant.account.id
        if grant.expired:
            raise dead_token("EXPIRED_ACCESS_TOKEN")
        if switch := self._store.switches.take(grant.account.id, FailureSwitch.REVOKED_APP):
            note_switch(switch)
            raise dead_token("REVOKED_ACCESS_TOKEN")
        if one_of and not grant.scopes & set(one_of):
            raise denied()
        if grant.account.status != "active":
            raise LinkedInRefusal(403, "MEMBER_RESTRICTED", "Member is restricted", 100)
        return grant

    def _userinfo(self) -> Response:
        account = self._signed_in("profile", "openid").account
        picture = f"{request.url_root}practice/linkedin/avatar/{account.handle}.png"
        given, _, family = account.name.partition(" ")
        return jsonify(
            sub=f"m{account.public_id}", name=account.name, given_name=given, family_name=family, picture=picture
        )

    def _acls(self) -> Response:
        account = self._signed_in("rw_organization_admin", "r_organization_social").account
        if request.args.get("q") != "roleAssignee":
            raise LinkedInRefusal(400, "PARAM_INVALID", "q must be roleAssignee")
        found = {
            "role": "ADMINISTRATOR",
            "roleAssignee": f"urn:li:person:m{account.public_id}",
            "state": "APPROVED",
            "organization": organization_of(account),
        }
        wanted = request.args.get("role", "ADMINISTRATOR") == "ADMINISTRATOR"
        return jsonify(paging={"start": 0, "count": 10, "links": []}, elements=[found] if wanted else [])

    def _organizations(self) -> Response:
        mine = self._signed_in("rw_organization_admin", "r_organization_social").account
        ids = request.args.get("ids", "").removeprefix("List(").removesuffix(")").split(",")
        found = [self._store.accounts.find("linkedin", one) for one in ids if one.isdecimal()]
        known = {one.public_id: _organization(one) for one in found if one is not None and one.id == mine.id}
        return jsonify(results=known, statuses={}, errors={})

    def _organization(self, organization_id: str) -> Response:
        account = self._signed_in("rw_organization_admin", "r_organization_social").account
        if organization_id != account.public_id:
            raise not_found()
        return jsonify(_organization(account))

    def _introspect(self) -> Response:
        asked = request.form.to_dict()
        try:
            self._oauth.check_app(asked)
        except OAuthRefusal as refusal:
            return self._oauth.rules.refusal(refusal)
        grant = self._oauth.grants.look_up(ACCESS, asked.get("token", ""))
        if grant is None:
            return jsonify(active=False, status="revoked")
        return jsonify(
            active=not grant.expired,
            status="expired" if grant.expired else "active",
            scope=",".join(sorted(grant.scopes)),
            expires_at=(grant.expires_at or 0) // 1000,
            client_id=asked["client_id"],
        )

    def _visit(self, urn: str) -> AnyResponse:
        post = self._store.posts.by_public_id("linkedin", urn)
        return to_feed("linkedin", post.id) if post else Response("There is no such post.", 404, mimetype="text/plain")


def _organization(account: PracticeAccount) -> dict[str, object]:
    return {
        "id": int(account.public_id),
        "localizedName": account.name,
        "vanityName": account.handle,
        "$URN": organization_of(account),
        "primaryOrganizationType": "NONE",
    }


def _matched(pattern: str, call: str) -> list[str] | None:
    """Return the values at the `<id>` places of a pattern, or None when the call is another one."""
    parts, given = pattern.split("/"), call.split("/")
    if len(parts) != len(given):
        return None
    pairs = list(zip(parts, given, strict=True))
    fits = all(part in ("<id>", value) for part, value in pairs)
    return [value for part, value in pairs if part == "<id>"] if fits else None
