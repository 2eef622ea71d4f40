"""What the API shows of an Instagram account, its media, containers and comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.documents import Document
from scheduler.practice.feed import media_path
from scheduler.practice.media import PracticeMedia
from scheduler.practice.meta.wire import graph_time, root_url
from scheduler.practice.posts import StoredPost
from scheduler.practice.store import PracticeStore

NAME = "instagram"
FEED, STORIES, COMMENTS = "", "story", "comment"
COLLECTIONS = (FEED, STORIES, COMMENTS)
CONTAINER = "container"
CONTAINERS_LIVE_MS = 86_400_000

Node = dict[str, Any]


@dataclass(frozen=True)
class InstagramNodes:
    """Builds the nodes of one account."""

    store: PracticeStore
    account: PracticeAccount

    def user(self) -> Node:
        """Return the account; `user_id` is the id that publishing takes, `id` that of the app's user."""
        posts = self.store.posts.of_account(self.account.id, FEED)
        return {
            "id": self.account.public_id,
            "user_id": self.account.public_id,
            "username": self.account.handle,
            "name": self.account.name,
            "account_type": "BUSINESS",
            "profile_picture_url": f"{root_url()}/practice/{NAME}/avatar/{self.account.handle}.png",
            "followers_count": 0,
            "follows_count": 0,
            "media_count": len(posts),
            "biography": None,
            "website": None,
        }

    def page(self, access_token: str) -> Node:
        """Return the Facebook Page that the account is linked to."""
        return {
            "id": page_id(self.account),
            "name": self.account.name,
            "access_token": access_token,
            "tasks": ["CREATE_CONTENT", "MODERATE", "ANALYZE", "MANAGE"],
            "instagram_business_account": self.user(),
            "category": "Local business",
        }

    def media(self, post: StoredPost) -> Node:
        """Return a published photo, reel, story or carousel."""
        attached = self.store.media.of_post(post.id)
        files = [attached[one] for one in post.body["media"] if one in attached]
        comments = self.comments(post)
        return {
            "id": post.public_id,
            "ig_id": post.public_id,
            "caption": post.body["caption"] or None,
            "alt_text": files[0].description if files else None,
            "media_type": post.body["media_type"],
            "media_product_type": post.body["product"],
            "media_url": _url(files[0]) if files else None,
            "thumbnail_url": None,
            "permalink": root_url() + permalink(self.account, post.public_id),
            "shortcode": shortcode(post.public_id),
            "timestamp": graph_time(post.created_at),
            "username": self.account.handle,
            "owner": {"id": self.account.public_id},
            "is_comment_enabled": post.body["comments_open"],
            "like_count": post.likes,
            "comments_count": len(comments) + post.replies,
            "children": {"data": [_child(one) for one in files]} if len(files) > 1 else None,
            "comments": {"data": comments},
        }

    def container(self, container: Document) -> Node:
        """Return a container with the state it is in now."""
        code = self.status(container)
        said = {
            "EXPIRED": "Expired: The container has expired. It was not published within 24 hours.",
            "ERROR": container.body["error"],
            "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
            "IN_PROGRESS": "In progress: Media is still being processed.",
            "PUBLISHED": "Published: Media has been successfully published.",
        }
        return {"id": container.id, "status_code": code, "status": said[code], "copyright_check_status": None}

    def status(self, container: Document) -> str:
        """Return the state of a container."""
        body, now = container.body, self.store.clock.now_ms()
        if body["published"]:
            return "PUBLISHED"
        if container.created_at + CONTAINERS_LIVE_MS <= now:
            return "EXPIRED"
        if body["ready_at"] is None or body["ready_at"] > now:
            return "IN_PROGRESS"
        return "ERROR" if body["error"] else "FINISHED"

    def comments(self, post: StoredPost) -> list[Node]:
        """Return the comments under a medium, oldest first."""
        found = self.store.posts.of_account(self.account.id, COMMENTS)
        return [self.comment(one) for one in reversed(found) if one.body["parent"] == post.public_id]

    def comment(self, comment: StoredPost) -> Node:
        """Return a comment."""
        return {
            "id": comment.public_id,
            "text": comment.body["caption"],
            "username": self.account.handle,
            "timestamp": graph_time(comment.created_at),
            "from": {"id": self.account.public_id, "username": self.account.handle},
            "like_count": 0,
            "media": {"id": comment.body["parent"]},
        }


def page_id(account: PracticeAccount) -> str:
    """Return the id of the Facebook Page that an account is linked to."""
    return f"1{account.public_id}"


def shortcode(public_id: str) -> str:
    """Return the short code of a medium's address."""
    return f"D{int(public_id):X}"


def permalink(account: PracticeAccount, public_id: str) -> str:
    """Return the path of a medium's own address."""
    return f"/practice/{NAME}/web/p/{public_id}"


def _url(media: PracticeMedia) -> str:
    return root_url() + media_path(NAME, media)


def _child(media: PracticeMedia) -> Node:
    kind = "VIDEO" if media.kind == "video" else "IMAGE"
    return {"id": media.public_id, "media_type": kind, "media_url": _url(media), "alt_text": media.description}
