"""Posts and replies of the Threads imitation: published from a container, read, listed, counted, deleted."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request

from scheduler.clock import to_ms
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.documents import Document
from scheduler.practice.feed import DescribeLink, media_path, permalink_path
from scheduler.practice.networks.threads.containers import ThreadsContainers
from scheduler.practice.networks.threads.quotas import DELETES, POSTS, REPLIES, ThreadsQuotas
from scheduler.practice.networks.threads.wire import (
    NETWORK,
    ThreadsRefusal,
    bad_token,
    chosen,
    invalid,
    media_not_found,
    meta_time,
    parameters,
    refusal_answer,
    server_error,
    throttled,
)
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.richtext import urls_in
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import AFTER_PUBLISHING, BEFORE_PUBLISHING, ActiveSwitch, FailureSwitch

TOP, REPLY = "", "replies"
MAX_LISTED, LISTED = 100, 25
_SHOWN_TYPES = {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}


class ThreadsPosts:
    """Post calls; the account is checked by the caller."""

    def __init__(self, store: PracticeStore, containers: ThreadsContainers, describe_link: DescribeLink) -> None:
        """Write into `store`."""
        self._store = store
        self._containers = containers
        self._quotas = ThreadsQuotas(store)
        self._describe_link = describe_link

    def publish(self, account: PracticeAccount, container_id: str) -> Response:
        """POST /{user}/threads_publish: the container becomes a post, once."""
        switch = self._store.switches.take(account.id, FailureSwitch.MISCONFIGURED_APP, *BEFORE_PUBLISHING)
        if switch is not None:
            raise self._refusal_of(switch, account)
        container = self._containers.publishable(account, container_id)
        self._quotas.spend(account, REPLIES if container.body["options"].get("reply_to_id") else POSTS)
        self._containers.use_up(container)
        post = self._add(account, container)
        self._containers.mark_published(container, post.public_id)
        lies: Mapping[FailureSwitch, Callable[[], Response]] = {
            FailureSwitch.ERROR_AFTER: lambda: refusal_answer(server_error()),
            FailureSwitch.DUPLICATE: lambda: refusal_answer(media_not_found(container_id)),
        }
        after = self._store.switches.take(account.id, *AFTER_PUBLISHING)
        return spoil(jsonify(id=post.public_id), after, self._store, lies)

    def repost(self, account: PracticeAccount, post_id: str) -> Response:
        """POST /{post}/repost."""
        post = self._store.posts.by_public_id(NETWORK, post_id)
        if post is None:
            raise media_not_found(post_id)
        body = {"media_type": "REPOST_FACADE", "text": post.body["text"], "media_ids": [], "options": {}}
        again = self._store.posts.add(account.id, NewPost(NETWORK, TOP, body, {"repost": post_id}))
        self._store.posts.set_counts(post.id, reposts=post.reposts + 1)
        return jsonify(id=again.public_id)

    def find(self, account: PracticeAccount, post_id: str) -> StoredPost | None:
        """Return a post or reply of the account, or None."""
        posts = self._store.posts
        return posts.get(account.id, TOP, post_id) or posts.get(account.id, REPLY, post_id)

    def listing(self, account: PracticeAccount, collection: str) -> Response:
        """GET /{user}/threads and /{user}/replies, newest first; `since` and `until` bound the time."""
        since, until = _bound("since"), _bound("until")
        posts = [
            post
            for post in self._store.posts.of_account(account.id, collection)
            if (since is None or post.created_at >= since) and (until is None or post.created_at <= until)
        ]
        return self._page(posts, account)

    def answers_to(self, account: PracticeAccount, post: StoredPost) -> Response:
        """GET /{post}/replies: the direct replies."""
        everybody = self._store.posts.newest((NETWORK, (REPLY,)), None, 1000)
        replies = [one for one in everybody if one.body["options"].get("reply_to_id") == post.public_id]
        return self._page(replies, account)

    def delete(self, account: PracticeAccount, post: StoredPost) -> Response:
        """DELETE /{post}."""
        self._quotas.spend(account, DELETES)
        self._store.posts.delete(post.id)
        return jsonify(success=True, deleted_id=post.public_id)

    def limits(self, account: PracticeAccount) -> Response:
        """GET /{user}/threads_publishing_limit."""
        return jsonify(data=[chosen(request.args.get("fields", ""), self._quotas.known(account), ("quota_usage",))])

    def json(self, post: StoredPost, wanted: str) -> dict[str, Any]:
        """Return the chosen fields of a post."""
        author = self._store.accounts.get(post.account_id)
        if author is None:
            raise media_not_found(post.public_id)
        return chosen(wanted, self._known(post, author))

    def _known(self, post: StoredPost, author: PracticeAccount) -> dict[str, Any]:
        body, options, root = post.body, post.body["options"], request.url_root.rstrip("/")
        uploads = self._store.media.of_post(post.id)
        files = [root + media_path(NETWORK, uploads[one]) for one in body["media_ids"] if one in uploads]
        kind = _SHOWN_TYPES.get(body["media_type"], body["media_type"])
        replied_to = options.get("reply_to_id")
        return {
            "id": post.public_id,
            "media_product_type": "THREADS",
            "media_type": kind,
            "media_url": files[0] if len(files) == 1 else None,
            "permalink": root + permalink_path(NETWORK, author, post.public_id),
            "owner": {"id": author.public_id},
            "username": author.handle,
            "text": body["text"] or None,
            "timestamp": meta_time(post.created_at),
            "shortcode": shortcode(post.public_id),
            "thumbnail_url": None,
            "children": {"data": [{"id": one} for one in body["media_ids"]]} if len(files) > 1 else None,
            "is_quote_post": "quote_post_id" in options,
            "alt_text": options.get("alt_text"),
            "link_attachment_url": options.get("link_attachment"),
            "topic_tag": options.get("topic_tag"),
            "reply_audience": options.get("reply_control", "everyone").upper(),
            "is_reply": replied_to is not None,
            "replied_to": {"id": replied_to} if replied_to else None,
            "root_post": {"id": self._root_of(replied_to)} if replied_to else None,
            "has_replies": post.replies > 0,
        }

    def _root_of(self, post_id: str) -> str:
        post = self._store.posts.by_public_id(NETWORK, post_id)
        parent = post.body["options"].get("reply_to_id") if post else None
        return self._root_of(parent) if parent else post_id

    def _page(self, posts: list[StoredPost], account: PracticeAccount) -> Response:
        after = request.args.get("after", "")
        if after:
            posts = [post for post in posts if int(post.public_id) < _cursor_position(after)]
        limit = min(max(request.args.get("limit", LISTED, type=int), 1), MAX_LISTED)
        shown = posts[:limit]
        paging: dict[str, Any] = {}
        if shown:
            before, last = _cursor(shown[0].public_id), _cursor(shown[-1].public_id)
            paging = {"paging": {"cursors": {"before": before, "after": last}}}
        wanted = request.args.get("fields", "")
        return jsonify(data=[self.json(post, wanted) for post in shown], **paging)

    def _add(self, account: PracticeAccount, container: Document) -> StoredPost:
        body, media = container.body, self._containers.media_of(container)
        options = body["options"]
        parent = self._store.posts.by_public_id(NETWORK, options.get("reply_to_id", ""))
        content = {
            "media_type": body["media_type"],
            "text": body["text"],
            "media_ids": media,
            "options": options,
            "container": container.id,
        }
        new = NewPost(
            NETWORK,
            REPLY if parent else TOP,
            content,
            body["request"],
            card=None if media else self._card(body["text"], options.get("link_attachment", "")),
            media=media,
        )
        post = self._store.posts.add(account.id, new)
        if parent:
            self._store.posts.set_counts(parent.id, replies=parent.replies + 1)
        return post

    def _card(self, text: str, link: str) -> dict[str, Any] | None:
        # A real server reads the page; here the product says what it knows of its own pages.
        url = next(iter([link] if link else urls_in(text)), "")
        card = self._describe_link(url) if url else None
        if card is None:
            return {"url": url, "title": url, "description": "", "image_url": ""} if link else None
        return asdict(card)

    def _refusal_of(self, switch: ActiveSwitch, account: PracticeAccount) -> ThreadsRefusal:
        note_switch(switch)
        if switch.kind is FailureSwitch.MISCONFIGURED_APP:
            return ThreadsRefusal(400, 200, "API access blocked.")
        if switch.kind is FailureSwitch.RATE_LIMITED:
            return throttled(account.public_id, switch.seconds)
        if switch.kind is FailureSwitch.EXPIRED_TOKEN:
            return bad_token("Session has expired. Please log in again.", 463)
        return server_error()


def shortcode(post_id: str) -> str:
    """Return the code of a post in its permalink; the same for the same id."""
    return base64.urlsafe_b64encode(int(post_id).to_bytes(9)).decode()


def post_id_of(code: str) -> str:
    """Return the id of the post with this code, "" for a code that is none."""
    try:
        return str(int.from_bytes(base64.urlsafe_b64decode(code)))
    except ValueError:
        return ""


def _cursor(post_id: str) -> str:
    return base64.urlsafe_b64encode(post_id.encode()).decode()


def _cursor_position(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor))
    except ValueError as error:
        raise invalid("Param after is no cursor of this list.") from error


def _bound(name: str) -> int | None:
    """Return a bound of time in ms: seconds since the epoch, or anything ISO 8601."""
    given = parameters().get(name, "")
    if not given:
        return None
    if given.isdecimal() and len(given) <= 12:
        return int(given) * 1000
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise invalid(f"Param {name} must be a timestamp.") from error
    return to_ms(moment.replace(tzinfo=moment.tzinfo or UTC))
