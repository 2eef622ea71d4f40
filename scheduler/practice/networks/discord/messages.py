"""Messages of the Discord imitation: kept, told, changed and deleted, whoever sends them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import request

from scheduler.clock import to_datetime
from scheduler.practice.accounts import PracticeAccount
from scheduler.practice.answers import note_switch
from scheduler.practice.documents import Place
from scheduler.practice.feed import DescribeLink, media_path
from scheduler.practice.networks.discord.content import File, check_content, new_attachment_ids, read_files
from scheduler.practice.networks.discord.places import (
    FORUM,
    THREAD,
    Channel,
    bot_json,
    channel_of,
    guild_id,
    new_message_id,
    user_json,
)
from scheduler.practice.networks.discord.wire import DiscordRefusal, body_fields, invalid_form
from scheduler.practice.posts import NewPost, StoredPost
from scheduler.practice.richtext import urls_in
from scheduler.practice.store import PracticeStore
from scheduler.practice.switches import FailureSwitch

SUPPRESS_EMBEDS = 4

Json = dict[str, Any]


@dataclass(frozen=True)
class Sender:
    """Who sends where: a bot, or the webhook with this id."""

    account: PracticeAccount
    channel: Channel
    webhook_id: str = ""


class DiscordMessages:
    """Messages of all guilds."""

    def __init__(self, store: PracticeStore, describe_link: DescribeLink) -> None:
        """Keep them in `store`; `describe_link` stands for unfurling a link."""
        self._store = store
        self._describe = describe_link

    def send(self, sender: Sender, fields: Json) -> StoredPost:
        """Check and keep a message; in a forum channel a thread is made for it."""
        files = self._files(sender.account, fields)
        check_content(fields, bool(files), forum=sender.channel.type == FORUM)
        body = self._body(sender, fields) | {"attachments": self._attachments(sender.account, files)}
        message_id = new_message_id(self._store)
        if sender.channel.type == FORUM:
            body["channel_id"] = message_id
            thread = {"name": str(fields["thread_name"]), "parent": sender.channel.id}
            self._store.documents.put(Place("discord", "thread", message_id), thread, sender.account.id)
        return self._store.posts.add(sender.account.id, self._new(body, message_id))

    def change(self, post: StoredPost, sender: Sender) -> StoredPost:
        """Check and keep a change: what is not named stays, `attachments` lists the files that stay."""
        fields = body_fields()
        files = self._files(sender.account, fields)
        fields.setdefault("content", post.body["content"])
        fields.setdefault("embeds", post.body["embeds"])
        kept = post.body["attachments"]
        if fields.get("attachments") is not None:
            wanted = {str(one["id"]) for one in fields["attachments"]} - new_attachment_ids(fields)
            kept = [one for one in kept if one["id"] in wanted]
        check_content(fields, bool(files or kept))
        new = {"content": fields["content"] or "", "embeds": fields["embeds"] or []}
        body = post.body | new | {"attachments": kept + self._attachments(sender.account, files)}
        return self._store.posts.change(post, self._new(body, post.public_id))

    def find(self, account: PracticeAccount, channel_id: str, message_id: str) -> StoredPost:
        """Return a message of a channel. Raises the refusal when it is not there."""
        post = self._store.posts.get(account.id, "", message_id)
        if post is None or post.body["channel_id"] != channel_id:
            raise DiscordRefusal(404, 10008, "Unknown Message")
        return post

    def listing(self, account: PracticeAccount, channel_id: str) -> list[StoredPost]:
        """Return a channel's messages, newest first, between the bounds that the request names."""
        limit = request.args.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise invalid_form({"limit": ("NUMBER_TYPE_MAX", "int value should be between 1 and 100.")})
        after, before = (int(request.args.get(name, "0") or 0) for name in ("after", "before"))
        found = [one for one in self._store.posts.of_account(account.id, "") if one.body["channel_id"] == channel_id]
        found = [one for one in found if int(one.public_id) > after and (not before or int(one.public_id) < before)]
        # With `after`, the messages next to the bound are meant, not the newest.
        return found[-int(limit) :] if after else found[: int(limit)]

    def told(self, post: StoredPost, account: PracticeAccount, reactions: bool = False) -> Json:
        """Return a message as the server tells it."""
        body = post.body
        message: Json = {
            "type": 19 if body["reply_to"] else 0,
            "id": post.public_id,
            "channel_id": body["channel_id"],
            "content": body["content"],
            "embeds": [_embed(one) for one in body["embeds"]],
            "attachments": [self._attachment(account, one) for one in body["attachments"]],
            "author": self._author(account, body),
            "timestamp": _iso(post.created_at),
            "edited_timestamp": None if post.edited_at is None else _iso(post.edited_at),
            "flags": body["flags"],
            "mentions": [],
            "mention_roles": [],
            "components": [],
            "pinned": False,
            "mention_everyone": False,
            "tts": body["tts"],
        }
        if body["webhook_id"]:
            message["webhook_id"] = body["webhook_id"]
        if body["reply_to"]:
            reference = {"type": 0, "channel_id": body["channel_id"], "message_id": body["reply_to"]}
            message["message_reference"] = reference | {"guild_id": guild_id(account)}
        return message | ({"reactions": [_reaction(post.likes)]} if reactions and post.likes else {})

    def _body(self, sender: Sender, fields: Json) -> Json:
        channel_id = request.args.get("thread_id", "") or sender.channel.id
        return {
            "channel_id": channel_id,
            "content": fields.get("content") or "",
            "embeds": fields.get("embeds") or [],
            "flags": fields.get("flags") or 0,
            "tts": bool(fields.get("tts")),
            "username": fields.get("username") or "",
            "webhook_id": sender.webhook_id,
            "reply_to": "" if sender.webhook_id else self._parent(sender.account, channel_id, fields),
            "thread_name": str(fields.get("thread_name") or ""),
        }

    def _parent(self, account: PracticeAccount, channel_id: str, fields: Json) -> str:
        reference = fields.get("message_reference")
        if not isinstance(reference, dict):
            return ""
        wanted = str(reference.get("message_id", ""))
        try:
            self.find(account, channel_id, wanted)
        except DiscordRefusal as refusal:
            if reference.get("fail_if_not_exists") is False:
                return ""
            raise invalid_form({"message_reference": ("REPLIES_UNKNOWN_MESSAGE", "Unknown message")}) from refusal
        return wanted

    def _files(self, account: PracticeAccount, fields: Json) -> list[File]:
        files = read_files(fields)
        switch = self._store.switches.take(account.id, FailureSwitch.REJECTED_MEDIA) if files else None
        if switch is not None:
            note_switch(switch)
            raise DiscordRefusal(400, 50046, "Invalid file uploaded")
        return files

    def _attachments(self, account: PracticeAccount, files: Sequence[File]) -> list[Json]:
        kept: list[Json] = []
        for one in files:
            media = self._store.media.add(account.id, one.upload)
            kept.append({"id": media.public_id, "filename": one.name, "description": one.description})
            kept[-1]["spoiler"] = one.spoiler
        return kept

    def _attachment(self, account: PracticeAccount, kept: Json) -> Json:
        media = self._store.media.of_account(account.id, kept["id"])
        told = {"id": kept["id"], "filename": kept["filename"]}
        if media is None:
            return told
        url = request.url_root.rstrip("/") + media_path("discord", media)
        told |= {"size": media.size, "url": url, "proxy_url": url, "content_type": media.media_type}
        return told | ({"description": kept["description"]} if kept["description"] else {})

    def _author(self, account: PracticeAccount, body: Json) -> Json:
        if not body["webhook_id"]:
            return bot_json(account)
        return user_json(body["webhook_id"], body["username"] or account.name, None) | {"bot": True}

    def _new(self, body: Json, message_id: str) -> NewPost:
        attached = [one["id"] for one in body["attachments"]]
        url = next(iter(urls_in(body["content"])), "") if not body["flags"] & SUPPRESS_EMBEDS else ""
        card = self._describe(url) if url and f"<{url}>" not in body["content"] else None
        return NewPost("discord", "", body, _request(), message_id, card=asdict(card) if card else None, media=attached)


def thread_or_forum(store: PracticeStore, sender: Sender, fields: Json) -> Sender:
    """Return where a webhook's message really goes. Raises the refusal of a thread that is missing or out of place."""
    wanted, named = request.args.get("thread_id", ""), bool(fields.get("thread_name"))
    if wanted and named:
        raise DiscordRefusal(
            400, 220002, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"
        )
    if wanted:
        thread = channel_of(store, sender.account, wanted)
        if thread is None or thread.type != THREAD or thread.parent != sender.channel.id:
            raise DiscordRefusal(404, 10003, "Unknown Channel")
        return Sender(sender.account, thread, sender.webhook_id)
    if sender.channel.type == FORUM and not named:
        raise DiscordRefusal(400, 220001, "Webhooks posted to forum channels must have a thread_name or thread_id")
    if sender.channel.type != FORUM and named:
        raise DiscordRefusal(400, 220003, "Webhooks can only create threads in forum channels")
    return sender


def _embed(sent: Json) -> Json:
    fields = [{"inline": False, **one} for one in sent.get("fields") or []]
    return {"type": "rich", **sent} | ({"fields": fields} if fields else {})


def _reaction(count: int) -> Json:
    details = {"burst": 0, "normal": count}
    mine = {"me": False, "me_burst": False, "burst_colors": []}
    return {"emoji": {"id": None, "name": "👍"}, "count": count, "count_details": details, **mine}


def _request() -> Json:
    files = {name: f"[{file.mimetype}]" for name, file in request.files.items()}
    return body_fields() | files


def _iso(instant_ms: int) -> str:
    return to_datetime(instant_ms).isoformat(timespec="milliseconds")
