"""What follows a post of a Page: comments of the Page itself, and the numbers."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from scheduler.practice.documents import Place
from scheduler.practice.meta.access import Caller, need
from scheduler.practice.meta.fields import metrics_of, page_of
from scheduler.practice.meta.wire import bad_parameter, not_visible, parameters, text_of
from scheduler.practice.networks.facebook.nodes import COMMENT_KIND, COMMENTS, NAME, PageNodes
from scheduler.practice.networks.facebook.publishing import PageParts, PagePublisher, without_token
from scheduler.practice.networks.facebook.videos import PageVideos
from scheduler.practice.posts import NewPost, StoredPost

POST_METRICS = ("post_media_view", "post_total_media_view_unique", "post_clicks", "post_reactions_by_type_total")
PAGE_METRICS = (
    "page_media_view",
    "page_total_media_view_unique",
    "page_post_engagements",
    "page_daily_follows_unique",
    "page_follows",
)
VIDEO_METRICS = ("blue_reels_play_count", "post_video_avg_time_watched", "post_video_likes_by_reaction_type")


class PageEngagement:
    """Calls about comments and numbers."""

    def __init__(self, parts: PageParts, publisher: PagePublisher, videos: PageVideos) -> None:
        """Write into the store of `parts`."""
        self._parts = parts
        self._store = parts.store
        self._publisher = publisher
        self._videos = videos

    def _commented(self, caller: Caller, node: str) -> StoredPost:
        post = PageNodes(self._store, caller.account).find_post(node)
        if post is None and (video := self._store.documents.get(Place(NAME, "video", node))) is not None:
            post = PageNodes(self._store, caller.account).post_of(video)
        if post is None or not PageNodes(self._store, caller.account).is_live(post):
            raise not_visible(node)
        return post

    def comments(self, node: str) -> Response:
        """GET /{post or video}/comments, oldest first."""
        caller = self._parts.access.caller()
        need(caller, "pages_read_engagement")
        comments = PageNodes(self._store, caller.account).comments(self._commented(caller, node))
        return jsonify(page_of(comments, parameters(), COMMENT_KIND, "id,message,created_time"))

    def comment(self, node: str) -> Response:
        """POST /{post or video}/comments: the Page comments under its own post."""
        caller, fields = self._parts.access.caller(), parameters()
        need(caller, "pages_manage_engagement", code=200)
        post, message = self._commented(caller, node), text_of(fields, "message")
        if not message.strip() and not text_of(fields, "attachment_url"):
            raise bad_parameter("Either message or an attachment is required")
        body: dict[str, Any] = {
            "kind": "comment",
            "message": message,
            "parent": post.public_id,
            "link": "",
            "media": [],
        }
        body |= {"published": True, "scheduled_at": None, "ready_at": 0}
        self._parts.access.before_publishing(caller.account)
        new = NewPost(NAME, COMMENTS, body, without_token(fields))
        comment = self._store.posts.add(caller.account.id, new)
        return self._publisher.answer(caller, {"id": f"{post.public_id}_{comment.public_id}"})

    def insights(self, node: str) -> Response:
        """GET /{page or post}/insights."""
        caller = self._parts.access.caller()
        need(caller, "read_insights", "pages_read_engagement")
        if node in ("me", caller.account.public_id):
            return jsonify(data=[_measured(name, 0) for name in metrics_of(parameters(), dict.fromkeys(PAGE_METRICS))])
        post = PageNodes(self._store, caller.account).find_post(node)
        if post is None:
            raise not_visible(node)
        seen = post.likes + post.reposts + post.replies
        values = dict(zip(POST_METRICS, (seen, seen, 0, {"like": post.likes}), strict=True))
        return jsonify(data=[_measured(name, values[name]) for name in metrics_of(parameters(), values)])

    def video_insights(self, node: str) -> Response:
        """GET /{video}/video_insights."""
        caller = self._parts.access.caller()
        need(caller, "read_insights", "pages_read_engagement")
        self._videos.own(caller.account, node)
        return jsonify(data=[_measured(name, 0) for name in metrics_of(parameters(), dict.fromkeys(VIDEO_METRICS))])


def _measured(name: str, value: object) -> dict[str, Any]:
    return {"id": name, "name": name, "period": "lifetime", "values": [{"value": value}]}
