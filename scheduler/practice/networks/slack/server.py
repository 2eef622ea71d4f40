"""The Slack imitation's dispatcher: bot tokens and scopes, sign-in, conversations; messages, files and hooks beside."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges, note_switch
from scheduler.practice.documents import Place
from scheduler.practice.grants import ACCESS, Grant
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.slack.files import SlackFiles
from scheduler.practice.networks.slack.hooks import SlackHooks
from scheduler.practice.networks.slack.messages import SlackMessages
from scheduler.practice.networks.slack.places import Channel, channel_json, channel_of, channels, code_of, team_json
from scheduler.practice.networks.slack.wire import (
    MAX_BODY_BYTES,
    TIER_BUDGET,
    Json,
    SlackRefusal,
    arguments,
    needed,
    ok,
    refusal_answer,
    spend,
    text_of,
    truth_of,
)
from scheduler.practice.oauth import OAuthRefusal, OAuthRules, PracticeOAuth
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

ASKED_SCOPES = (
    "channels:history", "channels:join", "channels:read", "chat:write", "files:read", "files:write", "groups:history",
    "groups:read",
)  # fmt: skip
SCOPES = (*ASKED_SCOPES, "chat:write.customize", "chat:write.public", "incoming-webhook", "team:read", "users:read")
_TYPES = ("public_channel", "private_channel", "mpim", "im")

Call = Callable[[Json], Response]


def sign_in(store: PracticeStore) -> PracticeOAuth:
    """Return Slack's sign-in: codes for ten minutes, bot tokens that never end (no token rotation)."""
    rules = OAuthRules("slack", "Slack", SCOPES, separator=",", response_type=False, access_seconds=None)
    return PracticeOAuth(store, rules)


def new_bot_token(oauth: PracticeOAuth, grant: Grant) -> str:
    """Return a new bot token, of the shape `xoxb-...`, for what was allowed."""
    return oauth.grants.issue(ACCESS, grant, None, f"xoxb-{secrets.token_urlsafe(36)}")


class SlackImitation:
    """The server: one workspace per account, with a bot in it."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Serve the accounts of `store`."""
        self._store = store
        self._oauth = sign_in(store)
        messages = SlackMessages(store, self._signed_in, surroundings.describe_link)
        self._files = SlackFiles(store, self._signed_in, messages)
        self._hooks = SlackHooks(store, messages)
        self._calls: dict[str, Call] = {
            "auth.test": self._test,
            "auth.revoke": self._revoke,
            "conversations.list": self._list,
            "conversations.info": self._info,
            "conversations.join": self._join,
            "conversations.history": messages.history,
            "conversations.replies": messages.replies,
            "chat.postMessage": messages.post,
            "chat.update": messages.update,
            "chat.delete": messages.delete,
            "chat.getPermalink": messages.permalink,
            "files.getUploadURLExternal": self._files.ask,
            "files.completeUploadExternal": self._files.complete,
            "files.info": self._files.info,
            "oauth.v2.access": self._access,
        }

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/slack`."""
        blueprint = Blueprint("practice_slack", __name__, url_prefix="/practice/slack")
        blueprint.add_url_rule("/api/<method>", "api", self._call, methods=["GET", "POST"])
        blueprint.add_url_rule("/upload/v1/<secret>", "upload", self._receive_file, methods=["POST", "PUT"])
        hook = "/hooks/services/<team>/<service>/<secret>"
        blueprint.add_url_rule(hook, "receive", self._hooks.receive, methods=["POST"])
        blueprint.add_url_rule("/login/oauth/v2/authorize", "authorize", self._oauth.authorize)
        blueprint.add_url_rule("/web/archives/<channel>/p<int:number>", "post", self._visit)
        serve_pictures(blueprint, self._store, "slack")
        log_exchanges(blueprint, self._store, "slack")
        return blueprint

    def _call(self, method: str) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        try:
            call = self._calls.get(method)
            if call is None:
                raise SlackRefusal("unknown_method")
            return call(arguments())
        except SlackRefusal as refusal:
            return refusal_answer(refusal)
        except RequestEntityTooLarge:
            drain_body()
            return refusal_answer(SlackRefusal("request_too_large", 413))

    def _receive_file(self, secret: str) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        return self._files.receive(secret)

    def _signed_in(self, scope: str = "") -> tuple[PracticeAccount, frozenset[str]]:
        token = _token()
        grant = self._oauth.grants.look_up(ACCESS, token)
        if grant is None:
            raise SlackRefusal("invalid_auth" if token else "not_authed")
        account = grant.account
        g.practice_account_id = account.id
        if switch := self._store.switches.take(account.id, FailureSwitch.REVOKED_APP):
            note_switch(switch)
            raise SlackRefusal("token_revoked")
        if account.status == "deactivated":
            raise SlackRefusal("account_inactive")
        if scope and scope not in grant.scopes:
            provided = ",".join(sorted(grant.scopes))
            raise SlackRefusal("missing_scope", more={"needed": scope, "provided": provided})
        spend(self._store, TIER_BUDGET, account.public_id)
        return account, grant.scopes

    def _test(self, _fields: Json) -> Response:
        account, _ = self._signed_in()
        base = f"{request.url_root.rstrip('/')}/practice/slack/web"
        return ok(**team_json(account, base), is_enterprise_install=False)

    def _revoke(self, fields: Json) -> Response:
        self._signed_in()
        if not truth_of(fields, "test"):
            self._oauth.grants.revoke(_token())
        return ok(revoked=not truth_of(fields, "test"))

    def _list(self, fields: Json) -> Response:
        account, _ = self._signed_in("channels:read")
        wanted = [one.strip() for one in (text_of(fields, "types") or "public_channel").split(",")]
        if not set(wanted) <= set(_TYPES):
            raise SlackRefusal("invalid_types")
        found = [one for one in channels(self._store, account) if _kind(one) in wanted]
        if truth_of(fields, "exclude_archived"):
            found = [one for one in found if not one.archived]
        limit, start = text_of(fields, "limit") or "100", text_of(fields, "cursor") or "0"
        if not limit.isdecimal() or not 0 < int(limit) <= 1000:
            raise SlackRefusal("invalid_limit")
        if not start.isdecimal():
            raise SlackRefusal("invalid_cursor")
        end = int(start) + int(limit)
        cursor = str(end) if end < len(found) else ""
        listed = [channel_json(account, one) for one in found[int(start) : end]]
        return ok(channels=listed, response_metadata={"next_cursor": cursor})

    def _info(self, fields: Json) -> Response:
        account, _ = self._signed_in("channels:read")
        return ok(channel=channel_json(account, self._channel(account, fields)))

    def _join(self, fields: Json) -> Response:
        account, _ = self._signed_in("channels:join")
        channel = self._channel(account, fields)
        if channel.archived:
            raise SlackRefusal("is_archived")
        if channel.private:
            raise SlackRefusal("method_not_supported_for_channel_type")
        self._store.documents.put(Place("slack", "member", channel.id), {}, account.id)
        return ok(channel=channel_json(account, self._channel(account, fields)))

    def _channel(self, account: PracticeAccount, fields: Json) -> Channel:
        channel = channel_of(self._store, account, needed(fields, "channel"))
        if channel is None:
            raise SlackRefusal("channel_not_found")
        return channel

    def _access(self, fields: Json) -> Response:
        header = request.authorization
        if header is not None and header.type == "basic":
            fields |= {"client_id": header.username or "", "client_secret": header.password or ""}
        if fields.get("grant_type", "authorization_code") != "authorization_code":
            raise SlackRefusal("invalid_grant_type")
        asked = {name: str(value) for name, value in fields.items()}
        try:
            self._oauth.check_app(asked)
            grant, _ = self._oauth.redeem(asked)
        except OAuthRefusal as refusal:
            raise SlackRefusal(_sign_in_error(refusal)) from refusal
        return ok(**self._granted(grant))

    def _granted(self, grant: Grant) -> Json:
        account, code = grant.account, code_of(grant.account)
        told: Json = {"access_token": new_bot_token(self._oauth, grant), "token_type": "bot", "app_id": f"A{code}"}
        told |= {"scope": ",".join(sorted(grant.scopes)), "bot_user_id": f"U{code}"}
        team = {"id": f"T{code}", "name": account.name}
        return told | {"team": team, "authed_user": {"id": f"U{code}0"}, "is_enterprise_install": False}

    def _visit(self, channel: str, number: int) -> AnyResponse:
        ts = f"{number // 1_000_000}.{number % 1_000_000:06d}"
        post = self._store.posts.by_public_id("slack", ts)
        if post is None or post.body["channel"] != channel:
            return Response("There is no such message.", 404, mimetype="text/plain")
        return to_feed("slack", post.id)


def _token() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    return request.form.get("token", "")


def _kind(channel: Channel) -> str:
    return "private_channel" if channel.private else "public_channel"


def _sign_in_error(refusal: OAuthRefusal) -> str:
    if refusal.error == "invalid_client":
        return "bad_client_secret" if request.values.get("client_id") == "practice-app" else "invalid_client_id"
    words = refusal.description
    if words.startswith("redirect_uri"):
        return "bad_redirect_uri"
    return "invalid_code_verifier" if words.startswith("code_verifier") else "invalid_code"
