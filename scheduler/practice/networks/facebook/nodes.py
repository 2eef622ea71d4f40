"""What the Graph API shows of a Page, its posts, its videos and comments, and which of them are live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Document
from scheduler.practice.feed import media_path
from scheduler.practice.media import PracticeMedia
from scheduler.practice.meta.wire import graph_time, root_url
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore

NAME = "facebook"
POSTS, STORIES, COMMENTS = "", "story", "comment"
COLLECTIONS = (POSTS, STORIES, COMMENTS)
POST_KIND, VIDEO_KIND, COMMENT_KIND, PHOTO_KIND = "Post", "Video", "Comment", "Photo"

Node = dict[str, Any]
_ATTACHMENT_FIELDS = ("media_type", "type", "target", "url", "unshimmed_url", "title", "description", "subattachments")
_ATTACHMENT: Node = dict.fromkeys(_ATTACHMENT_FIELDS)


@dataclass(frozen=True)
class PageNodes:
    """Builds the nodes of one Page."""

    store: PracticeStore
    account: PracticeAccount

    def page(self, access_token: str | None = None) -> Node:
        """Return the Page; its token only for a user token that may list Pages."""
        return {
            "id": self.account.public_id,
            "name": self.account.name,
            "username": self.account.handle,
            "category": "Local business",
            "link": f"{root_url()}/practice/{NAME}/web/{self.account.public_id}",
            "picture": {"data": {"url": f"{root_url()}/practice/{NAME}/avatar/{self.account.handle}.png"}},
            "tasks": ["ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE"],
            "access_token": access_token,
            "instagram_business_account": None,
            "followers_count": 0,
            "fan_count": 0,
        }

    def post(self, post: StoredPost) -> Node:
        """Return a post."""
        body, comments = post.body, self.comments(post)
        scheduled = body["scheduled_at"]
        return {
            "id": self.post_id(post),
            "message": body["message"] or None,
            "created_time": graph_time(live_at(post)),
            "updated_time": graph_time(post.edited_at or live_at(post)),
            "permalink_url": self.permalink(post),
            "is_published": self.is_live(post),
            "scheduled_publish_time": scheduled // 1000 if scheduled and not self.is_live(post) else None,
            "status_type": {"photo": "added_photos", "video": "added_video"}.get(body["kind"], "mobile_status_update"),
            "from": {"id": self.account.public_id, "name": self.account.name},
            "attachments": self._attachments(post),
            "shares": {"count": post.reposts} if post.reposts else None,
            "comments": counted(comments, post.replies),
            "reactions": counted([], post.likes),
            "likes": counted([], post.likes),
        }

    def comments(self, post: StoredPost) -> list[Node]:
        """Return the comments under a post, oldest first."""
        found = self.store.posts.of_account(self.account.id, COMMENTS)
        return [self.comment(one) for one in reversed(found) if one.body["parent"] == post.public_id]

    def comment(self, comment: StoredPost) -> Node:
        """Return a comment."""
        return {
            "id": f"{comment.body['parent']}_{comment.public_id}",
            "message": comment.body["message"],
            "created_time": graph_time(comment.created_at),
            "from": {"id": self.account.public_id, "name": self.account.name},
            "permalink_url": f"{root_url()}{permalink(self.account, comment.public_id)}",
        }

    def video(self, video: Document) -> Node:
        """Return a video; its post appears when it was processed."""
        post = self.post_of(video)
        ready = self.is_ready(video)
        return {
            "id": video.id,
            "title": video.body.get("title"),
            "description": video.body.get("description"),
            "created_time": graph_time(video.created_at),
            "published": post is not None and ready and self.is_live(post),
            "post_id": self.post_id(post) if post is not None and ready else None,
            "permalink_url": f"{root_url()}{permalink(self.account, post.public_id)}" if post and ready else None,
            "status": _status(video, ready, post is not None),
        }

    def photo(self, photo: PracticeMedia) -> Node:
        """Return a photo."""
        source = root_url() + media_path(NAME, photo)
        return {
            "id": photo.public_id,
            "width": photo.width,
            "height": photo.height,
            "alt_text_custom": photo.description,
            "images": [{"source": source, "width": photo.width, "height": photo.height}],
        }

    def story(self, post: StoredPost) -> Node:
        """Return a story as the list of stories has it."""
        return {
            "id": post.public_id,
            "post_id": post.public_id,
            "status": "PUBLISHED",
            "creation_time": str(post.created_at // 1000),
            "media_type": post.body["kind"],
            "media_id": post.body["media"][0],
            "url": f"{root_url()}{permalink(self.account, post.public_id)}",
        }

    def post_id(self, post: StoredPost) -> str:
        """Return the id of a post as the API writes it: Page and post."""
        return f"{self.account.public_id}_{post.public_id}"

    def permalink(self, post: StoredPost) -> str:
        """Return the address of a post for readers."""
        return root_url() + permalink(self.account, post.public_id)

    def is_live(self, post: StoredPost) -> bool:
        """Tell whether readers see the post: published or due, its video processed."""
        return bool(post.body["published"] or post.body["scheduled_at"]) and live_at(post) <= self.store.clock.now_ms()

    def is_ready(self, video: Document) -> bool:
        """Tell whether a video was uploaded whole and processed."""
        ready_at = video.body.get("ready_at")
        return ready_at is not None and ready_at <= self.store.clock.now_ms()

    def post_of(self, video: Document) -> StoredPost | None:
        """Return the post that a video was published with, or None."""
        public_id = video.body.get("post")
        return self.store.posts.get(self.account.id, POSTS, public_id) if public_id else None

    def find_post(self, node: str) -> StoredPost | None:
        """Return the Page's post with this id, or None."""
        page, _, number = node.partition("_")
        mine = page == self.account.public_id and number
        return self.store.posts.get(self.account.id, POSTS, number) if mine else None

    def find_comment(self, node: str) -> StoredPost | None:
        """Return the Page's comment with this id, or None."""
        parent, _, number = node.partition("_")
        found = self.store.posts.get(self.account.id, COMMENTS, number) if number else None
        return found if found is not None and found.body["parent"] == parent else None

    def _attachments(self, post: StoredPost) -> Node | None:
        found = self.store.media.of_post(post.id)
        media = [found[one] for one in post.body["media"] if one in found]
        if not media:
            return counted([_link_attachment(post)], 1) if post.body["link"] else None
        shown = [_media_attachment(one) for one in media]
        album = _ATTACHMENT | {"media_type": "album", "type": "album", "subattachments": {"data": shown}}
        whole = album if len(shown) > 1 else shown[0]
        return {"data": [{**whole, "url": self.permalink(post)}]}


def live_at(post: StoredPost) -> int:
    """Return when a post became or becomes visible (ms)."""
    return max(post.created_at, post.body["scheduled_at"] or 0, post.body["ready_at"] or 0)


def permalink(account: PracticeAccount, public_id: str) -> str:
    """Return the path of a post's own address."""
    return f"/practice/{NAME}/web/{account.public_id}/posts/{public_id}"


def counted(nodes: list[Node], more: int) -> Node:
    """Return a list with its summary; `more` were written by people who are not here."""
    return {"data": nodes, "summary": {"total_count": len(nodes) + more}}


def _media_attachment(media: PracticeMedia) -> Node:
    target = {"id": media.public_id}
    kind = "video" if media.kind == "video" else "photo"
    return _ATTACHMENT | {"media_type": kind, "type": kind, "target": target, "description": media.description or ""}


def _link_attachment(post: StoredPost) -> Node:
    card: Mapping[str, Any] = post.card or {}
    link = post.body["link"]
    return _ATTACHMENT | {
        "media_type": "link",
        "type": "share",
        "unshimmed_url": link,
        "url": link,
        "title": card.get("title") or link,
        "description": card.get("description", ""),
    }


def _status(video: Document, ready: bool, has_post: bool) -> Node:
    body = video.body
    uploaded, failed = body.get("ready_at") is not None, body.get("failed", "")
    phase: Node = {"status": "complete" if ready else "in_progress" if uploaded else "not_started"}
    if failed:
        phase = {"status": "error", "errors": [{"code": 1363026, "message": failed}]}
    state = "error" if failed else "ready" if ready else "processing" if uploaded else "uploading"
    return {
        "video_status": state,
        "uploading_phase": {
            "status": "complete" if uploaded else "in_progress",
            "bytes_transferred": body["received"],
        },
        "processing_phase": phase,
        "publishing_phase": {
            "status": ("complete" if ready else "in_progress") if has_post and not failed else "not_started",
        },
    }
