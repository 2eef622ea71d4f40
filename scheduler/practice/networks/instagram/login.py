"""The two ways to sign in: with Instagram (an Instagram token of 60 days) and with Facebook (a Page token)."""

from __future__ import annotations

from flask import Response, jsonify
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.meta.access import Caller, MetaAccess, need, token_text
from scheduler.practice.meta.fields import page_of
from scheduler.practice.meta.login import MetaLogin, check_app, redeemed
from scheduler.practice.meta.tokens import DAY_MS, HOUR_MS, LONG_MS, MetaToken
from scheduler.practice.meta.wire import GraphRefusal, bad_parameter, parameters, text_of
from scheduler.practice.networks.instagram.nodes import NAME, InstagramNodes
from scheduler.practice.oauth import CLIENT_ID, OAuthRules, PracticeOAuth
from scheduler.practice.store import PracticeStore

SCOPES = tuple(
    f"instagram_business_{right}" for right in ("basic", "content_publish", "manage_comments", "manage_insights")
)
FACEBOOK_SCOPES = (
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
    "instagram_manage_insights",
    "pages_show_list",
    "pages_read_engagement",
    "business_management",
    "public_profile",
)
RULES = OAuthRules(NAME, "Instagram", SCOPES, separator=",", code_seconds=3600, access_seconds=None)
FACEBOOK_RULES = OAuthRules(NAME, "Facebook", FACEBOOK_SCOPES, separator=",", access_seconds=None)


class InstagramLogin:
    """Sign-in with Instagram."""

    def __init__(self, store: PracticeStore, access: MetaAccess) -> None:
        """Issue tokens of `access`."""
        self._tokens = access.tokens
        self._clock = store.clock
        self._oauth = PracticeOAuth(store, RULES)

    def authorize(self) -> AnyResponse:
        """GET /oauth/authorize: the way back ends with `#_`, which is no part of the code."""
        answer = self._oauth.authorize()
        if "code=" in answer.headers.get("Location", ""):
            answer.headers["Location"] += "#_"
        return answer

    def exchange(self) -> Response:
        """POST https://api.instagram.com/oauth/access_token: a code for a token of one hour."""
        fields = parameters()
        if text_of(fields, "grant_type") != "authorization_code":
            return _short_refusal("Invalid grant_type")
        try:
            grant = redeemed(self._oauth, fields)
        except GraphRefusal as refusal:
            return _short_refusal(refusal.message)
        scopes = sorted(grant.scopes)
        token = self._tokens.issue("instagram", grant.account.id, scopes, HOUR_MS)
        return jsonify(access_token=token, user_id=int(grant.account.public_id), permissions=scopes)

    def lengthen(self) -> Response:
        """GET /access_token?grant_type=ig_exchange_token: a short token for one of 60 days."""
        fields = parameters()
        if text_of(fields, "grant_type") != "ig_exchange_token":
            raise bad_parameter("Unsupported grant_type")
        check_app({"client_id": CLIENT_ID, "client_secret": text_of(fields, "client_secret")})
        known = self._own(token_text())
        return self._long(known)

    def refresh(self) -> Response:
        """GET /refresh_access_token?grant_type=ig_refresh_token: only a living long token of at least a day."""
        fields = parameters()
        if text_of(fields, "grant_type") != "ig_refresh_token":
            raise bad_parameter("Unsupported grant_type")
        known = self._own(token_text())
        long = known.expires_at - known.issued_at > HOUR_MS
        if not long or known.issued_at + DAY_MS > self._clock.now_ms():
            raise bad_parameter("The access token must be a long-lived one that is at least 24 hours old")
        return self._long(known)

    def _own(self, text: str) -> MetaToken:
        token = self._tokens.read(text)
        if token.kind != "instagram":
            raise GraphRefusal(190, "Invalid OAuth access token - Cannot parse access token", None, 401)
        return token

    def _long(self, known: MetaToken) -> Response:
        token = self._tokens.issue("instagram", known.account_id, known.scopes, LONG_MS)
        permissions = ",".join(known.scopes)
        return jsonify(access_token=token, token_type="bearer", expires_in=LONG_MS // 1000, permissions=permissions)  # noqa: S106


class FacebookLogin(MetaLogin):
    """Sign-in with Facebook: the Pages and the Instagram accounts they are linked to."""

    def __init__(self, store: PracticeStore, access: MetaAccess) -> None:
        """Issue tokens of `access`."""
        self.oauth = PracticeOAuth(store, FACEBOOK_RULES)
        self._store = store
        super().__init__(access, self.oauth)

    def accounts(self) -> Response:
        """GET /me/accounts."""
        caller: Caller = self.user()
        need(caller, "pages_show_list", code=200)
        token = self._tokens.page_token(caller.token, caller.account.id)
        page = InstagramNodes(self._store, caller.account).page(token)
        return jsonify(page_of([page], parameters(), "Page", "id,name,access_token"))


def _short_refusal(message: str) -> Response:
    # This one host words its refusals differently from the Graph API.
    answer = jsonify(error_type="OAuthException", code=400, error_message=message)
    answer.status_code = 400
    return answer
