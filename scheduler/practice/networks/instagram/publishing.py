"""The one call that makes a container public, its quota, and what a failure switch leaves of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import spoil
from scheduler.practice.documents import Document
from scheduler.practice.meta.wire import GraphRefusal, parameters, refusal_answer, server_error, text_of
from scheduler.practice.networks.instagram.containers import DAY_MS, InstagramContainers, InstagramParts
from scheduler.practice.networks.instagram.nodes import CONTAINER, FEED, NAME, STORIES, InstagramNodes
from scheduler.practice.posts import MediaTaken, NewPost, StoredPost
from scheduler.practice.switches import AFTER_PUBLISHING, FailureSwitch

POSTS_A_DAY = 100


class InstagramPublisher:
    """Publishes what `containers` prepared."""

    def __init__(self, parts: InstagramParts, containers: InstagramContainers) -> None:
        """Store posts into the store of `parts`."""
        self._parts = parts
        self._store = parts.store
        self._containers = containers

    def publish(self, account: PracticeAccount) -> Response:
        """POST /{ig}/media_publish: a finished container becomes public, once."""
        self._parts.access.before_publishing(account)
        container = self._containers.get(account, text_of(parameters(), "creation_id"))
        if container is None or container.body["item"] or container.body["published"]:
            raise not_found()
        self._check_ready(account, container)
        self._check_quota(account)
        post = self._post(account, container)
        self._containers.changed(container, published=post.public_id)
        return self.spoiled(account, {"id": post.public_id})

    def spoiled(self, account: PracticeAccount, body: Mapping[str, Any]) -> Response:
        """Return the answer to a call that published, or what a failure switch leaves of it."""
        switch = self._store.switches.take(account.id, *AFTER_PUBLISHING)
        lies = {
            FailureSwitch.ERROR_AFTER: lambda: refusal_answer(server_error()),
            FailureSwitch.DUPLICATE: lambda: refusal_answer(not_found()),
        }
        return spoil(jsonify(dict(body)), switch, self._store, lies)

    def quota_used(self, account: PracticeAccount) -> int:
        """Return how many posts of the last 24 hours count; a carousel counts once, deleted ones too."""
        since = self._store.clock.now_ms() - DAY_MS
        done = self._store.documents.all(NAME, CONTAINER, account.id)
        return sum(1 for one in done if one.body["published"] and one.body.get("published_at", 0) > since)

    def _check_ready(self, account: PracticeAccount, container: Document) -> None:
        state = InstagramNodes(self._store, account).status(container)
        if state == "EXPIRED":
            hint = "The media you are trying to access has expired. Please try to upload again."
            raise GraphRefusal(-2, "Media expired", 2207020, title="Media expired", hint=hint)
        if state != "FINISHED":
            hint = "The media is not ready for publishing, please wait for a moment."
            raise GraphRefusal(9007, "Media ID is not available", 2207027, title="Media not ready", hint=hint)

    def _check_quota(self, account: PracticeAccount) -> None:
        if self.quota_used(account) >= POSTS_A_DAY:
            hint = "You reached maximum number of posts that is allowed to be published by Content Publishing API."
            raise GraphRefusal(9, "Application request limit reached", 2207042, title="Limit reached", hint=hint)

    def _post(self, account: PracticeAccount, container: Document) -> StoredPost:
        body, kind = container.body, container.body["kind"]
        media = body["children"] or [container.id]
        fact = {
            "caption": body["caption"],
            "media_type": "CAROUSEL_ALBUM" if kind == "CAROUSEL" else "VIDEO" if body["video"] else "IMAGE",
            "product": {"REELS": "REELS", "STORIES": "STORY"}.get(kind, "FEED"),
            "media": media,
            "comments_open": True,
        }
        place = STORIES if kind == "STORIES" else FEED
        try:
            return self._store.posts.add(account.id, NewPost(NAME, place, fact, body["request"], media=media))
        except MediaTaken as error:  # another container with the same child was published meanwhile
            raise not_found() from error


def not_found() -> GraphRefusal:
    """Return the refusal of a container that is not there, or not to be published on its own or again."""
    hint = "The media you are trying to publish was not found. Make sure the ID is correct."
    return GraphRefusal(24, "The requested resource does not exist", 2207006, title="Media not found", hint=hint)
