"""An imitation of the Graph API for Facebook Pages: every call of a publisher, and what the real one refuses."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify
from werkzeug.wrappers import Response as AnyResponse

from scheduler.practice.answers import log_exchanges
from scheduler.practice.meta.access import Caller, MetaAccess, Throttle, need
from scheduler.practice.meta.fields import chosen, page_of, wishes
from scheduler.practice.meta.graph import answered
from scheduler.practice.meta.login import MetaLogin, person
from scheduler.practice.meta.tokens import MetaTokens
from scheduler.practice.meta.uploads import UploadRefused, upload_refused
from scheduler.practice.meta.wire import (
    GraphRefusal,
    bad_parameter,
    instant_of,
    not_visible,
    parameters,
    text_of,
)
from scheduler.practice.network import Surroundings
from scheduler.practice.networks.facebook.engagement import PageEngagement
from scheduler.practice.networks.facebook.nodes import (
    COMMENT_KIND,
    NAME,
    PHOTO_KIND,
    POST_KIND,
    POSTS,
    STORIES,
    VIDEO_KIND,
    PageNodes,
)
from scheduler.practice.networks.facebook.photos import PagePhotos
from scheduler.practice.networks.facebook.publishing import PageParts, PagePublisher, without_token
from scheduler.practice.networks.facebook.videos import PageVideos
from scheduler.practice.oauth import OAuthRules, PracticeOAuth
from scheduler.practice.pictures import serve_pictures, to_feed
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.rates import Budget
from scheduler.practice.store import PracticeStore

SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_user_content",
    "pages_manage_metadata",
    "read_insights",
    "business_management",
    "publish_video",
    "public_profile",
)
RULES = OAuthRules(NAME, "Facebook", SCOPES, separator=",", access_seconds=None)
THROTTLE = Throttle("pages", 80001, Budget("facebook-page", 4800, 86_400))
Where = tuple[Caller, PageNodes]


class FacebookImitation:
    """The Graph API, the dialog of signing in, and the host that takes the bytes of reels."""

    def __init__(self, store: PracticeStore, surroundings: Surroundings) -> None:
        """Serve the Pages of `store`."""
        self._store = store
        self.tokens = MetaTokens(store, NAME)
        self._access = MetaAccess(store, self.tokens, THROTTLE)
        self._oauth = PracticeOAuth(store, RULES)
        self._parts = PageParts(store, self._access, surroundings.fetch_media, surroundings.describe_link)
        self._publisher = PagePublisher(self._parts)
        self._photos = PagePhotos(self._parts, self._publisher)
        self._videos = PageVideos(self._parts, self._publisher)
        self._routes = self._login_routes() + self._page_routes() + self._node_routes()

    def blueprint(self) -> Blueprint:
        """Return the blueprint, to be mounted at `/practice/facebook`."""
        blueprint = Blueprint("practice_facebook", __name__, url_prefix=f"/practice/{NAME}")
        blueprint.add_url_rule(
            "/<any(api, video, upload):host>/<path:call>", "api", self._call, methods=["GET", "POST", "DELETE"]
        )
        blueprint.add_url_rule("/login/dialog/oauth", "dialog", self._oauth.authorize)
        blueprint.add_url_rule("/login/<version>/dialog/oauth", "versioned_dialog", self._dialog)
        blueprint.add_url_rule("/web/<page>/posts/<post_id>", "post", self._visit)
        serve_pictures(blueprint, self._store, NAME)
        log_exchanges(blueprint, self._store, NAME)
        return blueprint

    def _login_routes(self) -> list[tuple[str, str, Any]]:
        login = MetaLogin(self._access, self._oauth)
        return [
            ("GET", "oauth/access_token", login.exchange),
            ("POST", "oauth/access_token", login.exchange),
            ("GET", "debug_token", login.debug),
            ("GET", "me/permissions", login.permissions),
            ("DELETE", "me/permissions", login.take_back),
            ("GET", "me/businesses", login.businesses),
            ("GET", "me/accounts", lambda: self._accounts(login)),
        ]

    def _page_routes(self) -> list[tuple[str, str, Any]]:
        return [
            ("POST", "<node>/feed", self._publisher.feed),
            ("POST", "<node>/photos", self._photos.upload),
            ("POST", "<node>/photo_stories", self._photos.story),
            ("POST", "<node>/videos", self._videos.upload),
            ("POST", "<node>/video_reels", self._videos.reel),
            ("POST", "<node>/video_stories", self._videos.story),
            ("GET", "<node>/feed", self._published),
            ("GET", "<node>/posts", self._published),
            ("GET", "<node>/published_posts", self._published),
            ("GET", "<node>/scheduled_posts", self._scheduled),
            ("GET", "<node>/videos", lambda page: self._list_videos(page, "")),
            ("GET", "<node>/video_reels", lambda page: self._list_videos(page, "reel")),
            ("GET", "<node>/stories", self._stories),
        ]

    def _node_routes(self) -> list[tuple[str, str, Any]]:
        engagement = PageEngagement(self._parts, self._publisher, self._videos)
        return [
            ("GET", "<node>/comments", engagement.comments),
            ("POST", "<node>/comments", engagement.comment),
            ("GET", "<node>/insights", engagement.insights),
            ("GET", "<node>/video_insights", engagement.video_insights),
            ("GET", "<node>", self._show),
            ("POST", "<node>", self._edit),
            ("DELETE", "<node>", self._delete),
        ]

    def _call(self, host: str, call: str) -> Response:
        if host == "upload":
            return answered(call.removeprefix("video-upload/"), [("POST", "<node>", self._received)])
        return answered(call, self._routes)

    def _dialog(self, version: str) -> AnyResponse:
        return self._oauth.authorize()

    def _received(self, video_id: str) -> Response:
        try:
            caller = self._access.caller()
            return self._videos.receive(caller.account, video_id)
        except UploadRefused as refusal:
            return upload_refused(refusal)
        except GraphRefusal as refusal:
            kind = "NotAuthorizedError" if refusal.code in (104, 190) else "ProcessingFailedError"
            return upload_refused(UploadRefused(kind, refusal.message))

    def _visit(self, page: str, post_id: str) -> AnyResponse:
        post = self._store.posts.by_public_id(NAME, post_id)
        return to_feed(NAME, post.id) if post else Response("There is no such post.", 404, mimetype="text/plain")

    # reading

    def _accounts(self, login: MetaLogin) -> Response:
        caller = login.user()
        need(caller, "pages_show_list", code=200)
        token = self.tokens.page_token(caller.token, caller.account.id)
        page = PageNodes(self._store, caller.account).page(token)
        return jsonify(page_of([page], parameters(), "Page", "id,name,category,tasks,access_token"))

    def _reader(self, page: str, *scopes: str) -> Where:
        caller = self._access.caller()
        if page not in ("me", caller.account.public_id):
            raise not_visible(page)
        need(caller, *scopes)
        return caller, PageNodes(self._store, caller.account)

    def _published(self, page: str) -> Response:
        return self._list_posts(page, live=True)

    def _scheduled(self, page: str) -> Response:
        return self._list_posts(page, live=False)

    def _list_posts(self, page: str, live: bool) -> Response:
        caller, nodes = self._reader(page, "pages_read_engagement")
        fields = parameters()
        posts = [post for post in self._posts(caller, fields) if nodes.is_live(post) is live]
        wanted = posts if live else [post for post in posts if post.body["scheduled_at"]]
        return jsonify(page_of([nodes.post(post) for post in wanted], fields, POST_KIND, "id,message,created_time"))

    def _posts(self, caller: Caller, fields: dict[str, Any]) -> list[StoredPost]:
        since, until = instant_of(fields, "since") or 0, instant_of(fields, "until")
        posts = self._store.posts.of_account(caller.account.id, POSTS)
        return [post for post in posts if post.created_at >= since and (until is None or post.created_at <= until)]

    def _list_videos(self, page: str, kind: str) -> Response:
        caller, nodes = self._reader(page, "pages_read_engagement")
        videos = [nodes.video(one) for one in self._videos.all(caller.account, kind) if one.body.get("post")]
        return jsonify(page_of(videos, parameters(), VIDEO_KIND, "id,description,created_time"))

    def _stories(self, page: str) -> Response:
        caller, nodes = self._reader(page, "pages_read_engagement")
        stories = [nodes.story(post) for post in self._store.posts.of_account(caller.account.id, STORIES)]
        return jsonify(page_of(stories, parameters(), "Story", "post_id,status,creation_time,media_type,media_id,url"))

    def _show(self, node: str) -> Response:
        caller = self._access.caller()
        nodes, fields = PageNodes(self._store, caller.account), parameters()
        wanted = wishes(text_of(fields, "fields"))
        if node == "me" and caller.token.kind == "user":
            return jsonify(chosen(person(caller), wanted or wishes("name"), "User"))
        if node in ("me", caller.account.public_id):
            return jsonify(chosen(nodes.page(), wanted or wishes("name"), "Page"))
        need(caller, "pages_read_engagement")
        kind, found = self._node(caller, nodes, node)
        return jsonify(chosen(found, wanted or wishes("created_time" if kind != PHOTO_KIND else "id"), kind))

    def _node(self, caller: Caller, nodes: PageNodes, node: str) -> tuple[str, dict[str, Any]]:
        post, comment = nodes.find_post(node), nodes.find_comment(node)
        if post is not None:
            return POST_KIND, nodes.post(post)
        if comment is not None:
            return COMMENT_KIND, nodes.comment(comment)
        photo = self._store.media.of_account(caller.account.id, node)
        if photo is not None and photo.kind == "image":
            return PHOTO_KIND, nodes.photo(photo)
        return VIDEO_KIND, nodes.video(self._videos.own(caller.account, node))

    # changing

    def _edit(self, node: str) -> Response:
        caller, fields = self._access.caller(), parameters()
        need(caller, "pages_read_engagement", "pages_manage_posts", code=200)
        post = PageNodes(self._store, caller.account).find_post(node)
        if post is None:
            raise not_visible(node)
        message = text_of(fields, "message")
        if not message.strip() and not (post.body["link"] or post.body["media"]):
            raise bad_parameter("Missing message or attachment", 1349125)
        body, media = {**post.body, "message": message.rstrip()}, post.body["media"]
        self._store.posts.change(post, NewPost(NAME, POSTS, body, without_token(fields), card=post.card, media=media))
        return jsonify(success=True)

    def _delete(self, node: str) -> Response:
        caller = self._access.caller()
        need(caller, "pages_read_engagement", "pages_manage_posts", code=200)
        nodes = PageNodes(self._store, caller.account)
        post = nodes.find_post(node) or nodes.find_comment(node)
        if post is None:
            post = self._dropped_video(caller, node)
        if post is not None:
            self._store.posts.delete(post.id)
        return jsonify(success=True)

    def _dropped_video(self, caller: Caller, node: str) -> StoredPost | None:
        photo = self._store.media.of_account(caller.account.id, node)
        if photo is not None and photo.kind == "image" and photo.post_id is None:
            return None
        video = self._videos.own(caller.account, node)
        self._videos.drop(video)
        return PageNodes(self._store, caller.account).post_of(video)
