"""The chat and history calls of the Slack imitation."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Response, request

from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch, spoil
from scheduler.practice.feed import DescribeLink
from scheduler.practice.networks.slack.content import MAX_UPDATE_TEXT, checked_content
from scheduler.practice.networks.slack.places import Channel, channel_of, code_of
from scheduler.practice.networks.slack.wire import (
    POST_BUDGET,
    Json,
    SlackRefusal,
    needed,
    ok,
    ratelimited,
    refusal_answer,
    spend,
    text_of,
    truth_of,
)
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.richtext import urls_in
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import BEFORE_PUBLISHING, FailureSwitch

MAX_LISTED = 999
AFTER = (FailureSwitch.ERROR_AFTER, FailureSwitch.HANG_AFTER, FailureSwitch.CLOSE_AFTER)
# "It's possible some aspect of the operation succeeded before the error was raised."
_LIES = {FailureSwitch.ERROR_AFTER: lambda: refusal_answer(SlackRefusal("fatal_error"))}
SignedIn = Callable[..., tuple[PracticeAccount, frozenset[str]]]


class SlackMessages:
    """Messages of all workspaces; `signed_in` gives account and scopes of the request, or raises."""

    def __init__(self, store: PracticeStore, signed_in: SignedIn, describe_link: DescribeLink) -> None:
        """Keep messages in `store`."""
        self._store = store
        self._signed_in = signed_in
        self._describe = describe_link

    def post(self, fields: Json) -> Response:
        """Answer chat.postMessage."""
        account, scopes = self._signed_in("chat:write")
        channel = self.writable(account, needed(fields, "channel"), scopes)
        content = checked_content(fields)
        self.refuse_if_switched(account, channel)
        more = {"username": text_of(fields, "username"), "broadcast": truth_of(fields, "reply_broadcast")}
        found = self.keep(account, channel, content | more | {"thread_ts": self.thread(account, channel, fields)}, [])
        told = self.told(account, found)
        return self.spoiled(account, ok(channel=channel.id, ts=found.public_id, message=told))

    def update(self, fields: Json) -> Response:
        """Answer chat.update."""
        account, _ = self._signed_in("chat:write")
        post = self._own(account, fields, "message_not_found")
        content = checked_content(fields)
        if len(content["text"]) > MAX_UPDATE_TEXT:
            raise SlackRefusal("msg_too_long")
        content["metadata"] = content["metadata"] or post.body["metadata"]
        new = self._new(post.body | content, post.public_id, [one["id"] for one in post.body["files"]])
        changed = self._store.posts.change(post, new)
        channel, text = changed.body["channel"], changed.body["text"]
        return ok(channel=channel, ts=changed.public_id, text=text, message=self.told(account, changed))

    def delete(self, fields: Json) -> Response:
        """Answer chat.delete."""
        account, _ = self._signed_in("chat:write")
        post = self._own(account, fields, "message_not_found")
        self._store.posts.delete(post.id)
        return ok(channel=post.body["channel"], ts=post.public_id)

    def permalink(self, fields: Json) -> Response:
        """Answer chat.getPermalink."""
        account, _ = self._signed_in()
        post = self._own(account, fields | {"ts": needed(fields, "message_ts")}, "message_not_found")
        return ok(channel=post.body["channel"], permalink=permalink(post))

    def history(self, fields: Json) -> Response:
        """Answer conversations.history: newest first, replies only where they were broadcast."""
        account, _ = self._signed_in("channels:history")
        channel = self._readable(account, needed(fields, "channel"))
        found = [one for one in self._of(account, channel) if not one.body["thread_ts"] or one.body["broadcast"]]
        oldest, latest = _instant(fields, "oldest", 0.0), _instant(fields, "latest", float("inf"))
        edges = truth_of(fields, "inclusive")
        found = [one for one in found if _is_between(float(one.public_id), oldest, latest, edges)]
        return self._page(account, found, fields)

    def replies(self, fields: Json) -> Response:
        """Answer conversations.replies: the parent and its replies, oldest first."""
        account, _ = self._signed_in("channels:history")
        channel, parent = self._readable(account, needed(fields, "channel")), needed(fields, "ts")
        found = [one for one in self._of(account, channel) if parent in (one.public_id, one.body["thread_ts"])]
        if not found:
            raise SlackRefusal("thread_not_found")
        return self._page(account, found[::-1], fields)

    def keep(self, account: PracticeAccount, channel: Channel, body: Json, files: list[Json]) -> StoredPost:
        """Store a message; `files` are {id, title, media} of what it shares."""
        number = self._store.posts.new_number("slack-ts", self._store.clock.now_ms() * 1000)
        ts = f"{number // 1_000_000}.{number % 1_000_000:06d}"
        body = body | {"channel": channel.id, "files": [{"id": one["media"], "file": one["id"]} for one in files]}
        return self._store.posts.add(account.id, self._new(body, ts, [one["media"] for one in files]))

    def told(self, account: PracticeAccount, post: StoredPost, metadata: bool = True) -> Json:
        """Return a message as the server tells it."""
        body, code = post.body, code_of(account)
        message: Json = {"type": "message", "ts": post.public_id, "text": body["text"], "team": f"T{code}"}
        message |= {"user": f"U{code}", "bot_id": f"B{code}", "blocks": body["blocks"]}
        if body["username"]:
            message |= {"username": body["username"], "subtype": "bot_message"}
        if body["files"]:
            message["files"] = [{"id": one["file"]} for one in body["files"]]
        if body["thread_ts"]:
            message["thread_ts"] = body["thread_ts"]
        if metadata and body["metadata"]:
            message["metadata"] = body["metadata"]
        if post.likes:
            message["reactions"] = [{"name": "+1", "count": post.likes, "users": []}]
        replies = [
            one for one in self._store.posts.of_account(account.id, "") if one.body["thread_ts"] == post.public_id
        ]
        return message | ({"reply_count": len(replies), "thread_ts": post.public_id} if replies else {})

    def thread(self, account: PracticeAccount, channel: Channel, fields: Json) -> str:
        """Return the parent that a message replies to, "" for none."""
        wanted = text_of(fields, "thread_ts")
        parent = self._store.posts.get(account.id, "", wanted) if wanted else None
        if wanted and (parent is None or parent.body["channel"] != channel.id):
            raise SlackRefusal("cannot_reply_to_message")
        return (parent.body["thread_ts"] or parent.public_id) if parent else ""

    def writable(self, account: PracticeAccount, channel_id: str, scopes: frozenset[str]) -> Channel:
        """Return the channel that a message goes to; raise the refusal where it may not."""
        channel = channel_of(self._store, account, channel_id)
        if channel is None or account.status == "takendown":
            raise SlackRefusal("channel_not_found")
        if channel.archived:
            raise SlackRefusal("is_archived")
        if not channel.member and "chat:write.public" not in scopes:
            raise SlackRefusal("not_in_channel")
        if channel.read_only:
            raise SlackRefusal("restricted_action_read_only_channel")
        return channel

    def refuse_if_switched(self, account: PracticeAccount, channel: Channel) -> None:
        """Count a message, and raise what a failure switch wants before it is made."""
        spend(self._store, POST_BUDGET, channel.id)
        switch = self._store.switches.take(account.id, *BEFORE_PUBLISHING)
        if switch is None:
            return
        note_switch(switch)
        if switch.kind is FailureSwitch.RATE_LIMITED:
            raise ratelimited(switch.seconds)
        if switch.kind is FailureSwitch.EXPIRED_TOKEN:
            raise SlackRefusal("token_expired")
        raise SlackRefusal("service_unavailable", 503)

    def spoiled(self, account: PracticeAccount, answer: Response) -> Response:
        """Return what a failure switch leaves of the answer to a message that was made."""
        return spoil(answer, self._store.switches.take(account.id, *AFTER), self._store, _LIES)

    def _own(self, account: PracticeAccount, fields: Json, error: str) -> StoredPost:
        if channel_of(self._store, account, needed(fields, "channel")) is None:
            raise SlackRefusal("channel_not_found")
        post = self._store.posts.get(account.id, "", needed(fields, "ts"))
        if post is None or post.body["channel"] != fields["channel"]:
            raise SlackRefusal(error)
        return post

    def _readable(self, account: PracticeAccount, channel_id: str) -> Channel:
        channel = channel_of(self._store, account, channel_id)
        if channel is None:
            raise SlackRefusal("channel_not_found")
        if not channel.member:
            raise SlackRefusal("not_in_channel")
        return channel

    def _of(self, account: PracticeAccount, channel: Channel) -> list[StoredPost]:
        return [one for one in self._store.posts.of_account(account.id, "") if one.body["channel"] == channel.id]

    def _page(self, account: PracticeAccount, found: list[StoredPost], fields: Json) -> Response:
        start = _cursor(text_of(fields, "cursor"))
        limit = text_of(fields, "limit") or "100"
        end = start + min(int(limit) if limit.isdecimal() and int(limit) else 100, MAX_LISTED)
        metadata = truth_of(fields, "include_all_metadata")
        more = end < len(found)
        listed = [self.told(account, one, metadata) for one in found[start:end]]
        return ok(messages=listed, has_more=more, response_metadata={"next_cursor": new_cursor(end) if more else ""})

    def _new(self, body: Json, ts: str, media: list[str]) -> NewPost:
        url = next(iter(urls_in(body["text"].replace("|", " ").replace("<", " ").replace(">", " "))), "")
        card = self._describe(url) if url and not media else None
        return NewPost("slack", "", body, _request(body), ts, card=asdict(card) if card else None, media=media)


def permalink(post: StoredPost) -> str:
    """Return the whole address of a message."""
    base = f"{request.url_root.rstrip('/')}/practice/slack/web"
    return f"{base}/archives/{post.body['channel']}/p{post.public_id.replace('.', '')}"


def new_cursor(place: int) -> str:
    """Return what stands for "from here on"."""
    return base64.b64encode(f"next:{place}".encode()).decode()


def _cursor(text: str) -> int:
    if not text:
        return 0
    try:
        return int(base64.b64decode(text, validate=True).decode().removeprefix("next:"))
    except (ValueError, binascii.Error) as error:
        raise SlackRefusal("invalid_cursor") from error


def _instant(fields: Json, name: str, otherwise: float) -> float:
    value = text_of(fields, name)
    try:
        return float(value) if value else otherwise
    except ValueError as error:
        raise SlackRefusal(f"invalid_ts_{name}") from error


def _is_between(ts: float, oldest: float, latest: float, edges: bool) -> bool:
    return oldest <= ts <= latest if edges else oldest < ts < latest


def _request(body: Json) -> dict[str, Any]:
    sent = body | {"metadata": body["metadata"]}
    return {name: value for name, value in sent.items() if value}
