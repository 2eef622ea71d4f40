"""An imitation of a Mastodon server: instance, accounts, media, statuses.

It refuses what the real server refuses, with the real server's codes and headers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import drain_body, log_exchanges, note_switch
from scheduler.practice.feed import DescribeLink
from scheduler.practice.networks.mastodon.entities import (
    account_json,
    instance_v1,
    instance_v2,
    nodeinfo,
    nodeinfo_links,
)
from scheduler.practice.networks.mastodon.flavours import (
    FLAVOURS,
    MASTODON,
    Flavour,
    flavour_here,
    flavour_of_handle,
)
from scheduler.practice.networks.mastodon.media import MastodonMedia
from scheduler.practice.networks.mastodon.oauth import MastodonOAuth
from scheduler.practice.networks.mastodon.statuses import MastodonParts, MastodonStatuses
from scheduler.practice.networks.mastodon.wire import (
    GENERAL_BUDGET,
    GUEST_BUDGET,
    MAX_BODY_BYTES,
    MastodonRefusal,
    headers_of,
    not_found,
    outside_scopes,
    refusal_answer,
    spend,
    unauthorized,
)
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

Handler = Callable[..., Response]


class MastodonImitation:
    """The server: tokens and routes here, media and statuses in their own classes."""

    def __init__(self, store: PracticeStore, describe_link: DescribeLink | None) -> None:
        """Serve the accounts of `store`; `describe_link` stands for fetching a linked page."""
        self._store = store
        media = MastodonMedia(store, self._signed_in)
        self._oauth = MastodonOAuth(store)
        statuses = MastodonStatuses(MastodonParts(store, media, self._signed_in, describe_link))
        self._publish_due = statuses.scheduled.publish_due
        self._routes: list[tuple[str, str, Handler]] = [
            ("GET", "v2/instance", _second_instance),
            ("GET", "v1/instance", lambda: jsonify(instance_v1())),
            ("POST", "v1/apps", self._oauth.register),
            ("GET", "v1/apps/verify_credentials", self._oauth.verify_app),
            ("GET", "v1/accounts/verify_credentials", self._verify_credentials),
            ("GET", "v1/accounts/<id>", self._account),
            ("GET", "v1/accounts/<id>/statuses", statuses.listing),
            ("POST", "v2/media", media.upload),
            ("GET", "v1/media/<id>", media.show),
            ("PUT", "v1/media/<id>", media.change),
            ("POST", "v1/statuses", statuses.publish),
            ("GET", "v1/statuses", statuses.batch),
            ("GET", "v1/statuses/<id>", statuses.show),
            ("PUT", "v1/statuses/<id>", statuses.edit),
            ("DELETE", "v1/statuses/<id>", statuses.delete),
            ("GET", "v1/statuses/<id>/source", statuses.source),
            ("GET", "v1/scheduled_statuses", statuses.scheduled.listing),
            ("GET", "v1/scheduled_statuses/<id>", statuses.scheduled.show),
            ("PUT", "v1/scheduled_statuses/<id>", statuses.scheduled.move),
            ("DELETE", "v1/scheduled_statuses/<id>", statuses.scheduled.delete),
        ]

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/mastodon`."""
        blueprint = Blueprint("practice_mastodon", __name__, url_prefix="/practice/mastodon")
        for flavour in FLAVOURS.values():
            self._add_server(blueprint, flavour)
        # What a sign-in begins with that names no server: it tells where the Mastodon here is.
        begin = "/server/.well-known/oauth-authorization-server"
        blueprint.add_url_rule(begin, "server-oauth-metadata", self._oauth.metadata)
        serve_pictures(blueprint, self._store, "mastodon")
        log_exchanges(blueprint, self._store, "mastodon")
        return blueprint

    def _add_server(self, blueprint: Blueprint, flavour: Flavour) -> None:
        verbs, name = ["GET", "POST", "PUT", "DELETE"], "" if flavour is MASTODON else f"{flavour.name}-"
        blueprint.add_url_rule(f"{flavour.path}/api/<path:call>", f"{name}api", self._call, methods=verbs)
        blueprint.add_url_rule(f"{flavour.path}/@<handle>/<status_id>", f"{name}post", self._visit)
        blueprint.add_url_rule(f"{flavour.path}/.well-known/nodeinfo", f"{name}nodeinfo-links", nodeinfo_links)
        blueprint.add_url_rule(f"{flavour.path}/nodeinfo/2.0", f"{name}nodeinfo", nodeinfo)
        if flavour.discovery:
            path = f"{flavour.path}/.well-known/oauth-authorization-server"
            blueprint.add_url_rule(path, f"{name}oauth-metadata", self._oauth.metadata)
        for verb, path, view in (
            ("GET", "authorize", self._oauth.authorize),
            ("GET", "authorize/native", self._oauth.native),
            ("POST", "token", self._oauth.token),
            ("POST", "revoke", self._oauth.revoke),
        ):
            place = f"{name}oauth-{path.replace('/', '-')}"
            blueprint.add_url_rule(f"{flavour.path}/oauth/{path}", place, view, methods=[verb])

    def _call(self, call: str) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        try:
            self._count()
            self._publish_due()
            answer = self._dispatch(call)
        except MastodonRefusal as refusal:
            answer = refusal_answer(refusal)
        except RequestEntityTooLarge:
            drain_body()
            answer = refusal_answer(MastodonRefusal(413, "Payload too large"))
        for name, value in headers_of(g.get("practice_budget")).items():
            answer.headers.setdefault(name, value)
        return answer

    def _dispatch(self, call: str) -> Response:
        for verb, pattern, handler in self._routes:
            values = _matched(pattern, call)
            if verb == request.method and values is not None:
                return handler(*map(flavour_here().read_id, values))
        raise not_found()

    def _count(self) -> None:
        token = _bearer_token()
        found = self._store.accounts.with_token(token) if token else None
        if found is None:
            spend(self._store, GUEST_BUDGET, request.remote_addr or "")
        else:
            spend(self._store, GENERAL_BUDGET, found[0].public_id)

    def _signed_in(self, scope: str) -> PracticeAccount:
        token = _bearer_token()
        found = self._store.accounts.with_token(token)
        if found is None and self._oauth.is_app_token(token):
            raise MastodonRefusal(422, "This method requires an authenticated user")
        if found is None:
            raise unauthorized()
        if self._oauth.has_ended(token):
            raise unauthorized("The access token expired")
        account, scopes = found
        if flavour_of_handle(account.handle) is not flavour_here():
            raise unauthorized()  # a token of another server
        g.practice_account_id = account.id
        switch = self._store.switches.take(account.id, FailureSwitch.REVOKED_APP)
        if switch is not None:
            note_switch(switch)
            raise unauthorized("The access token was revoked")
        if scope not in scopes and scope.partition(":")[0] not in scopes:
            raise outside_scopes(scope)
        if account.status != "active":
            raise MastodonRefusal(403, "Your login is currently disabled")
        return account

    def _verify_credentials(self) -> Response:
        account = self._signed_in("read:accounts")
        source = {
            "privacy": "public",
            "sensitive": False,
            "language": "en",
            "quote_policy": "public",
            "note": "",
        }
        return jsonify(self._json(account) | {"source": source})

    def _account(self, account_id: str) -> Response:
        account = self._store.accounts.find("mastodon", account_id)
        if account is None or flavour_of_handle(account.handle) is not flavour_here():
            raise not_found()
        return jsonify(self._json(account))

    def _visit(self, handle: str, status_id: str) -> AnyResponse:
        account = self._store.accounts.find("mastodon", handle)
        post = self._store.posts.get(account.id, "", flavour_here().read_id(status_id)) if account else None
        return to_feed("mastodon", post.id) if post else Response("There is no such post.", 404, mimetype="text/plain")

    def _json(self, account: PracticeAccount) -> dict[str, Any]:
        return account_json(account, len(self._store.posts.of_account(account.id, "")))


def _second_instance() -> Response:
    if not flavour_here().second_instance:
        raise not_found()
    return jsonify(instance_v2())


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
