"""An imitation of the Instagram API on both of its hosts: graph.instagram.com and graph.facebook.com."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import log_exchanges
from scheduler.practice.meta.access import Caller, MetaAccess, Throttle, need
from scheduler.practice.meta.fields import chosen, metrics_of, page_of, wishes
from scheduler.practice.meta.graph import Routes, answered
from scheduler.practice.meta.login import person
from scheduler.practice.meta.tokens import MetaTokens
from scheduler.practice.meta.uploads import UploadRefused, upload_refused
from scheduler.practice.meta.wire import (
    GraphRefusal,
    bad_parameter,
    bad_token,
    instant_of,
    not_visible,
    parameters,
    text_of,
    truth_of,
)
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.instagram.containers import (
    DAY_MS,
    SECRETS,
    InstagramContainers,
    InstagramParts,
)
from scheduler.practice.networks.instagram.login import FacebookLogin, InstagramLogin
from scheduler.practice.networks.instagram.nodes import COMMENTS, FEED, NAME, STORIES, InstagramNodes, page_id
from scheduler.practice.networks.instagram.publishing import POSTS_A_DAY, InstagramPublisher
from scheduler.practice.networks.instagram.rules import check_caption
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore

INSTAGRAM, FACEBOOK = "api", "facebook_api"
THROTTLE = Throttle("instagram", 80002, Budget("instagram-account", 4800, 86_400))
USER_METRICS = (
    "reach",
    "views",
    "accounts_engaged",
    "total_interactions",
    "follows_and_unfollows",
    "likes",
    "comments",
)


class InstagramImitation:
    """Both hosts; what differs is tokens, names of rights, and that only Facebook's deletes."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Serve the accounts of `store`."""
        self._store = store
        self._access = MetaAccess(store, MetaTokens(store, NAME), THROTTLE)
        self._login = InstagramLogin(store, self._access)
        self._facebook = FacebookLogin(store, self._access)
        parts = InstagramParts(store, self._access, surroundings.fetch_media)
        self._containers = InstagramContainers(parts)
        self._publisher = InstagramPublisher(parts, self._containers)
        self._routes: dict[str, Routes] = {
            INSTAGRAM: [
                ("GET", "access_token", self._login.lengthen),
                ("GET", "refresh_access_token", self._login.refresh),
                *self._shared_routes(),
            ],
            FACEBOOK: [
                ("GET", "oauth/access_token", self._facebook.exchange),
                ("POST", "oauth/access_token", self._facebook.exchange),
                ("GET", "debug_token", self._facebook.debug),
                ("GET", "me/permissions", self._facebook.permissions),
                ("DELETE", "me/permissions", self._facebook.take_back),
                ("GET", "me/businesses", self._facebook.businesses),
                ("GET", "me/accounts", self._facebook.accounts),
                *self._shared_routes(),
                ("DELETE", "<node>", self._delete),
            ],
        }

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/instagram`."""
        blueprint = Blueprint("practice_instagram", __name__, url_prefix=f"/practice/{NAME}")
        blueprint.add_url_rule(
            "/<any(api, facebook_api, upload):host>/<path:call>", "api", self._call, methods=["GET", "POST", "DELETE"]
        )
        blueprint.add_url_rule("/token/oauth/access_token", "token", self._login.exchange, methods=["POST"])
        blueprint.add_url_rule("/login/oauth/authorize", "authorize", self._login.authorize)
        blueprint.add_url_rule("/facebook_login/<version>/dialog/oauth", "dialog", self._dialog)
        blueprint.add_url_rule("/web/p/<public_id>", "post", self._visit)
        serve_pictures(blueprint, self._store, NAME)
        log_exchanges(blueprint, self._store, NAME)
        return blueprint

    def _shared_routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("POST", "<node>/media", lambda node: self._containers.create(self._own(node, "content_publish"))),
            ("POST", "<node>/media_publish", lambda node: self._publisher.publish(self._own(node, "content_publish"))),
            ("GET", "<node>/content_publishing_limit", self._limit),
            ("GET", "<node>/media", lambda node: self._listing(node, FEED)),
            ("GET", "<node>/stories", lambda node: self._listing(node, STORIES)),
            ("GET", "<node>/comments", self._comments),
            ("POST", "<node>/comments", self._comment),
            ("POST", "<node>/replies", self._reply),
            ("GET", "<node>/insights", self._insights),
            ("GET", "<node>", self._show),
            ("POST", "<node>", self._change),
        ]

    def _call(self, host: str, call: str) -> Response:
        if host == "upload":
            return answered(call.removeprefix("ig-api-upload/"), [("POST", "<node>", self._received)])
        g.practice_host = host
        return answered(call, self._routes[host])

    def _dialog(self, version: str) -> AnyResponse:
        return self._facebook.oauth.authorize()

    def _received(self, container_id: str) -> Response:
        try:
            return self._containers.receive(self._access.caller().account, container_id)
        except UploadRefused as refusal:
            return upload_refused(refusal)
        except GraphRefusal as refusal:
            kind = "NotAuthorizedError" if refusal.code in (104, 190) else "ProcessingFailedError"
            return upload_refused(UploadRefused(kind, refusal.message))

    def _visit(self, public_id: str) -> AnyResponse:
        post = self._store.posts.by_public_id(NAME, public_id)
        return to_feed(NAME, post.id) if post else Response("There is no such post.", 404, mimetype="text/plain")

    # who calls

    def _caller(self, right: str) -> Caller:
        caller = self._access.caller()
        own = caller.token.kind == "instagram"
        if own is not (g.practice_host == INSTAGRAM):
            raise bad_token(None, "Cannot parse access token")
        need(caller, f"instagram_business_{right}" if own else f"instagram_{right}")
        return caller

    def _own(self, node: str, right: str) -> PracticeAccount:
        account = self._caller(right).account
        me = "me" if g.practice_host == INSTAGRAM else account.public_id
        if node not in (me, account.public_id):
            raise not_visible(node)
        return account

    # reading

    def _show(self, node: str) -> Response:
        fields = parameters()
        wanted = wishes(text_of(fields, "fields"))
        if g.practice_host == FACEBOOK and node == "me":
            return jsonify(chosen(person(self._facebook.user()), wanted or wishes("name"), "User"))
        caller = self._caller("basic")
        nodes = InstagramNodes(self._store, caller.account)
        if node == page_id(caller.account) and g.practice_host == FACEBOOK:
            return jsonify(chosen(nodes.page(""), wanted or wishes("name"), "Page"))
        if node in ("me", caller.account.public_id):
            return jsonify(chosen(nodes.user(), wanted or wishes("user_id,username"), "IGUser"))
        kind, found = self._node(caller.account, nodes, node)
        return jsonify(chosen(found, wanted, kind))

    def _node(self, account: PracticeAccount, nodes: InstagramNodes, node: str) -> tuple[str, dict[str, Any]]:
        container = self._containers.get(account, node)
        if container is not None:
            return "IGContainer", nodes.container(container)
        comment = self._store.posts.get(account.id, COMMENTS, node)
        if comment is not None:
            return "IGComment", nodes.comment(comment)
        return "IGMedia", nodes.media(self._medium(account, node))

    def _medium(self, account: PracticeAccount, node: str) -> StoredPost:
        found = self._store.posts.get(account.id, FEED, node) or self._store.posts.get(account.id, STORIES, node)
        if found is None:
            raise not_visible(node)
        return found

    def _listing(self, node: str, collection: str) -> Response:
        account, fields = self._own(node, "basic"), parameters()
        since, until = instant_of(fields, "since") or 0, instant_of(fields, "until")
        posts = self._store.posts.of_account(account.id, collection)
        if collection == STORIES:
            since = max(since, self._store.clock.now_ms() - DAY_MS)
        nodes = InstagramNodes(self._store, account)
        found = [post for post in posts if post.created_at >= since and (until is None or post.created_at <= until)]
        return jsonify(page_of([nodes.media(post) for post in found], fields, "IGMedia", "id"))

    def _limit(self, node: str) -> Response:
        account = self._own(node, "content_publish")
        quota = {
            "quota_usage": self._publisher.quota_used(account),
            "config": {"quota_total": POSTS_A_DAY, "quota_duration": DAY_MS // 1000},
        }
        wanted = wishes(text_of(parameters(), "fields") or "quota_usage")
        return jsonify(data=[chosen(quota, wanted, "IGContentPublishingLimit")])

    def _insights(self, node: str) -> Response:
        account = self._caller("manage_insights").account
        if node in ("me", account.public_id):
            known: dict[str, int] = dict.fromkeys(USER_METRICS, 0)
        else:
            known = _media_metrics(self._medium(account, node))
        names = metrics_of(parameters(), known)
        return jsonify(data=[_measured(node, name, known[name]) for name in names])

    # comments

    def _comments(self, node: str) -> Response:
        account = self._caller("basic").account
        comments = InstagramNodes(self._store, account).comments(self._medium(account, node))
        return jsonify(page_of(comments, parameters(), "IGComment", "id,text,timestamp"))

    def _comment(self, node: str) -> Response:
        account = self._caller("manage_comments").account
        medium = self._medium(account, node)
        if not medium.body["comments_open"]:
            raise bad_parameter("Comments are turned off for this media")
        return self._said(account, medium.public_id)

    def _reply(self, node: str) -> Response:
        account = self._caller("manage_comments").account
        comment = self._store.posts.get(account.id, COMMENTS, node)
        if comment is None:
            raise not_visible(node)
        return self._said(account, str(comment.body["parent"]))

    def _said(self, account: PracticeAccount, parent: str) -> Response:
        fields = parameters()
        message = text_of(fields, "message")
        if not message.strip():
            raise bad_parameter("The parameter message is required")
        check_caption(message)
        self._access.before_publishing(account)
        body = {"caption": message, "parent": parent, "media": [], "media_type": "", "product": "COMMENT"}
        request = {name: value for name, value in fields.items() if name not in SECRETS}
        post = self._store.posts.add(account.id, NewPost(NAME, COMMENTS, body, request))
        return self._publisher.spoiled(account, {"id": post.public_id})

    # changing

    def _change(self, node: str) -> Response:
        account, fields = self._caller("manage_comments").account, parameters()
        post = self._medium(account, node)
        if "comment_enabled" not in fields:
            raise bad_parameter("The parameter comment_enabled is required")
        body = {**post.body, "comments_open": truth_of(fields, "comment_enabled")}
        new = NewPost(NAME, post.collection, body, post.request, media=post.body["media"])
        self._store.posts.change(post, new)
        return jsonify(success=True)

    def _delete(self, node: str) -> Response:
        account = self._caller("content_publish").account
        post = self._store.posts.get(account.id, COMMENTS, node) or self._medium(account, node)
        self._store.posts.delete(post.id)
        return jsonify(success=True)


def _media_metrics(post: StoredPost) -> dict[str, int]:
    """Return every metric of a medium of this kind; retired ones are gone, those of reels are only for reels."""
    seen = post.likes + post.reposts + post.replies
    known = {"views": seen, "reach": seen, "total_interactions": seen, "likes": post.likes, "comments": post.replies}
    known |= {"shares": post.reposts, "saved": 0, "follows": 0, "profile_visits": 0}
    if post.body["product"] == "REELS":
        known |= {"ig_reels_avg_watch_time": 0, "ig_reels_video_view_total_time": 0, "reels_skip_rate": 0}
    if post.body["product"] == "STORY":
        known |= {"replies": post.replies, "navigation": 0}
    return known


def _measured(node: str, name: str, value: int) -> dict[str, Any]:
    return {"name": name, "period": "lifetime", "values": [{"value": value}], "id": f"{node}/insights/{name}/lifetime"}
